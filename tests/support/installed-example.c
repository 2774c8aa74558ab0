/* A program that uses the installed library as anybody would; `make installcheck` builds it. */
#include <stdio.h>

#include <kapitza/kapitza.h>

int main(void)
{
    kz_thermo thermo;
    kz_state state = kz_state_thermal(1.0, 0.7);
    kz_status status = kz_thermo_compute(&thermo, kz_chain_xxz(4), &state, 1e-10);
    if (status != KZ_OK) {
        fprintf(stderr, "%s: %s\n", kz_status_text(status), kz_error_message());
        return 1;
    }
    printf("kapitza %s: e = %.12g\n", kz_version(), thermo.energy);
    return thermo.energy > -0.14925 || thermo.energy < -0.149251;
}
