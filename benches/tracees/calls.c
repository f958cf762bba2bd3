/* What a system call costs that nobody watches: calls FILTER CHUNKS prints the ns of one getppid(2), from the fastest
 * of CHUNKS runs of 10,000. FILTER is the supervisor's own (nothing, everything) or none. */
#define _GNU_SOURCE
#include <time.h>

#include "../filter.h"

enum { CALLS = 10000 };

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1e9 + time.tv_nsec;
}

static double chunk(void)
{
    double start = now();
    for (int n = 0; n < CALLS; n++)
        syscall(SYS_getppid);
    return (now() - start) / CALLS;
}

int main(int argc, char **argv)
{
    if (argc < 3)
        return 125;
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
