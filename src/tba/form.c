#include "tba/form.h"

#include <math.h>
#include <string.h>

#include "core/error.h"

/* Levels of the continued fraction are blocks, but that of nu_1 = 1, which has no row. */
static void fill_blocks(kz_form *form, const kz_strings *s)
{
    for (int i = 1; i <= s->levels; i++) {
        int end = s->first[i] - 1;
        if (end == 0) continue;
        form->end[form->blocks] = end;
        form->width[form->blocks++] = M_PI * s->width[i] / s->P;
    }
}

kz_status kz_form_fill(kz_form *out, kz_chain chain)
{
    kz_strings s;
    KZ_TRY(kz_strings_fill(&s, chain));
    kz_form form = {.chain = chain, .strings = s, .rows = s.count - 1, .spin = s.P};
    fill_blocks(&form, &s);
    memcpy(form.sign, s.sign, (size_t)form.rows);
    bool turned = 2 * s.Q > s.P;
    form.sine = sin(M_PI * s.Q / s.P);
    form.speed = 0.5 * M_PI * form.sine / form.width[0];
    form.near = turned ? kz_chain_energy_max(chain) : kz_chain_energy_min(chain);
    form.far = turned ? kz_chain_energy_min(chain) : kz_chain_energy_max(chain);
    form.near_sign = turned ? -1 : 1;
    *out = form;
    return KZ_OK;
}

int kz_form_block(const kz_form *form, int row)
{
    int b = 0;
    while (row >= form->end[b])
        b++;
    return b;
}

void kz_form_turn(double *values, const kz_form *form, size_t n)
{
    for (int f = 0; f < form->rows; f++) {
        if (form->sign[f] > 0) continue;
        double *row = values + (size_t)f * n;
        for (size_t k = 0; k < n; k++)
            row[k] = -row[k];
    }
}

/* No overflow. */
double kz_local_kernel(double width, double lambda)
{
    double e = exp(-M_PI / width * fabs(lambda));
    return e / (width * (1 + e * e));
}

double kz_local_kernel_symbol(double width, double omega)
{
    double e = exp(-0.5 * width * fabs(omega));
    return e / (1 + e * e);
}

double kz_local_kernel_tail(double width, double window)
{
    return 2 / M_PI * atan(exp(-M_PI / width * window));
}

double kz_local_link_symbol(double a, double b, double omega)
{
    double w = fabs(omega), difference = exp(-(a - b) * w);
    /* e^{(a-b)w/2} (1 + e^{-(a-b)w}) / (e^{(a+b)w/2} (1 + e^{-aw}) (1 + e^{-bw})) */
    return exp(-b * w) * (1 + difference) / ((1 + exp(-a * w)) * (1 + exp(-b * w)));
}

double kz_form_source(const kz_form *form, double lambda)
{
    return kz_local_kernel(form->width[0], lambda);
}

double kz_form_current_source(const kz_form *form, double lambda)
{
    double s = kz_local_kernel(form->width[0], lambda);
    return s * form->speed * tanh(M_PI / form->width[0] * lambda);
}
