/* Ohmic junctions that are the same one in another guise: mirrored, inverted, written as XXZ(2). */
#include "support/junction.h"

static const double inf = (double)INFINITY;

/* XXZ | XX with the reservoirs exchanged is the mirror image. */
static void property_mirror(void **unused)
{
    (void)unused;
    const double R[] = {0, 3, 50, inf};
    for (int P = 3; P <= 5; P++) {
        kz_junction_params here = junction_paper(kz_law_fourier());
        here.right = kz_chain_xxz(P);
        kz_junction_params there = {.left = here.right,
                                    .right = here.left,
                                    .left_state = here.right_state,
                                    .right_state = here.left_state,
                                    .law = here.law};
        kz_junction *a = junction_create(&here, 1e-9), *b = junction_create(&there, 1e-9);
        for (size_t i = 0; i < 4; i++) {
            kz_junction_point p = junction_solve(a, &here.law, R[i], 1e-9);
            kz_junction_point q = junction_solve(b, &here.law, R[i], 1e-9);
            double tol = p.err + q.err;
            KZ_CHECK_CLOSE_REL(q.beta_minus, p.beta_plus, tol);
            KZ_CHECK_CLOSE_REL(q.beta_plus, p.beta_minus, tol);
            KZ_CHECK_CLOSE(q.energy_current, -p.energy_current, tol);
            KZ_CHECK_CLOSE(q.energy_left, p.energy_right, 4 * tol); /* de/dbeta < 1 */
            KZ_CHECK_CLOSE(q.energy_right, p.energy_left, 4 * tol);
            const double zeta[3] = {-0.9, -0.4, 0}, mirrored[3] = {0.9, 0.4, 0};
            kz_ray left[3], right[3];
            KZ_CHECK_OK(kz_junction_rays(left, a, &p, KZ_SIDE_LEFT, zeta, 3));
            KZ_CHECK_OK(kz_junction_rays(right, b, &q, KZ_SIDE_RIGHT, mirrored, 3));
            for (int k = 0; k < 3; k++) {
                KZ_CHECK_CLOSE(right[k].energy, left[k].energy, 4 * tol + 2e-9);
                KZ_CHECK_CLOSE(right[k].energy_current, -left[k].energy_current, 4 * tol + 2e-9);
            }
        }
        kz_junction_free(a);
        kz_junction_free(b);
    }
}

/* Inversion of the whole energy axis (k -> k + pi) of XX | XX with thermal reservoirs flips every
 * beta and the current: Fourier's law on the side of negative temperatures. */
static void property_negative_temperatures(void **unused)
{
    (void)unused;
    kz_junction_params params = junction_paper(kz_law_fourier());
    params.right = kz_chain_xx();
    params.left_state = kz_state_thermal(0.4, 0);
    params.right_state = kz_state_thermal(3, 0);
    kz_junction_params flipped = params;
    flipped.left_state.beta *= -1;
    flipped.right_state.beta *= -1;
    kz_junction *a = junction_create(&params, 1e-10), *b = junction_create(&flipped, 1e-10);
    for (double R = 0; R < 300; R = 5 * R + 1) {
        kz_junction_point p = junction_solve(a, &params.law, R, 1e-10);
        kz_junction_point q = junction_solve(b, &params.law, R, 1e-10);
        KZ_CHECK_CLOSE(q.beta_minus, -p.beta_minus, 2e-9);
        KZ_CHECK_CLOSE(q.beta_plus, -p.beta_plus, 2e-9);
        KZ_CHECK_CLOSE(q.energy_current, -p.energy_current, 2e-10);
    }
    kz_junction_free(a);
    kz_junction_free(b);
}

