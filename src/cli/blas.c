/* MAP_ANONYMOUS is not of POSIX yet. */
#define _DEFAULT_SOURCE

#include "cli/blas.h"

#include <cblas.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

/* In the environment of the second start: the kernels that OpenBLAS had chosen for the first. */
static const char restarted[] = "KAPITZA_RESTARTED";

/* -- kernels ------------------------------------------------------------------------------- */

bool cli_blas_is_old_core(const char *core)
{
    static const char *const old[] = {
        "Katmai",      "Coppermine", "Northwood",  "Prescott",     "Banias",
        "Atom",        "Core2",      "Penryn",     "Dunnington",   "Nehalem",
        "Sandybridge", "Athlon",     "Opteron",    "Opteron_SSE3", "Barcelona",
        "Bobcat",      "Bulldozer",  "Piledriver", "Steamroller",  "Nano",
    };
    for (size_t i = 0; i < sizeof old / sizeof old[0]; i++)
        if (strcmp(core, old[i]) == 0) return true;
    return false;
}

static bool has_avx2(void)
{
#if defined(__x86_64__) && defined(__GNUC__)
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
    return false;
#endif
}

/* A library for many processors has taken too old a one. */
static bool has_wrong_core(void)
{
    return !getenv("OPENBLAS_CORETYPE") && strstr(openblas_get_config(), "DYNAMIC_ARCH") &&
           cli_blas_is_old_core(openblas_get_corename()) && has_avx2();
}

void cli_blas_print(void)
{
    const char *first = getenv(restarted), *core = openblas_get_corename();
    const char *config = openblas_get_config();
    size_t name = strcspn(config, " "),
           version = strcspn(config + name + (config[name] == ' '), " ");
    printf("%.*s, kernels %s", (int)(name + 1 + version), config, core);
    if (first && strcmp(first, core) != 0)
        printf(" in place of %s", first);
    else if (!first && getenv("OPENBLAS_CORETYPE"))
        printf(" by OPENBLAS_CORETYPE");
    (void)putchar('\n');
}

/* -- memory -------------------------------------------------------------------------------- */

static bool is_limited(int resource)
{
    struct rlimit limit;
    return getrlimit(resource, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
}

static bool memory_is_limited(void) { return is_limited(RLIMIT_AS) || is_limited(RLIMIT_DATA); }

/* BUFFER_SIZE of OpenBLAS 0.3 on 64-bit processors, and what the rest of the program may need
 * before its arrays. */
static const size_t BUFFER = (size_t)128 << 20, REST = (size_t)16 << 20;

/* So many buffers are kept at most; the library holds twice as many as it has threads. */
enum { MOST_BUFFERS = 32 };

static bool can_map(size_t size)
{
    void *place = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (place == MAP_FAILED) return false;
    (void)munmap(place, size);
    return true;
}

/* Not in its header, but in every build of the library that we know; without them the probe must
 * do. */
extern void *blas_memory_alloc(int position) __attribute__((weak));
extern void blas_memory_free(void *buffer) __attribute__((weak));

int cli_blas_threads(int wanted)
{
    void *buffer[MOST_BUFFERS];
    bool limited = memory_is_limited() && blas_memory_alloc && blas_memory_free;
    int most = wanted < MOST_BUFFERS ? wanted : MOST_BUFFERS, count = 0;
    if (!limited) return can_map(BUFFER + REST) ? wanted : 0;
    while (count < most && can_map(BUFFER + REST))
        buffer[count++] = blas_memory_alloc(0);
    for (int i = 0; i < count; i++)
        blas_memory_free(buffer[i]);
    return count;
}

/* -- restart ------------------------------------------------------------------------------- */

/* The name rather than /proc/self/exe: it is what ps and killall show. */
static void execute(char **words)
{
    char path[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length > 0) {
        path[length] = '\0';
        (void)execv(path, words);
    }
    (void)execv("/proc/self/exe", words);
}

void cli_blas_restart(char **words)
{
    bool core = has_wrong_core();
    bool threads = memory_is_limited() && openblas_get_num_threads() > 1;
    if ((!core && !threads) || !words[0] || getenv(restarted)) return;
    if (setenv(restarted, openblas_get_corename(), 1) != 0) return;
    if (core && setenv("OPENBLAS_CORETYPE", "Haswell", 1) != 0) return;
    if (threads && setenv("OPENBLAS_NUM_THREADS", "1", 1) != 0) return;
    execute(words);
    /* no second start, then: go on as we are */
    if (core) (void)unsetenv("OPENBLAS_CORETYPE");
    (void)unsetenv(restarted);
}
