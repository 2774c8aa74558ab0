/* LAW: fourier, beta or a FILE. */
#include <string.h>

#include "cli/cli.h"
#include "core/error.h"

/* What the library would refuse too, said with the line of the file. */
static void check_table(const kz_io_pairs *table, const char *path, cli_faults *faults)
{
    if (table->count < 2)
        cli_fault(faults, "--law", "%.80s has %zu points, at least 2 are needed", path,
                  table->count);
    for (size_t i = 0; i < table->count; i++) {
        const char *fault = NULL;
        if (!(table->x[i] > 0.0)) fault = "the temperature must be > 0";
        if (i > 0 && table->x[i] == table->x[i - 1]) fault = "this temperature stands twice";
        if (!(table->y[i] > 0.0)) fault = "the conductivity must be > 0";
        if (!fault) continue;
        cli_fault(faults, "--law", "%.80s:%zu: %s", path, table->line[i], fault);
        return;
    }
}

kz_status cli_read_law(kz_law *out, kz_io_pairs *table, const char **typed, const cli_args *args,
                       cli_faults *faults)
{
    const char *text = cli_args_value(args, "--law");
    *typed = text ? text : "fourier";
    *out = kz_law_fourier();
    if (strcmp(*typed, "fourier") == 0) return KZ_OK;
    *out = kz_law_beta();
    if (strcmp(*typed, "beta") == 0) return KZ_OK;
    cli_check_apart(cli_args_value(args, "--output"), text, faults);
    kz_status status = kz_io_pairs_read(table, text);
    if (status == KZ_EIO && !strpbrk(text, "./")) {
        cli_fault(faults, "--law",
                  "\"%.40s\" is no law and no file (accepted: fourier, beta, FILE)", text);
        return KZ_OK;
    }
    if (status == KZ_EINVAL) cli_fault(faults, "--law", "%s", kz_error_reason());
    if (status != KZ_OK) return status == KZ_EINVAL ? KZ_OK : status;
    check_table(table, text, faults);
    *out = kz_law_table(table->x, table->y, table->count);
    return KZ_OK;
}
