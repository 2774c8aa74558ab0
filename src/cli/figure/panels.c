/* The table of panels. */
#include "cli/figure/figure.h"

#define ENERGY .quench = KZ_QUENCH_ENERGY
#define WALL .quench = KZ_QUENCH_DOMAIN_WALL
#define SHOWS(name) .measured = true, .quantity = KZ_RUN_##name

const cli_panel cli_panels[] = {
    {"1a", "cartoon-cone", NULL, ENERGY},
    {"1b", "map", cli_figure_map, ENERGY, SHOWS(ENERGY_CURRENT)},
    {"2a", "profile", cli_figure_times, ENERGY, SHOWS(ENERGY)},
    {"2b", "profile", cli_figure_gammas, ENERGY, SHOWS(ENERGY)},
    {"2c", "profile", cli_figure_times, WALL, SHOWS(MAGNETIZATION)},
    {"2d", "profile", cli_figure_gammas, WALL, SHOWS(MAGNETIZATION)},
    {"3a", "profile", cli_figure_currents, ENERGY, SHOWS(ENERGY_CURRENT)},
    {"3b", "profile", cli_figure_currents, WALL, SHOWS(SPIN_CURRENT)},
    {"3c", "history", cli_figure_cone, ENERGY},
    {"3d", "velocity", cli_figure_velocity, ENERGY},
    {"4a", "profile", cli_figure_state_times, ENERGY, .field = CLI_STATE_BETA},
    {"4b", "profile", cli_figure_state_gammas, ENERGY, .field = CLI_STATE_BETA},
    {"4c", "profile", cli_figure_state_times, ENERGY, .field = CLI_STATE_DISTANCE},
    {"4d", "history", cli_figure_state_history, ENERGY, .field = CLI_STATE_DISTANCE},
    {"5a", "history", cli_figure_history, ENERGY, SHOWS(ENERGY_CURRENT)},
    {"5b", "history", cli_figure_history, WALL, SHOWS(SPIN_CURRENT)},
    {"5c", "history", cli_figure_history, ENERGY, SHOWS(ENTROPY)},
    {"5d", "history", cli_figure_history, WALL, SHOWS(ENTROPY)},
    {"6a", "junction", cli_figure_junction, ENERGY, SHOWS(ENERGY)},
    {"6b", "junction", cli_figure_junction, ENERGY, SHOWS(ENERGY_CURRENT)},
    {"6c", "cartoon-junction", NULL, ENERGY},
    {"7a", "profile", cli_figure_state_times, WALL, .field = CLI_STATE_MU},
    {"7b", "profile", cli_figure_state_gammas, WALL, .field = CLI_STATE_MU},
    {"8", "profile", cli_figure_state_free_times, ENERGY, .field = CLI_STATE_DISTANCE},
    {"convergence", "history", cli_figure_convergence, ENERGY, SHOWS(ENERGY_CURRENT)},
    {"drude", "drude", cli_figure_drude, ENERGY},
};
const size_t cli_panel_count = sizeof cli_panels / sizeof cli_panels[0];
