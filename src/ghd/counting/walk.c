#include "ghd/counting/walk.h"

#include <gsl/gsl_sort.h>
#include <limits.h>
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "ghd/counting/branches.h"
#include "ghd/counting/engine.h"

/* Points on a branch that are lost one after the other: those behind them are given up, as each
 * costs more than ten that settle. */
enum { LOST_MAX = 2 };

/* Points from `first` on in the order of their images, `count` of them in one direction. */
typedef struct {
    kz_counting *j;
    kz_counting_engine *engine;
    size_t first, count;
    int direction;
} stretch;

static size_t index_of(const stretch *s, size_t i)
{
    size_t at = s->direction > 0 ? s->first + i : s->first - i;
    return s->j->order[at];
}

static bool is_idle(const stretch *s, size_t i)
{
    return kz_counting_is_idle(s->j, s->engine->side, index_of(s, i));
}

static double image_of(const stretch *s, size_t i) { return s->j->image[index_of(s, i)]; }

static void lose(kz_counting *j, size_t index, kz_status status)
{
    j->now[index] = (kz_fluctuation){j->lambda[index], NAN, NAN, INFINITY, status};
    j->turned[index] = false;
}

static kz_status solve_point(kz_counting *j, kz_counting_engine *e, size_t index)
{
    kz_status status = kz_counting_engine_solve(j, e, index);
    if (status == KZ_ENOMEM) return status;
    if (status != KZ_OK) lose(j, index, status);
    if (status != KZ_OK && !*j->reason) strncpy(j->reason, kz_error_reason(), sizeof j->reason - 1);
    j->now[index].status = status;
    kz_progress_add(&j->progress, 1, 2 * j->total);
    if (kz_progress_is_cancelled(&j->progress)) return KZ_FAIL(KZ_ECANCELLED, "cancelled");
    return KZ_OK;
}

static void set_turned(const stretch *s, size_t from, size_t end)
{
    for (size_t i = from; i < end; i++)
        if (!is_idle(s, i)) s->j->turned[index_of(s, i)] = true;
}

static kz_status walk_outwards(const stretch *s)
{
    kz_counting *j = s->j;
    int lost = 0, most = j->branches && j->isotropic ? LOST_MAX : INT_MAX;
    for (size_t i = 0; i < s->count && lost < most; i++) {
        if (is_idle(s, i)) continue;
        KZ_TRY(solve_point(j, s->engine, index_of(s, i)));
        lost = j->now[index_of(s, i)].status == KZ_OK ? 0 : lost + 1;
    }
    return KZ_OK;
}

/* Where the long strings turn next to lambda = 0, the points beyond are not got at from there: rays
 * with v_inf = 0 lie between.  From the outermost one, which starts from the state of the side. */
static kz_status walk_inwards(const stretch *s)
{
    int lost = 0;
    bool arrived = false;
    kz_counting *j = s->j;
    for (size_t i = s->count; i-- > 0 && lost < LOST_MAX;) {
        size_t index = index_of(s, i);
        kz_status status = KZ_OK;
        if (is_idle(s, i)) continue;
        if (!arrived) status = kz_counting_engine_leap(s->engine, j, j->image[index]);
        if (status == KZ_ENOMEM) return status;
        if (status == KZ_OK) KZ_TRY(solve_point(j, s->engine, index));
        if (j->turned[index]) { /* and so do all that follow */
            set_turned(s, 0, i);
            break;
        }
        lost = j->now[index].status == KZ_OK ? 0 : lost + 1; /* also where there was no leap */
        arrived = j->now[index].status == KZ_OK;
    }
    return KZ_OK;
}

static kz_status walk(const stretch *s)
{
    kz_counting *j = s->j;
    bool turned = false;
    if (s->count == 0) return KZ_OK;
    int outwards = kz_counting_outwards(j, s->engine->side, s->direction);
    KZ_TRY(kz_counting_engine_restart(s->engine, j, image_of(s, s->count - 1)));
    if (outwards != 0) KZ_TRY(kz_counting_engine_turns(&turned, s->engine, j));
    for (size_t i = 0; i < s->count; i++)
        if (!is_idle(s, i)) lose(j, index_of(s, i), KZ_ENOCONV); /* until it is solved */
    if (turned && outwards < 0) set_turned(s, 0, s->count);
    if (turned && outwards > 0) return walk_inwards(s);
    return turned ? KZ_OK : walk_outwards(s);
}

kz_status kz_counting_walk(kz_counting *j, int side)
{
    kz_counting_engine e;
    size_t below = 0;
    kz_status status = kz_counting_engine_create(&e, j, side);
    for (size_t i = 0; i < j->total; i++)
        j->image[i] = kz_counting_image(j, side, j->lambda[i]);
    gsl_sort_index(j->order, j->image, 1, j->total);
    while (below < j->total && j->image[j->order[below]] < 0)
        below++;
    const stretch up = {j, &e, below, j->total - below, 1}, down = {j, &e, below - 1, below, -1};
    if (status == KZ_OK) status = walk(&up);
    if (status == KZ_OK) status = walk(&down);
    kz_counting_engine_free(&e);
    return status;
}
