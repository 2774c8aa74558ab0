/* Many processes.  The first deals task numbers and works itself; the others keep one task in hand
 * and one in their mailbox, so that they do not wait while the first is busy with its own. */
#include "parallel/farm.h"

#ifdef KZ_WITH_MPI

#include <mpi.h>
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"

enum { TAG_TASK = 1, TAG_STOP, TAG_RESULT, AHEAD = 2 };

/* Travels behind the numbers of a result. */
typedef struct {
    uint64_t task;
    int32_t status;
    char reason[244];
} trailer;
enum { TRAILER = sizeof(trailer) / sizeof(double) };

/* Whether a launcher started this process: without one there is nothing to talk to, and MPI_Init
 * may be slow or fail. */
static bool launched(void)
{
    static const char *const marks[] = {"OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK",
                                        "PMI_SIZE"};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (getenv(marks[i])) return true;
    return false;
}

static bool is_running(void)
{
    int started = 0, ended = 0;
    MPI_Initialized(&started);
    MPI_Finalized(&ended);
    return started && !ended;
}

kz_status kz_farm_begin(void)
{
    if (!launched() || is_running()) return KZ_OK;
    int provided;
    if (MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided) != MPI_SUCCESS)
        return KZ_FAIL(KZ_EIO, "MPI does not start");
    return KZ_OK;
}

void kz_farm_end(void)
{
    if (is_running()) MPI_Finalize();
}

static int rank(void)
{
    int number = 0;
    if (is_running()) MPI_Comm_rank(MPI_COMM_WORLD, &number);
    return number;
}

int kz_farm_size(void)
{
    int size = 1;
    if (is_running()) MPI_Comm_size(MPI_COMM_WORLD, &size);
    return size;
}

bool kz_farm_is_first(void) { return rank() == 0; }

uint64_t kz_farm_of_first(uint64_t value)
{
    if (kz_farm_size() > 1) MPI_Bcast(&value, 1, MPI_UINT64_T, 0, MPI_COMM_WORLD);
    return value;
}

kz_status kz_farm_agree(kz_status status)
{
    struct {
        int is_ok, rank;
    } mine = {status == KZ_OK, rank()}, first = mine;
    struct {
        int32_t status;
        char reason[252];
    } failure = {.status = (int32_t)status};
    if (kz_farm_size() == 1) return status;
    MPI_Allreduce(&mine, &first, 1, MPI_2INT, MPI_MINLOC, MPI_COMM_WORLD);
    if (first.is_ok) return KZ_OK;
    if (!mine.is_ok) strncpy(failure.reason, kz_error_reason(), sizeof failure.reason - 1);
    MPI_Bcast(&failure, sizeof failure, MPI_BYTE, first.rank, MPI_COMM_WORLD);
    if (first.rank == mine.rank) return status;
    return KZ_FAIL((kz_status)failure.status, "process %d: %s", first.rank, failure.reason);
}

typedef struct {
    double *results, *message; /* message: [width + TRAILER] */
    kz_farm_report *report;
    size_t tasks, width, next, done, travelling;
    const kz_options *options;
    bool cancelled;
} dealer;

static void send_task(dealer *d, int to)
{
    uint64_t task = d->next;
    if (d->cancelled || d->next == d->tasks) return;
    MPI_Send(&task, 1, MPI_UINT64_T, to, TAG_TASK, MPI_COMM_WORLD);
    d->next++;
    d->travelling++;
}

static void finish_task(dealer *d, size_t task, kz_status status, const char *reason)
{
    if (status != KZ_OK) kz_farm_note(d->report, task, status, reason);
    d->done++;
    if (d->options->progress &&
        d->options->progress(d->options->progress_context, d->done, d->tasks) != 0)
        d->cancelled = true;
}

/* Takes one result and sends its process the next task. */
static void receive_result(dealer *d)
{
    MPI_Status from;
    trailer end;
    MPI_Recv(d->message, (int)d->width + TRAILER, MPI_DOUBLE, MPI_ANY_SOURCE, TAG_RESULT,
             MPI_COMM_WORLD, &from);
    d->travelling--;
    send_task(d, from.MPI_SOURCE);
    memcpy(&end, d->message + d->width, sizeof end);
    memcpy(d->results + end.task * d->width, d->message, d->width * sizeof *d->message);
    finish_task(d, end.task, (kz_status)end.status, end.reason);
}

static void receive_waiting(dealer *d)
{
    int waiting = 1;
    while (waiting) {
        MPI_Iprobe(MPI_ANY_SOURCE, TAG_RESULT, MPI_COMM_WORLD, &waiting, MPI_STATUS_IGNORE);
        if (waiting) receive_result(d);
    }
}

static void deal(dealer *d, kz_farm_task run, void *context)
{
    int size = kz_farm_size();
    /* one of few long tasks would wait in a mailbox while the first process has nothing to do */
    for (int ahead = 0; ahead < AHEAD; ahead++)
        for (int to = 1; to < size && (ahead == 0 || d->tasks - d->next > 1); to++)
            send_task(d, to);
    while (!d->cancelled && d->next < d->tasks) {
        size_t task = d->next++;
        kz_status status = run(d->results + task * d->width, task, context);
        finish_task(d, task, status, kz_error_reason());
        receive_waiting(d);
    }
    while (d->travelling > 0)
        receive_result(d);
    for (int to = 1; to < size; to++)
        MPI_Send(NULL, 0, MPI_UINT64_T, to, TAG_STOP, MPI_COMM_WORLD);
}

static void work(double *message, size_t width, kz_farm_task run, void *context)
{
    for (;;) {
        uint64_t task;
        MPI_Status from;
        MPI_Recv(&task, 1, MPI_UINT64_T, 0, MPI_ANY_TAG, MPI_COMM_WORLD, &from);
        if (from.MPI_TAG == TAG_STOP) return;
        trailer end = {.task = task};
        end.status = (int32_t)run(message, task, context);
        if (end.status != KZ_OK) strncpy(end.reason, kz_error_reason(), sizeof end.reason - 1);
        memcpy(message + width, &end, sizeof end);
        MPI_Send(message, (int)width + TRAILER, MPI_DOUBLE, 0, TAG_RESULT, MPI_COMM_WORLD);
    }
}

kz_status kz_farm_run(double *results, kz_farm_report *report, size_t tasks, size_t width,
                      kz_farm_task run, void *context, const kz_options *options)
{
    double *message;
    /* without memory for one message no process could go on: all must know */
    kz_status status = kz_farm_agree(kz_alloc_doubles(&message, width + TRAILER));
    if (status != KZ_OK) {
        kz_free(message);
        return status;
    }
    if (!kz_farm_is_first()) {
        work(message, width, run, context);
        kz_free(message);
        return KZ_OK;
    }
    *report = (kz_farm_report){0};
    dealer d = {.results = results,
                .message = message,
                .report = report,
                .tasks = tasks,
                .width = width,
                .options = options};
    deal(&d, run, context);
    kz_free(message);
    if (d.cancelled) return KZ_FAIL(KZ_ECANCELLED, "cancelled after %zu of %zu", d.done, tasks);
    return KZ_OK;
}

#else
typedef int kz_farm_without_mpi; /* a translation unit must not be empty */
#endif
