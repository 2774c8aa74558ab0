#include "propagate/pieces.h"

#include <math.h>
#include <string.h>

#include "core/chebyshev.h"
#include "core/error.h"
#include "core/memory.h"
#include "propagate/spline.h"

enum { M = KZ_PANEL_NODES, PANELS_MAX = 20000, DEPTH_MAX = 40 };

/* Beyond a jump the last panel's polynomials go on, their argument bent so that it stays within
 * REACH of a panel's width: y -> y/(1 + y^6)^(1/6), the identity up to y^7.  At EXTENT times the
 * reach it has come to rest, to 1e-7 of its slope. */
static const double REACH = 0.25, EXTENT = 8;

double kz_panel_node(const kz_profile_panel *p, size_t i)
{
    return 0.5 * (p->from + p->to) + 0.5 * (p->to - p->from) * kz_chebyshev_node((int)i, M);
}

double kz_panel_unit(const kz_profile_panel *p, double x)
{
    return (2 * x - p->from - p->to) / (p->to - p->from);
}

double kz_panel_series(const double *c, const kz_profile_panel *p, double x)
{
    return kz_chebyshev_value(c, M, kz_panel_unit(p, x));
}

void kz_profile_free(kz_profile *profile)
{
    kz_free(profile->piece);
    kz_free(profile->panel);
    *profile = (kz_profile){0};
}

kz_status kz_profile_copy(kz_profile *out, const kz_profile *from)
{
    void *piece, *panel;
    *out = (kz_profile){0};
    KZ_TRY(kz_alloc(&piece, from->pieces, sizeof *out->piece));
    kz_status status = kz_alloc(&panel, from->panels, sizeof *out->panel);
    if (status != KZ_OK) {
        kz_free(piece);
        return status;
    }
    memcpy(piece, from->piece, from->pieces * sizeof *out->piece);
    memcpy(panel, from->panel, from->panels * sizeof *out->panel);
    *out = (kz_profile){from->pieces, from->panels, from->panels, piece, panel};
    return KZ_OK;
}

void kz_profile_turn(kz_profile *profile)
{
    for (size_t i = 0; i < profile->panels; i++)
        for (size_t m = 0; m < M; m++)
            profile->panel[i].beta[m] *= -1;
}

/* -- one piece while its panels are made -- */

typedef struct {
    kz_profile *profile;
    kz_profile_fn function;
    void *context;
    const double *knot; /* [knots] where the function is less smooth, ascending */
    size_t knots;
    double tol;
} builder;

static void fill_panel(kz_profile_panel *out, const builder *b)
{
    double beta[M], mu[M];
    for (size_t i = 0; i < M; i++)
        b->function(&beta[i], &mu[i], kz_panel_node(out, i), b->context);
    kz_chebyshev_transform(out->beta, beta, M);
    kz_chebyshev_transform(out->mu, mu, M);
    double rest = 0, size = 1 + fabs(out->beta[0]) + fabs(out->mu[0]);
    for (size_t m = 1; m < M; m++)
        rest = fmax(rest, fmax(fabs(out->beta[m]), fabs(out->mu[m])));
    out->constant = rest <= 4e-16 * size;
    for (size_t m = 1; m < M && out->constant; m++)
        out->beta[m] = out->mu[m] = 0;
}

static double mismatch(const kz_profile_panel *p, double x, const builder *b)
{
    double beta, mu;
    b->function(&beta, &mu, x, b->context);
    return fmax(fabs(beta - kz_panel_series(p->beta, p, x)),
                fabs(mu - kz_panel_series(p->mu, p, x)));
}

/* Where the series and the function differ by more than tol: at the knots, which a panel may have
 * between its nodes, and between the nodes. */
