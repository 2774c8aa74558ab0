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

kz_status kz_form_fill_gapped(kz_form *out, kz_chain chain, int order)
{
    KZ_TRY(kz_chain_check(chain));
    if (chain.kind != KZ_CHAIN_AXIAL || !(chain.delta > 1))
        return KZ_FAIL(KZ_EINVAL, "Delta = %.15g has no gap", kz_chain_delta(chain));
    if (order < 2) return KZ_FAIL(KZ_EINVAL, "%d strings: accepted 2 ... %d", order, KZ_P_MAX);
    if (order > KZ_P_MAX) /* by how much is not known: kz_thermal_grid() stops there */
        return KZ_FAIL(KZ_EINVAL,
                       "Delta = %.10g: this tolerance takes more than the %d strings accepted",
                       chain.delta, KZ_P_MAX);
    double phi = acosh(chain.delta);
    kz_form form = {.chain = chain,
                    .strings = {.count = order},
                    .rows = order,
                    .spin = 1,
                    .blocks = 1,
                    .end = {order},
                    .width = {phi},
                    .sine = sinh(phi),
                    .speed = 0.5 * M_PI * sinh(phi) / phi,
                    .near = kz_chain_energy_min(chain),
                    .far = kz_chain_energy_max(chain),
                    .near_sign = 1,
                    .closed = true};
    for (int n = 1; n <= order; n++) {
        form.strings.length[n - 1] = n;
        form.strings.parity[n - 1] = form.strings.sign[n - 1] = form.sign[n - 1] = 1;
    }
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

int kz_form_far_row(const kz_form *form)
{
    return form->blocks > 1 ? form->end[0] : form->rows - 1;
}

double kz_form_row_width(const kz_form *form, int row)
{
    return form->width[kz_form_block(form, row + 1 < form->rows ? row + 1 : row)];
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

/* Symbols below e^-this are 0: most modes of a wide kernel beside a narrow one.  Rounding of any
 * coefficient is more. */
static const double VANISHES = 100;

double kz_local_kernel_symbol(double width, double omega)
{
    double x = 0.5 * width * fabs(omega);
    if (x > VANISHES) return 0;
    double e = exp(-x);
    return e / (1 + e * e);
}

double kz_local_kernel_tail(double width, double window)
{
    return 2 / M_PI * atan(exp(-M_PI / width * window));
}

double kz_local_link_symbol(double a, double b, double omega)
{
    double w = fabs(omega);
    if (b * w > VANISHES) return 0;
    double difference = exp(-(a - b) * w);
    /* e^{(a-b)w/2} (1 + e^{-(a-b)w}) / (e^{(a+b)w/2} (1 + e^{-aw}) (1 + e^{-bw})) */
    return exp(-b * w) * (1 + difference) / ((1 + exp(-a * w)) * (1 + exp(-b * w)));
}

/* Images of lambda, |lambda| <= pi/2, that matter in a sum over the period of a gapped chain: the
 * others are below e^{-40}. */
int kz_form_images(const kz_form *form)
{
    return form->closed ? (int)ceil(40 * form->width[0] / (M_PI * M_PI) + 0.5) : 0;
}

double kz_form_source(const kz_form *form, double lambda)
{
    double sum = 0;
    int images = kz_form_images(form);
    for (int m = -images; m <= images; m++)
        sum += kz_local_kernel(form->width[0], lambda + m * M_PI);
    return sum;
}

double kz_form_current_source(const kz_form *form, double lambda)
{
    double sum = 0, w = form->width[0];
    int images = kz_form_images(form);
    for (int m = -images; m <= images; m++) {
        double x = lambda + m * M_PI;
        sum += kz_local_kernel(w, x) * form->speed * tanh(M_PI / w * x);
    }
    return sum;
}

double kz_gapped_string_kernel(double width, int n, double lambda)
{
    double sine = sin(lambda), e = -expm1(-n * width);
    return (1 + exp(-n * width)) * e / (M_PI * (e * e + 4 * exp(-n * width) * sine * sine));
}

double kz_form_far_density(const kz_form *form, int f, double lambda)
{
    if (form->closed) return kz_gapped_string_kernel(form->width[0], f + 1, lambda);
    double g = form->width[0], b = 0.5 * (M_PI - g), y = 0.5 * M_PI * lambda / b;
    int after = kz_form_far_row(form);
    if (f > after) return 0;
    if (f == after) return 0.25 / (b * cosh(y));
    double part = M_PI * (M_PI - (f + 2) * g) / (M_PI - g);
    return cos(0.5 * part) * cosh(y) / (b * (cos(part) + cosh(2 * y)));
}
