/* Makes and buries N tasks, one after the other: life fork|exec|spawn|thread N PROGRAM alone|traced.
 *
 * Prints, for each SERIES of them but the first few, wall and CPU time in ns: its own, that of those it has buried and, if it is
 * traced, that of the process that has started it, which is its tracer. */
#define _GNU_SOURCE
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SERIES = 20, WARM_UP = 3, MOST = 1000 };

static char *program[2];
static char *no_environment[1];

static void bury(pid_t child)
{
    int status;
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
        abort();
}

static void forked(void)
{
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    bury(child);
}

static void executed(void)
{
    pid_t child = fork();
    if (child == 0) {
        execve(program[0], program, no_environment);
        _exit(127);
    }
    bury(child);
}

static void spawned(void)
{
    pid_t child;
    if (posix_spawn(&child, program[0], NULL, NULL, program, no_environment) != 0)
        abort();
    bury(child);
}

static void *nothing(void *unused) { return unused; }

static void threaded(void)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, nothing, NULL) != 0 || pthread_join(thread, NULL) != 0)
        abort();
}

static long long ns(clockid_t clock)
{
    struct timespec time;
    if (clock_gettime(clock, &time) != 0)
        abort();
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static long long buried(void)
{
    struct rusage usage;
    getrusage(RUSAGE_CHILDREN, &usage);
    struct timeval user = usage.ru_utime, system = usage.ru_stime;
    return (user.tv_sec + system.tv_sec) * 1000000000LL + (user.tv_usec + system.tv_usec) * 1000LL;
}

int main(int argc, char **argv)
{
    static long long wall[MOST], cpu[MOST];
    if (argc < 5)
        return 125;
    clockid_t tracer;
    int is_traced = strcmp(argv[4], "traced") == 0;
    if (is_traced && clock_getcpuclockid(getppid(), &tracer) != 0)
        return 125;
    program[0] = argv[3];
    void (*life)(void) = strcmp(argv[1], "fork") == 0    ? forked
                         : strcmp(argv[1], "exec") == 0  ? executed
                         : strcmp(argv[1], "spawn") == 0 ? spawned
                                                         : threaded;
    long n_series = atol(argv[2]) / SERIES;
    for (long series = 0; series <= n_series && series < MOST; series++) {
        wall[series] = ns(CLOCK_MONOTONIC);
        cpu[series] = ns(CLOCK_PROCESS_CPUTIME_ID) + buried() + (is_traced ? ns(tracer) : 0);
        for (int n = 0; series < n_series && n < SERIES; n++)
            life();
        if (series > WARM_UP)
            printf("%lld %lld\n", (wall[series] - wall[series - 1]) / SERIES,
                   (cpu[series] - cpu[series - 1]) / SERIES);
    }
    return 0;
}
