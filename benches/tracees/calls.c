/* What a system call costs: calls FILTER CHUNKS [CALLS [CPU]] prints the ns of one getppid(2), from the fastest
 * of CHUNKS runs of CALLS, 10,000 if not said. FILTER is the supervisor's own (nothing, everything) or none. */
#define _GNU_SOURCE
#include <sched.h>
#include <time.h>

#include "../filter.h"

static int n_calls = 10000;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1e9 + time.tv_nsec;
}

static double chunk(void)
{
    double start = now();
    for (int n = 0; n < n_calls; n++)
        syscall(SYS_getppid);
    return (now() - start) / n_calls;
}

static void move_to(int cpu)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    if (sched_setaffinity(0, sizeof set, &set) != 0)
        exit(125);
}

int main(int argc, char **argv)
{
    if (argc < 3)
        return 125;
    if (argc > 3)
        n_calls = atoi(argv[3]);
    if (argc > 4)
        move_to(atoi(argv[4]));
    if (strcmp(argv[1], "none") != 0)
        install_filter(interest_of(argv[1]));
    double best = chunk();
    for (int n = atoi(argv[2]); n > 1; n--) {
        double next = chunk();
        best = next < best ? next : best;
    }
    printf("%.2f\n", best);
    return 0;
}
