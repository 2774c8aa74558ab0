/* Chains divided over several processes (threads here), against one process: the same bit by bit.
 */
#include "tests/tbm/divided.h"

/* All that can be known of an evolved chain. */
typedef struct {
    unsigned char *state; /* kz_mps_write() and kz_tebd_write() */
    size_t size;
    profile p;
    double density[LONGEST * KZ_DENSITY_SIZE], bound, excess;
    size_t dimension[LONGEST];
} outcome;

static void look_at(outcome *out, const kz_mps *mps, const kz_tebd *tebd, const chain_case *c)
{
    double delta[LONGEST];
    kz_lattice_profile view = profile_view(&out->p);
    memory_stream s = {calloc(STREAM_SIZE, 1), STREAM_SIZE, 0};
    fill_couplings(delta, c->length);
    KZ_CHECK_OK(kz_mps_measure(&view, mps, delta, c->params.threads));
    KZ_CHECK_OK(kz_mps_density_matrices(out->density, mps, c->params.threads));
    KZ_CHECK_OK(kz_mps_write(mps, put, &s));
    KZ_CHECK_OK(kz_tebd_write(tebd, put, &s));
    out->state = s.data;
    out->size = s.place;
    out->bound = kz_tebd_error_bound(tebd);
    out->excess = kz_tebd_worst_excess(tebd);
    for (size_t i = 0; i + 1 < c->length; i++) {
        out->dimension[i] = kz_mps_bond_dimension(mps, i);
        assert_true(kz_mps_entropy(mps, i) == out->p.entropy[i]);
    }
}

static void check_same(const outcome *a, const outcome *b, size_t length)
{
    assert_int_equal(a->size, b->size);
    assert_memory_equal(a->state, b->state, a->size);
    assert_true(profile_distance(&a->p, &b->p, length) == 0.0);
    assert_true(entropy_distance(&a->p, &b->p, length) == 0.0);
    assert_memory_equal(a->density, b->density,
                        (length - 2) * KZ_DENSITY_SIZE * sizeof *a->density);
    assert_true(a->bound == b->bound && a->excess == b->excess);
    for (size_t i = 0; i + 1 < length; i++)
        assert_int_equal(a->dimension[i], b->dimension[i]);
}

/* A divided run, from the state at t = 0 or from a stream. */
typedef struct {
    const chain_case *c;
    kz_progress_fn progress;
    memory_stream *from;
    bool stays; /* stopped, it is left as it is */
    outcome *out;
} job;

static void lead(kz_team *team, void *context)
{
    job *j = context;
    const chain_case *c = j->c;
    kz_mps *mps;
    if (j->from)
        KZ_CHECK_OK(kz_mps_read_bonds(&mps, get, j->from));
    else
        mps = make_state(c);
    kz_tebd *tebd = make_evolution(mps, c);
    KZ_CHECK_OK(kz_divided_begin(tebd, team, j->from ? get : NULL, j->from));
    for (size_t i = kz_divided_stop(mps->divided); i < c->length; i++)
        assert_null(mps->site[i].data); /* the rest is elsewhere */
    kz_status status = KZ_OK;
    if (j->from) {
        KZ_CHECK_OK(kz_tebd_read(tebd, get, j->from));
        status = kz_tebd_continue(tebd, j->progress, NULL);
    } else {
        status = kz_tebd_advance(tebd, c->dt, c->steps, j->progress, NULL);
    }
    while (status == KZ_ECANCELLED && !j->stays)
        status = kz_tebd_continue(tebd, j->progress, NULL);
    KZ_CHECK_STATUS(status, j->stays ? KZ_ECANCELLED : KZ_OK);
    look_at(j->out, mps, tebd, c);
    kz_tebd_free(tebd);
    kz_mps_free(mps);
}

static void evolve_alone(outcome *out, const chain_case *c)
{
    kz_mps *mps = make_state(c);
    kz_tebd *tebd = make_evolution(mps, c);
    KZ_CHECK_OK(kz_tebd_advance(tebd, c->dt, c->steps, NULL, NULL));
    look_at(out, mps, tebd, c);
    kz_tebd_free(tebd);
    kz_mps_free(mps);
}

/* -- the same numbers ---------------------------------------------------------------------------
 */

static void compare(const chain_case *c, int least_size, int most_size)
{
    static outcome alone, divided;
    evolve_alone(&alone, c);
    for (int size = least_size; size <= most_size; size++) {
        job j = {.c = c, .out = &divided};
        check_team_run(size, lead, &j);
        check_same(&alone, &divided, c->length);
        free(divided.state);
    }
    free(alone.state);
}

static void any_number_of_processes_gives_the_same_state(void **state)
{
    (void)state;
    const chain_case c = spins(24, 24), odd = spins(13, 500);
    compare(&c, 1, 5);
    compare(&odd, 2, 3);
}

