/* Sizes and offsets of the public structs, for the Python package that repeats them. */
#include <stdio.h>

#include <kapitza/kapitza.h>

#define SIZE(type) printf("%s %zu\n", #type, sizeof(type))
#define MEMBER(type, name)                                                                         \
    printf("%s.%s %zu %zu\n", #type, #name, offsetof(type, name), sizeof(((type *)0)->name))

static void of_states(void)
{
    SIZE(kz_chain);
    MEMBER(kz_chain, kind);
    MEMBER(kz_chain, P);
    MEMBER(kz_chain, Q);
    MEMBER(kz_chain, delta);
    SIZE(kz_state);
    MEMBER(kz_state, beta);
    MEMBER(kz_state, h);
    SIZE(kz_options);
    MEMBER(kz_options, threads);
    MEMBER(kz_options, progress);
    MEMBER(kz_options, progress_context);
}

static void of_ghd(void)
{
    SIZE(kz_thermo);
    MEMBER(kz_thermo, ln_z);
    MEMBER(kz_thermo, susceptibility);
    MEMBER(kz_thermo, drude_cross);
    MEMBER(kz_thermo, err);
    MEMBER(kz_thermo, spin_noise);
    SIZE(kz_noise);
    MEMBER(kz_noise, spin);
    MEMBER(kz_noise, err);
    SIZE(kz_ray);
    MEMBER(kz_ray, spin_current);
    MEMBER(kz_ray, err);
    MEMBER(kz_ray, status);
}

static void of_junctions(void)
{
    SIZE(kz_law);
    MEMBER(kz_law, conductivity);
    MEMBER(kz_law, count);
    SIZE(kz_junction_params);
    MEMBER(kz_junction_params, right);
    MEMBER(kz_junction_params, left_state);
    MEMBER(kz_junction_params, law);
    MEMBER(kz_junction_params, carry);
    MEMBER(kz_junction_params, cross);
    SIZE(kz_junction_point);
    MEMBER(kz_junction_point, t_minus);
    MEMBER(kz_junction_point, energy_current);
    MEMBER(kz_junction_point, err);
    MEMBER(kz_junction_point, spin_resistance);
    MEMBER(kz_junction_point, entropy_production);
}

static void of_tables_and_profiles(void)
{
    SIZE(kz_table_point);
    MEMBER(kz_table_point, magnetization_mu);
    MEMBER(kz_table_point, err);
    SIZE(kz_inverse);
    MEMBER(kz_inverse, mu);
    MEMBER(kz_inverse, place);
    MEMBER(kz_inverse, status);
    SIZE(kz_propagation_point);
    MEMBER(kz_propagation_point, t);
    MEMBER(kz_propagation_point, entropy);
    MEMBER(kz_propagation_point, status);
}

static void of_relaxation(void)
{
    SIZE(kz_relax_curve);
    MEMBER(kz_relax_curve, value);
    MEMBER(kz_relax_curve, count);
    SIZE(kz_relax_params);
    MEMBER(kz_relax_params, right_state);
    MEMBER(kz_relax_params, law);
    MEMBER(kz_relax_params, length);
    MEMBER(kz_relax_params, capacity);
    MEMBER(kz_relax_params, conductivity);
    MEMBER(kz_relax_params, initial_x);
    MEMBER(kz_relax_params, initial_beta);
    MEMBER(kz_relax_params, initial_count);
    SIZE(kz_relax_point);
    MEMBER(kz_relax_point, t_plus);
    MEMBER(kz_relax_point, beta_plus);
    MEMBER(kz_relax_point, current_right);
    MEMBER(kz_relax_point, energy);
    MEMBER(kz_relax_point, heat_right);
    MEMBER(kz_relax_point, rate);
    MEMBER(kz_relax_point, err);
    MEMBER(kz_relax_point, status);
}

static void of_fluctuations(void)
{
    SIZE(kz_spin_diffusion);
    MEMBER(kz_spin_diffusion, diffusion);
    MEMBER(kz_spin_diffusion, err);
    SIZE(kz_fluctuation);
    MEMBER(kz_fluctuation, generating);
    MEMBER(kz_fluctuation, current);
    MEMBER(kz_fluctuation, err);
    MEMBER(kz_fluctuation, status);
    SIZE(kz_cumulants);
    MEMBER(kz_cumulants, err);
}

int main(void)
{
    of_states();
    of_ghd();
    of_junctions();
    of_tables_and_profiles();
    of_relaxation();
    of_fluctuations();
    return 0;
}
