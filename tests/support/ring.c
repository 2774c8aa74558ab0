/* Rings, one S^z sector after the other. */
#include "support/ring.h"

#include <lapacke.h>
#include <math.h>
#include <string.h>

#include "support/ed-internal.h"

typedef struct {
    int sites, size;
    unsigned *spins; /* [size] bit i set where site i is up */
    int *index;      /* [2^sites] */
    double *energy, *vector;
} sector;

static sector diagonalise(int L, int up, double delta)
{
    size_t states = (size_t)1 << L;
    sector s = {.sites = L,
                .spins = allocate(states, sizeof *s.spins),
                .index = allocate(states, sizeof *s.index)};
    for (unsigned a = 0; a < states; a++)
        if (count_bits(a) == up) {
            s.index[a] = s.size;
            s.spins[s.size++] = a;
        }
    size_t n = (size_t)s.size;
    s.energy = allocate(n, sizeof *s.energy);
    s.vector = allocate(n * n, sizeof *s.vector);
    for (size_t a = 0; a < n; a++) {
        for (int i = 0; i < L; i++) {
            unsigned bond = 1U << i | 1U << (i + 1) % L, both = s.spins[a] & bond;
            s.vector[a * (n + 1)] += both == 0 || both == bond ? 0.25 * delta : -0.25 * delta;
            if (both == 0 || both == bond) continue;
            s.vector[(size_t)s.index[s.spins[a] ^ bond] + a * n] += 0.5;
        }
    }
    require(LAPACKE_dsyevd(LAPACK_COL_MAJOR, 'V', 'U', s.size, s.vector, s.size, s.energy) == 0,
            "dsyevd");
    return s;
}

/* Index of the first three sites, up = 0, first site the highest bit. */
static int three(unsigned spins)
{
    return (bit(spins, 0) ? 0 : 4) | (bit(spins, 1) ? 0 : 2) | (bit(spins, 2) ? 0 : 1);
}

/* Adds exp(mu S^z - beta E) of the sector, not normalised. */
static void add_sector(double rho[64], const sector *s, double beta, double spin)
{
    size_t n = (size_t)s->size;
    for (size_t a = 0; a < n; a++) {
        for (size_t b = 0; b < n; b++) {
            if ((s->spins[a] ^ s->spins[b]) & ~7U) continue;
            double sum = 0.0;
            for (size_t k = 0; k < n; k++)
                sum +=
                    s->vector[a + k * n] * s->vector[b + k * n] * exp(spin - beta * s->energy[k]);
            rho[8 * three(s->spins[a]) + three(s->spins[b])] += sum;
        }
    }
}

void ring_density(double rho[64], int L, double delta, double beta, double mu)
{
    double trace = 0.0;
    require(L >= 4 && L <= 12, "rings have 4 to 12 sites");
    memset(rho, 0, 64 * sizeof *rho);
    for (int up = 0; up <= L; up++) {
        sector s = diagonalise(L, up, delta);
        add_sector(rho, &s, beta, mu * (up - 0.5 * L));
        free(s.spins);
        free(s.index);
        free(s.energy);
        free(s.vector);
    }
    for (int a = 0; a < 8; a++)
        trace += rho[9 * a];
    for (int a = 0; a < 64; a++)
        rho[a] /= trace;
}