static void all_orders_do(void **state)
{
    (void)state;
    chain_case c = spins(14, 12);
    c.params.trotter = KZ_TROTTER_2;
    c.params.cutoff_per_gate = true;
    compare(&c, 3, 3);
    c.params.trotter = KZ_TROTTER_4_FOREST_RUTH;
    c.dt = -0.1;
    compare(&c, 2, 2);
}

static void more_processes_than_pairs_of_sites(void **state)
{
    (void)state;
    const chain_case four = spins(4, 10), five = spins(5, 10);
    compare(&four, 2, 4);
    compare(&five, 3, 3);
}

static void sites_with_ancillas(void **state)
{
    (void)state;
    chain_case c = spins(10, 20);
    c.purified = true;
    c.steps = 4;
    compare(&c, 2, 3);
}

/* With threads a process waits for its neighbour before its gates, not among them.  Bonds must have
 * grown until the gates of a piece are worth threads (tbm/tebd.c: products of dimensions beyond
 * 300/0.06). */
static void processes_with_threads(void **state)
{
    (void)state;
    static outcome alone, divided;
    chain_case c = spins(20, 60);
    size_t work = 0;
    c.params.threads = 2;
    c.params.cutoff = 1e-12;
    c.steps = 30;
    evolve_alone(&alone, &c);
    for (size_t i = 1; i + 1 < c.length / 2; i += 2)
        work += alone.dimension[i - 1] * alone.dimension[i + 1];
    assert_true(work > 5000);
    job j = {.c = &c, .out = &divided};
    check_team_run(2, lead, &j);
    check_same(&alone, &divided, c.length);
    free(divided.state);
    free(alone.state);
}

/* -- stopping and going on -----------------------------------------------------------------------
 */

static int stop_always(void *context, size_t done, size_t total)
{
    (void)context;
    assert_true(done < total);
    return 1;
}

static void stops_change_nothing(void **state)
{
    (void)state;
    static outcome alone, divided;
    const chain_case c = spins(16, 16);
    evolve_alone(&alone, &c);
    for (int size = 2; size <= 3; size++) {
        job j = {.c = &c, .progress = size == 2 ? stop_at_third : stop_always, .out = &divided};
        check_team_run(size, lead, &j);
        check_same(&alone, &divided, c.length);
        free(divided.state);
    }
    free(alone.state);
}

/* Three processes stop between two layers, two go on from the stream they wrote. */
static void another_number_of_processes_goes_on(void **state)
{
    (void)state;
    static outcome alone, stopped, divided;
    const chain_case c = spins(16, 16);
    evolve_alone(&alone, &c);
    job first = {.c = &c, .progress = stop_at_third, .stays = true, .out = &stopped};
    check_team_run(3, lead, &first);
    memory_stream s = {stopped.state, stopped.size, 0};
    job second = {.c = &c, .from = &s, .out = &divided};
    check_team_run(2, lead, &second);
    check_same(&alone, &divided, c.length);
    assert_int_equal(s.place, s.size);
    free(stopped.state);
    free(divided.state);
    free(alone.state);
}

/* -- pieces -------------------------------------------------------------------------------------
 */

/* All up but for the last quarter: gates cost something there only. */
static void lead_uneven(kz_team *team, void *context)
{
    enum { L = LONGEST };
    bool up[L];
    double delta[L];
    kz_mps *mps;
    kz_tebd *tebd;
    kz_tebd_params params = kz_tebd_params_default();
    size_t *cut = context;
    for (size_t i = 0; i < L; i++)
        up[i] = i < 3 * L / 4 || i % 2 == 0;
    couplings(delta, L, 0.5, 0.5);
    params.chi = 32;
    KZ_CHECK_OK(kz_mps_create_product(&mps, L, up));
    KZ_CHECK_OK(kz_tebd_create(&tebd, mps, delta, &params));
    KZ_CHECK_OK(kz_divided_begin(tebd, team, NULL, NULL));
    cut[0] = mps->divided->even[1];
    KZ_CHECK_OK(kz_tebd_advance(tebd, 0.1, 20, NULL, NULL));
    cut[1] = mps->divided->even[1];
    kz_tebd_free(tebd);
    kz_mps_free(mps);
}

static void pieces_move_to_where_the_work_is(void **state)
{
    (void)state;
    size_t cut[2];
    check_team_run(2, lead_uneven, cut);
    assert_int_equal(cut[0], LONGEST / 2); /* all gates are alike at first */
    assert_in_range(cut[1], 5 * LONGEST / 8, 7 * LONGEST / 8 + 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_number_of_processes_gives_the_same_state),
        cmocka_unit_test(all_orders_do),
        cmocka_unit_test(more_processes_than_pairs_of_sites),
        cmocka_unit_test(sites_with_ancillas),
        cmocka_unit_test(processes_with_threads),
        cmocka_unit_test(stops_change_nothing),
        cmocka_unit_test(another_number_of_processes_goes_on),
        cmocka_unit_test(pieces_move_to_where_the_work_is),
    };
    return cmocka_run_group_tests_name("divided", tests, NULL, NULL);
}