static bool is_resolved(const kz_profile_panel *p, const builder *b)
{
    double size = 1 + fabs(p->beta[0]) + fabs(p->mu[0]), allowed = fmax(b->tol, 1e-14 * size);
    double tail =
        fabs(p->beta[M - 1]) + fabs(p->beta[M - 2]) + fabs(p->mu[M - 1]) + fabs(p->mu[M - 2]);
    if (!(tail <= allowed)) return false;
    for (size_t i = 0; i < b->knots; i++)
        if (b->knot[i] > p->from && b->knot[i] < p->to &&
            !(mismatch(p, b->knot[i], b) <= 3 * allowed))
            return false;
    for (size_t i = 0; i + 1 < M; i++) {
        double middle = 0.5 * (kz_panel_node(p, i) + kz_panel_node(p, i + 1));
        if (!(mismatch(p, middle, b) <= 3 * allowed)) return false;
    }
    return true;
}

static kz_status append(kz_profile *profile, const kz_profile_panel *panel)
{
    if (profile->panels == PANELS_MAX)
        return KZ_FAIL(KZ_EINVAL, "the profile needs more than %d panels", PANELS_MAX);
    if (profile->panels == profile->room) {
        void *memory;
        size_t room = 2 * profile->room + 16;
        KZ_TRY(kz_alloc(&memory, room, sizeof *panel));
        if (profile->panels) memcpy(memory, profile->panel, profile->panels * sizeof *panel);
        kz_free(profile->panel);
        profile->panel = memory;
        profile->room = room;
    }
    profile->panel[profile->panels++] = *panel;
    return KZ_OK;
}

/* The middle one of the knots inside, or the middle of the panel. */
static double cut_of(double from, double to, const builder *b)
{
    size_t first = 0, end;
    while (first < b->knots && b->knot[first] <= from)
        first++;
    for (end = first; end < b->knots && b->knot[end] < to;)
        end++;
    return end > first ? b->knot[(first + end) / 2] : 0.5 * (from + to);
}

static kz_status cover(builder *b, double from, double to, int depth)
{
    kz_profile_panel panel = {.from = from, .to = to};
    fill_panel(&panel, b);
    double cut = cut_of(from, to, b);
    bool narrow = depth == DEPTH_MAX || !(cut > from && cut < to);
    if (narrow || is_resolved(&panel, b)) return append(b->profile, &panel);
    KZ_TRY(cover(b, from, cut, depth + 1));
    return cover(b, cut, to, depth + 1);
}

/* -- what lies beyond a jump -- */

typedef struct {
    kz_profile_panel last;
    double origin, reach; /* reach < 0: to the left */
} extension;

static void extended(double *beta, double *mu, double x, void *context)
{
    const extension *e = context;
    double y = (x - e->origin) / e->reach;
    double bent = e->origin + e->reach * y / pow(1 + pow(y, 6), 1 / 6.0);
    *beta = kz_panel_series(e->last.beta, &e->last, bent);
    *mu = kz_panel_series(e->last.mu, &e->last, bent);
}

static kz_status extend(const builder *b, kz_profile_panel last, bool right)
{
    if (last.constant) return KZ_OK;
    double reach = REACH * (last.to - last.from);
    extension e = {last, right ? last.to : last.from, right ? reach : -reach};
    builder beyond = {b->profile, extended, &e, NULL, 0, b->tol};
    double end = e.origin + EXTENT * e.reach;
    return right ? cover(&beyond, e.origin, end, 0) : cover(&beyond, end, e.origin, 0);
}

/* A piece from knot[0] to its last knot; one knot stands for a constant. */
static kz_status add_piece(builder *b, bool jump_left, bool jump_right)
{
    kz_profile *p = b->profile;
    kz_profile_piece *piece = &p->piece[p->pieces];
    double from = b->knot[0], to = b->knot[b->knots - 1];
    *piece = (kz_profile_piece){.from = from, .to = to, .first = p->panels};
    if (b->knots == 1) {
        double left = jump_right ? from - 1 : from;
        KZ_TRY(cover(b, left, left + 1, DEPTH_MAX));
    } else {
        if (jump_left) {
            kz_profile_panel first = {0};
            KZ_TRY(cover(b, from, to, 0));
            first = p->panel[piece->first];
            p->panels = piece->first;
            KZ_TRY(extend(b, first, false));
        }
        KZ_TRY(cover(b, from, to, 0));
        if (jump_right) KZ_TRY(extend(b, p->panel[p->panels - 1], true));
    }
    piece->count = p->panels - piece->first;
    p->pieces++;
    return KZ_OK;
}

