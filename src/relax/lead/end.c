#include "relax/lead/end.h"

#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "ghd/tail/tail.h"

void kz_lead_end_free(kz_lead_end *end)
{
    kz_panel_row_free(&end->nodes);
    kz_free(end->sent[0]);
    kz_free(end->sent[1]);
}

kz_status kz_lead_end_create(kz_lead_end *end, const kz_emission *e, const kz_convolution *full)
{
    size_t n = e->edges->n;
    if (!full->form.closed) return KZ_OK;
    end->emission = e;
    end->full = full;
    KZ_TRY(kz_panel_row_reserve(&end->nodes, n, full->n));
    KZ_TRY(kz_alloc_doubles(&end->sent[0], full->n));
    KZ_TRY(kz_alloc_doubles(&end->sent[1], full->n));
    for (size_t k = 0; k < n; k++) {
        end->nodes.weight[k] = e->edges->step;
        kz_panel_row_basis(end->nodes.basis + k * full->n, full,
                           e->edges->first + e->edges->step * (double)k);
    }
    return KZ_OK;
}

static void take_reservoir(kz_lead_end *end)
{
    const kz_emission_column *c = &end->column;
    end->is_sent = false;
    end->closure = end->other = end->emission->edges->reservoir_closure;
    if (c->count > 0) end->other = kz_emission_end_closure(end->emission, c->from[0]);
    memset(end->sent[0], 0, end->full->n * sizeof *end->sent[0]);
    memset(end->sent[1], 0, end->full->n * sizeof *end->sent[1]);
}

static void close_rows(const kz_lead_end *end, kz_local *local)
{
    kz_local_set_closure(local, &end->closure);
    kz_local_set_background(local, end->emission->edges->background);
}

void kz_lead_end_start(kz_lead_end *end, kz_local *local, double t)
{
    if (!end->emission) return;
    kz_emission_end_at(&end->column, end->emission, t);
    take_reservoir(end);
    close_rows(end, local);
}

static void take_sent(kz_lead_end *end, int interval, double s)
{
    kz_panel_row *r = &end->nodes;
    end->is_sent = true;
    end->closure = kz_emission_end_closure(end->emission, s);
    end->other = end->emission->edges->reservoir_closure;
    kz_emission_end_heights(r->X, r->H, end->emission, &end->column, interval, s);
    for (int i = 0; i < 2; i++) {
        memcpy(r->value, i ? r->H : r->X, r->n * sizeof *r->value);
        kz_panel_row_gather(end->sent[i], r, end->full);
    }
}

static const double *last_row(const kz_lead_end *end, const double *rows)
{
    return rows + (size_t)(end->full->rows - 1) * end->full->n;
}

void kz_lead_end_find(kz_lead_end *end, kz_local *local, const double *H, bool may_turn)
{
    if (!end->emission) return;
    const kz_emission_column *c = &end->column;
    int interval = 0;
    double s = 0, mean = last_row(end, H)[0] / end->full->norm;
    bool sent = kz_emission_end_find(&interval, &s, c, mean);
    if (!may_turn && sent != end->is_sent) {
        sent = end->is_sent;
        s = c->from[0]; /* what lies next to the reservoir */
        interval = 0;
    }
    if (sent)
        take_sent(end, interval, s);
    else
        take_reservoir(end);
    close_rows(end, local);
}

static void add(double *out, const kz_lead_end *end, const double *H, bool sent)
{
    if (!end->emission) return;
    const kz_convolution *c = end->full;
    const double *last = last_row(end, H);
    double *row = out + (size_t)(c->rows - 1) * c->n;
    for (size_t i = 0; i < c->n; i++) {
        double ratio = exp(-0.5 * c->form.width[0] * c->frequency[i]);
        double R = kz_closure_ratio(&end->closure, ratio), next = R * last[i];
        if (sent) next += end->sent[1][i] - R * end->sent[0][i];
        row[i] += c->symbol[i] * next;
    }
}

void kz_lead_end_add(double *out, const kz_lead_end *end, const double *H)
{
    add(out, end, H, true);
}

void kz_lead_end_add_change(double *out, const kz_lead_end *end, const double *H)
{
    add(out, end, H, false);
}

double kz_lead_end_error(const kz_lead_end *end, const double *density, const double *z,
                         bool divided)
{
    double sum = 0;
    if (!end->emission) return 0;
    const kz_convolution *c = end->full;
    for (size_t i = 0; i < c->n; i++)
        sum += (i ? 2 : 1) * c->symbol[i] * fabs(last_row(end, density)[i]) *
               kz_tail_error(c, &end->closure, divided ? &end->other : NULL, last_row(end, z), i);
    return M_PI * c->form.sine * 2 * c->grid.window / c->norm * sum;
}
