/* What the zeros of v do in a step of the flow: along polynomial paths where all nodes have the
 * same ones, else from node to node. */
#include <math.h>

#include "core/chebyshev.h"
#include "core/error.h"
#include "ghd/counting/flow_work.h"
#include "ghd/ray/work.h"

/* Error of D where zeros have turned, of the change of kappa meanwhile: on a straight path, and
 * where it is not known when. */
static const double TURN_MOVED = 0.1, TURN_WHENEVER = 0.5;

/* The path of edge e of row f over the step. */
static kz_zero_path path_of(const kz_counting_flow *flow, int f, int e)
{
    int terms = flow->order + 1;
    double place[KZ_COUNTING_FLOW_ORDER_MAX + 1], kappa[KZ_COUNTING_FLOW_ORDER_MAX + 1];
    double from = flow->node[0].lambda, to = flow->node[flow->order].lambda;
    kz_zero_path path = {.terms = terms, .lambda = {0.5 * (from + to), 0.5 * (to - from)}};
    for (int j = 0; j < terms; j++) {
        place[j] = flow->node[j].region[f].edge[e];
        kappa[j] = flow->node[j].kappa[f * KZ_EDGES_MAX + e];
    }
    kz_chebyshev_end_transform(path.place, place, terms);
    kz_chebyshev_end_transform(path.kappa, kappa, terms);
    return path;
}

/* Sign of v below edge e. */
static double sign_below(const kz_region *region, int e)
{
    return region->starts_inside == (e % 2 == 0) ? 1 : -1;
}

/* Whether row f has the zeros of the first node at all of them. */
static bool same_zeros(const kz_counting_flow *flow, int f)
{
    for (int i = 1; i <= flow->order; i++)
        if (!isfinite(kz_region_distance(&flow->node[i].region[f], &flow->node[0].region[f])))
            return false;
    return true;
}

static kz_status pass_paths(kz_counting_flow *flow, int i, int f)
{
    const kz_region *region = &flow->node[0].region[f];
    for (int e = 0; e < region->count; e++) {
        kz_zero_path path = path_of(flow, f, e);
        double end = kz_chebyshev_end_node(i, flow->order + 1);
        KZ_TRY(kz_swept_pass(&flow->trial[f], &path, end, sign_below(region, e), &flow->start[f]));
    }
    return KZ_OK;
}

/* int |d q^dr| of row f over [low, high], of the node that was solved last: what a change of D
 * there does to the current. */
static double influence(const kz_counting_flow *flow, int f, double low, double high)
{
    const kz_convolution *c = flow->states.level->coarse.full;
    const kz_ray_work *ray = flow->states.ray;
    const double *d = ray->d + (size_t)f * c->n, *u = ray->u + (size_t)f * c->n;
    double h = kz_grid_spacing(&c->grid), spin = fabs(kz_weighting_half_charge(&flow->states));
    double first = fmax(0, floor((low - c->lambda[0]) / h)), sum = 0;
    double last = fmin((double)c->n - 1, ceil((high - c->lambda[0]) / h));
    for (size_t k = (size_t)first; k <= (size_t)last; k++)
        sum += fabs(d[k]) * (fabs(u[k]) + spin);
    return sum / (last - first + 1) * (high - low);
}

/* Between two neighbouring nodes: which of them has the zeros at both ends, -1: the earlier one,
 * 1: the later one. */
typedef struct {
    double place[2];
    int whose[2];
} turned_part;

/* A zero goes straight from one end to the other, or it is not known when. */
static kz_status turn(kz_counting_flow *flow, int f, int later, const turned_part *part,
                      bool inside)
{
    const kz_flow_node *a = &flow->node[later - 1], *b = &flow->node[later];
    double kappa[KZ_COUNTING_FLOW_ORDER_MAX + 1] = {0}, change = 0;
    bool moves = part->whose[0] != part->whose[1], falls = part->whose[0] > part->whose[1];
    double from = part->place[falls ? 1 : 0], to = part->place[falls ? 0 : 1];
    kz_zero_path path = {
        .terms = flow->order + 1,
        .place = {0.5 * (from + to), 0.5 * (to - from)},
        .lambda = {0.5 * (a->lambda + b->lambda), moves ? 0.5 * (b->lambda - a->lambda) : 0}};
    for (int j = 0; j < path.terms; j++) {
        double x = kz_chebyshev_end_node(j, path.terms), share = moves ? 0.5 * (1 + x) : 0.5;
        double place = path.place[0] + path.place[1] * x;
        double before = kz_flow_kappa(flow, a->t, a->lambda, f, place);
        double after = kz_flow_kappa(flow, b->t, b->lambda, f, place);
        kappa[j] = before + share * (after - before);
        change = fmax(change, fabs(after - before));
    }
    kz_chebyshev_end_transform(path.kappa, kappa, path.terms);
    flow->turned += (moves ? TURN_MOVED : TURN_WHENEVER) * fmin(change, 1) *
                    influence(flow, f, part->place[0], part->place[1]);
    return kz_swept_pass(&flow->trial[f], &path, 1, inside == !falls ? 1 : -1, &flow->start[f]);
}

/* All that has turned between two neighbouring nodes. */
static kz_status turn_difference(kz_counting_flow *flow, int f, int later)
{
    const kz_region *a = &flow->node[later - 1].region[f], *b = &flow->node[later].region[f];
    double window = flow->states.level->coarse.full->grid.window;
    bool inside = b->starts_inside, differ = a->starts_inside != inside;
    turned_part part = {.place = {0, -window}, .whose = {0, 0}};
    for (int k = 0, l = 0; k < a->count || l < b->count; differ = !differ) {
        bool first = l == b->count || (k < a->count && a->edge[k] <= b->edge[l]);
        part.place[0] = part.place[1];
        part.whose[0] = part.whose[1];
        part.place[1] = first ? a->edge[k++] : b->edge[l++];
        part.whose[1] = first ? -1 : 1;
        if (part.whose[0] == 0) part.whose[0] = -part.whose[1]; /* came from infinity */
        if (differ) KZ_TRY(turn(flow, f, later, &part, inside));
        if (!first) inside = !inside;
    }
    part = (turned_part){{part.place[1], window}, {part.whose[1], -part.whose[1]}};
    return differ ? turn(flow, f, later, &part, inside) : KZ_OK;
}

kz_status kz_flow_pass_zeros(kz_counting_flow *flow, int i, int f)
{
    if (same_zeros(flow, f)) return pass_paths(flow, i, f);
    for (int later = 1; later <= i; later++)
        KZ_TRY(turn_difference(flow, f, later));
    return KZ_OK;
}