/* -- tables -- */

typedef struct {
    const double *x, *f[2]; /* beta, mu */
    double *d[2], *s[2];    /* their derivatives */
    size_t n;
} spline_pair;

static void spline_value(double *beta, double *mu, double x, void *context)
{
    const spline_pair *p = context;
    if (p->n == 1) {
        *beta = p->f[0][0];
        *mu = p->f[1][0];
        return;
    }
    size_t low = 0, high = p->n - 1;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (p->x[middle] <= x)
            low = middle;
        else
            high = middle;
    }
    *beta = kz_quintic_value(p->x, p->f[0], p->d[0], p->s[0], low, x);
    *mu = kz_quintic_value(p->x, p->f[1], p->d[1], p->s[1], low, x);
}

static kz_status table_piece(kz_profile *profile, spline_pair *p, bool jump_left, bool jump_right,
                             double tol)
{
    for (int i = 0; i < 2 && p->n > 1; i++)
        KZ_TRY(kz_quintic_fit(p->d[i], p->s[i], p->x, p->f[i], p->n, !jump_left, !jump_right));
    builder b = {profile, spline_value, p, p->x, p->n, tol};
    return add_piece(&b, jump_left, jump_right);
}

static kz_status allocate_pieces(kz_profile *out, const double *x, size_t n)
{
    size_t pieces = 1;
    void *memory;
    for (size_t i = 0; i + 1 < n; i++)
        pieces += x[i] == x[i + 1];
    *out = (kz_profile){0};
    KZ_TRY(kz_alloc(&memory, pieces, sizeof *out->piece));
    out->piece = memory;
    return KZ_OK;
}

static kz_status check_table(const double *x, const double *beta, const double *mu, size_t n)
{
    if (n < 1) return KZ_FAIL(KZ_EINVAL, "the profile has no point");
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(x[i]) || !isfinite(beta[i]) || !isfinite(mu[i]))
            return KZ_FAIL(
                KZ_EINVAL,
                "point %zu of the profile: x = %.15g, beta = %.15g, mu = %.15g: accepted "
                "are finite numbers",
                i + 1, x[i], beta[i], mu[i]);
        if (i > 0 && x[i] < x[i - 1])
            return KZ_FAIL(KZ_EINVAL, "point %zu of the profile: x = %.15g after %.15g: x ascends",
                           i + 1, x[i], x[i - 1]);
        if (i > 1 && x[i] == x[i - 2])
            return KZ_FAIL(KZ_EINVAL, "x = %.15g stands three times: twice is a jump", x[i]);
    }
    return KZ_OK;
}

kz_status kz_profile_from_table(kz_profile *out, const double *x, const double *beta,
                                const double *mu, size_t n, double tol)
{
    double *memory;
    *out = (kz_profile){0};
    KZ_TRY(check_table(x, beta, mu, n));
    KZ_TRY(kz_alloc_doubles(&memory, 4 * n));
    kz_status status = allocate_pieces(out, x, n);
    for (size_t first = 0, end; status == KZ_OK && first < n; first = end) {
        for (end = first + 1; end < n && x[end] > x[end - 1];)
            end++;
        double *d = memory + 4 * first, *s = d + 2 * (end - first);
        size_t count = end - first;
        spline_pair p = {
            x + first, {beta + first, mu + first}, {d, d + count}, {s, s + count}, count};
        status = table_piece(out, &p, first > 0, end < n, tol);
    }
    kz_free(memory);
    if (status != KZ_OK) kz_profile_free(out);
    return status;
}

