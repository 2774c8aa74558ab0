/* One process. */
#include "parallel/farm.h"

#include <stdio.h>
#include <string.h>

#include "core/error.h"

void kz_farm_note(kz_farm_report *report, size_t task, kz_status status, const char *reason)
{
    if (report->failed++ > 0 && task > report->first) return;
    report->first = task;
    report->status = status;
    (void)snprintf(report->reason, sizeof report->reason, "%s", reason);
}

/* FNV-1a, 64 bits */
static uint64_t hash(int count, char *const *words)
{
    uint64_t sum = 0xcbf29ce484222325;
    for (int i = 0; i < count; i++)
        for (size_t k = 0, size = strlen(words[i]) + 1; k < size; k++)
            sum = (sum ^ (unsigned char)words[i][k]) * 0x100000001b3;
    return sum;
}

kz_status kz_farm_check_words(int count, char *const *words)
{
    uint64_t own = hash(count, words);
    kz_status status = KZ_OK;
    if (own != kz_farm_of_first(own))
        status = KZ_FAIL(KZ_EINVAL, "its command line is not that of the first process (accepted: "
                                    "one command, which all processes of mpirun or srun share)");
    return kz_farm_agree(status);
}

#ifndef KZ_WITH_MPI

kz_status kz_farm_begin(void) { return KZ_OK; }
void kz_farm_end(void) {}
int kz_farm_size(void) { return 1; }
bool kz_farm_is_first(void) { return true; }
kz_status kz_farm_agree(kz_status status) { return status; }
uint64_t kz_farm_of_first(uint64_t value) { return value; }

kz_status kz_farm_run(double *results, kz_farm_report *report, size_t tasks, size_t width,
                      kz_farm_task run, void *context, const kz_options *options)
{
    *report = (kz_farm_report){0};
    for (size_t i = 0; i < tasks; i++) {
        kz_status status = run(results + i * width, i, context);
        if (status != KZ_OK) kz_farm_note(report, i, status, kz_error_reason());
        if (options->progress && options->progress(options->progress_context, i + 1, tasks) != 0)
            return KZ_FAIL(KZ_ECANCELLED, "cancelled after %zu of %zu tasks", i + 1, tasks);
    }
    return KZ_OK;
}

#endif