/* P = 2 by Bethe ansatz is the XX chain, on either side. */
static void property_free_halves(void **unused)
{
    (void)unused;
    const double R[] = {0, 2, 70};
    const double tol = 1e-11;
    for (int side = 0; side < 2; side++) {
        kz_junction_params free = junction_paper(kz_law_fourier());
        if (side == 1) { /* XXZ(4) ceiling | ground XX */
            free.left = kz_chain_xxz(4);
            free.right = kz_chain_xx();
        }
        kz_junction_params two = free;
        *(side == 0 ? &two.left : &two.right) = kz_chain_xxz(2);
        kz_junction *a = junction_create(&free, tol), *b = junction_create(&two, tol);
        for (size_t i = 0; i < 3; i++) {
            kz_junction_point p = junction_solve(a, &free.law, R[i], tol);
            kz_junction_point q = junction_solve(b, &free.law, R[i], tol);
            /* currents at 2e-13, times dbeta/dJ ~ 5 */
            KZ_CHECK_CLOSE_REL(q.beta_minus, p.beta_minus, 1e-12);
            KZ_CHECK_CLOSE_REL(q.beta_plus, p.beta_plus, 1e-12);
            KZ_CHECK_CLOSE(q.energy_current, p.energy_current, 1e-12);
            double zeta[3] = {0, 0.3, 0.95};
            for (int k = 0; k < 3 && side == 0; k++)
                zeta[k] *= -1;
            kz_ray one[3], other[3];
            kz_side which = side == 0 ? KZ_SIDE_LEFT : KZ_SIDE_RIGHT;
            KZ_CHECK_OK(kz_junction_rays(one, a, &p, which, zeta, 3));
            KZ_CHECK_OK(kz_junction_rays(other, b, &p, which, zeta, 3));
            for (int k = 0; k < 3; k++) {
                KZ_CHECK_CLOSE(one[k].energy, other[k].energy, 1e-12);
                KZ_CHECK_CLOSE(one[k].energy_current, other[k].energy_current, 1e-12);
            }
        }
        kz_junction_free(a);
        kz_junction_free(b);
    }
}

/* Turning every second spin of both halves: Delta -> -Delta, beta -> -beta, energies and their
 * currents change sign.  Both halves of 2/5 | 3/8 have several blocks of rows. */
static void property_turned(void **unused)
{
    (void)unused;
    const double R[] = {0, 3, 50, inf};
    const kz_chain pair[][2] = {{kz_chain_xx(), kz_chain_xxz(4)},
                                {kz_chain_rational(5, 2), kz_chain_rational(8, 3)}};
    for (int i = 0; i < 2; i++) {
        kz_junction_params here = junction_paper(kz_law_fourier());
        here.left = pair[i][0];
        here.right = pair[i][1];
        kz_junction_params there = {.left = i == 0 ? kz_chain_xx() : kz_chain_rational(5, 3),
                                    .right =
                                        i == 0 ? kz_chain_rational(4, 3) : kz_chain_rational(8, 5),
                                    .left_state = kz_state_ground(0),
                                    .right_state = kz_state_ceiling(),
                                    .law = here.law};
        kz_junction *a = junction_create(&here, 1e-9), *b = junction_create(&there, 1e-9);
        for (size_t k = 0; k < 4; k++) {
            kz_junction_point p = junction_solve(a, &here.law, R[k], 1e-9), q = {0};
            KZ_CHECK_OK(kz_junction_solve(&q, b, R[k]));
            double tol = p.err + q.err;
            KZ_CHECK_CLOSE_REL(q.beta_minus, -p.beta_minus, tol);
            KZ_CHECK_CLOSE_REL(q.beta_plus, -p.beta_plus, tol);
            KZ_CHECK_CLOSE(q.energy_current, -p.energy_current, tol);
            KZ_CHECK_CLOSE(q.energy_left, -p.energy_left, 4 * tol);
            KZ_CHECK_CLOSE(q.energy_right, -p.energy_right, 4 * tol);
        }
        kz_junction_free(a);
        kz_junction_free(b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(property_mirror),
        cmocka_unit_test(property_turned),
        cmocka_unit_test(property_negative_temperatures),
        cmocka_unit_test(property_free_halves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