kz_status kz_profile_from_function(kz_profile *out, kz_profile_fn function, void *context,
                                   const double *edge, size_t n, double tol)
{
    *out = (kz_profile){0};
    for (size_t i = 0; i < n; i++) {
        double beta, mu;
        if (!isfinite(edge[i]) || (i > 0 && !(edge[i] > edge[i - 1])))
            return KZ_FAIL(KZ_EINVAL, "edge %zu of the profile is %.15g: finite and ascending", i,
                           edge[i]);
        function(&beta, &mu, edge[i], context);
        if (!isfinite(beta) || !isfinite(mu))
            return KZ_FAIL(KZ_EINVAL, "the profile at x = %.15g is not finite", edge[i]);
    }
    if (n < 2) return KZ_FAIL(KZ_EINVAL, "a profile needs two edges or more");
    builder b = {out, function, context, edge, n, tol};
    kz_status status = allocate_pieces(out, edge, n);
    if (status == KZ_OK) status = add_piece(&b, false, false);
    if (status != KZ_OK) kz_profile_free(out);
    return status;
}

/* -- afterwards -- */

static void series_pair(double *beta, double *mu, double x, void *context)
{
    const kz_profile_panel *p = context;
    *beta = kz_panel_series(p->beta, p, x);
    *mu = kz_panel_series(p->mu, p, x);
}

kz_status kz_profile_split(kz_profile *p, size_t piece, size_t panel)
{
    size_t at = p->piece[piece].first + panel;
    kz_profile_panel whole = p->panel[at], half[2] = {whole, whole};
    builder b = {p, series_pair, &whole, NULL, 0, 0};
    half[0].to = half[1].from = 0.5 * (whole.from + whole.to);
    for (int i = 0; i < 2; i++)
        fill_panel(&half[i], &b);
    KZ_TRY(append(p, &half[1]));
    memmove(p->panel + at + 2, p->panel + at + 1, (p->panels - at - 2) * sizeof *p->panel);
    p->panel[at] = half[0];
    p->panel[at + 1] = half[1];
    p->piece[piece].count++;
    for (size_t i = piece + 1; i < p->pieces; i++)
        p->piece[i].first++;
    return KZ_OK;
}

size_t kz_profile_find_panel(const kz_profile *p, size_t piece, double x)
{
    const kz_profile_panel *panel = p->panel + p->piece[piece].first;
    size_t low = 0, high = p->piece[piece].count;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (panel[middle].from <= x)
            low = middle;
        else
            high = middle;
    }
    return low;
}

void kz_profile_evaluate(double *beta, double *mu, const kz_profile *p, size_t piece, double x)
{
    const kz_profile_panel *panel =
        p->panel + p->piece[piece].first + kz_profile_find_panel(p, piece, x);
    double inside = fmax(panel->from, fmin(panel->to, x));
    *beta = kz_panel_series(panel->beta, panel, inside);
    *mu = kz_panel_series(panel->mu, panel, inside);
}

kz_profile_place kz_profile_locate(const kz_profile *p, size_t piece, double x)
{
    size_t first = p->piece[piece].first;
    double from = p->panel[first].from, to = p->panel[first + p->piece[piece].count - 1].to;
    double inside = fmax(from, fmin(to, x));
    size_t at = first + kz_profile_find_panel(p, piece, inside);
    const kz_profile_panel *panel = &p->panel[at];
    double rate = inside == x ? 2 / (panel->to - panel->from) : 0;
    return (kz_profile_place){at, kz_panel_unit(panel, inside), rate};
}

size_t kz_profile_find(const kz_profile *p, double x)
{
    size_t piece = 0;
    while (piece + 1 < p->pieces && x >= p->piece[piece + 1].from)
        piece++;
    return piece;
}

double kz_profile_width(const kz_profile *profile)
{
    double width = INFINITY;
    for (size_t i = 0; i < profile->panels; i++) {
        const kz_profile_panel *panel = &profile->panel[i];
        if (!panel->constant) width = fmin(width, panel->to - panel->from);
    }
    return isfinite(width) ? width : 0;
}
