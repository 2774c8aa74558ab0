/* The lines of a quench; module-internal. */
#ifndef ANALYSIS_OVERLAY_INTERNAL_H
#define ANALYSIS_OVERLAY_INTERNAL_H

#include <kapitza/overlay.h>

struct kz_overlay {
    kz_run_setup setup; /* points to nothing */
    size_t length;
    bool equal;        /* both halves are one chain and nothing lies between them */
    kz_chain chain[2]; /* by kz_side, like all that follows */
    kz_state state[2];
    double speed[2];
    kz_options options;
    kz_bipartition *bipartition[2]; /* of each chain, where wanted; [0] of both where equal */
    kz_junction *junction;          /* NULL: none */
    kz_junction_point *point;       /* [lines], used by lines of KZ_LINE_JUNCTION */
    kz_overlay_line *line;          /* [lines] */
    size_t lines;
};

#endif
