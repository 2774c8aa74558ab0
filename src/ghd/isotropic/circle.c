#include "ghd/isotropic/circle.h"

#include <math.h>

#include "core/error.h"
#include "core/memory.h"
#include "tba/grid/convolution.h"

enum { VECTORS = 8 };

static void list(double **vectors[VECTORS], kz_isotropic_circle *c)
{
    double **all[VECTORS] = {&c->theta,   &c->sine,  &c->cosine,    &c->growth,
                             &c->stretch, &c->scale, &c->source[0], &c->source[1]};
    for (int i = 0; i < VECTORS; i++)
        vectors[i] = all[i];
}

void kz_isotropic_circle_free(kz_isotropic_circle *c)
{
    double **vectors[VECTORS];
    list(vectors, c);
    for (int i = 0; i < VECTORS; i++)
        kz_free(*vectors[i]);
    kz_free(c->forward);
    kz_isotropic_modes_free(&c->modes);
    *c = (kz_isotropic_circle){0};
}

static void fill(kz_isotropic_circle *c)
{
    const kz_tangent *g = c->nodes;
    int M = g->count, K = g->half;
    for (int i = 0; i < M; i++) {
        double lambda = g->lambda[i], root = lambda / g->width, s = kz_local_kernel(1, lambda);
        c->theta[i] = M_PI * (i - K) / M;
        c->sine[i] = sin(c->theta[i]);
        c->cosine[i] = cos(c->theta[i]);
        c->growth[i] = exp(M_PI * lambda);
        c->stretch[i] = 1 + root * root;
        c->scale[i] = sqrt(c->stretch[i]);
        c->source[0][i] = s;
        c->source[1][i] = 0.5 * M_PI * tanh(M_PI * lambda) * s;
        c->forward[i] = 1.0 / M;
        for (int m = 1; m <= K; m++) {
            double angle = 2 * M_PI * (i * m % M) / M;
            c->forward[m * M + i] = cos(angle) / M;
            c->forward[(M - m) * M + i] = -sin(angle) / M;
        }
    }
}

kz_status kz_isotropic_circle_create(kz_isotropic_circle *out, const kz_tangent *nodes)
{
    size_t M = (size_t)nodes->count;
    double **vectors[VECTORS];
    *out = (kz_isotropic_circle){.nodes = nodes};
    list(vectors, out);
    for (int i = 0; i < VECTORS; i++)
        KZ_TRY(kz_alloc_doubles(vectors[i], M));
    KZ_TRY(kz_alloc_doubles(&out->forward, M * M));
    fill(out);
    return kz_isotropic_modes_create(&out->modes, nodes->half, nodes->width);
}
