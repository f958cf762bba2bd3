/* Many tasks that sleep: crowd threads|processes N STOPS
 *
 * A child makes N more tasks. When all of them are there, it stops STOPS times, each time for a signal that it
 * ignores (a tracee stops for those too). Being older than the others, and nobody's own child but ours, it is the
 * last that the kernel looks at in a wait. Prints the ns of one stop, from the fastest hundred, and the anonymous
 * resident memory, in bytes, of our parent, which under supervision is the supervisor. */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { HUNDRED = 100 };

static atomic_long *present;

static void sleep_for_ever(void)
{
    atomic_fetch_add(present, 1);
    for (;;)
        pause();
}

static void *thread(void *unused)
{
    sleep_for_ever();
    return unused;
}

static void make_thread(void)
{
    pthread_t unused;
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 32768);
    if (pthread_create(&unused, &small, thread, NULL) != 0)
        abort();
}

static void make_process(void)
{
    pid_t child = fork();
    if (child < 0)
        abort();
    if (child == 0)
        sleep_for_ever();
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1e9 + time.tv_nsec;
}

static double stop_hundred_times(void)
{
    double start = now();
    for (int n = 0; n < HUNDRED; n++)
        raise(SIGWINCH);
    return (now() - start) / HUNDRED;
}

static double stops(long n)
{
    double best = 0;
    for (; n >= HUNDRED; n -= HUNDRED) {
        double next = stop_hundred_times();
        best = best == 0 || next < best ? next : best;
    }
    return best;
}

static long memory_of(pid_t pid)
{
    char line[256];
    long kib = 0;
    snprintf(line, sizeof line, "/proc/%d/status", pid);
    FILE *status = fopen(line, "r");
    while (status != NULL && fgets(line, sizeof line, status) != NULL)
        sscanf(line, "RssAnon: %ld", &kib);
    return kib * 1024;
}

/* Ends with all of its processes: they are a group of their own. */
static void lead(int argc, char **argv, pid_t parent)
{
    setpgid(0, 0);
    long n_tasks = argc > 3 ? atol(argv[2]) : 0;
    for (long n = 0; n < n_tasks; n++)
        strcmp(argv[1], "threads") == 0 ? make_thread() : make_process();
    while (atomic_load(present) < n_tasks)
        usleep(1000);
    printf("%.0f ", stops(atol(argv[3])));
    printf("%ld\n", memory_of(parent));
    fflush(stdout);
    kill(0, SIGKILL);
}

int main(int argc, char **argv)
{
    present = mmap(NULL, sizeof *present, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    signal(SIGWINCH, SIG_IGN);
    pid_t parent = getppid(), leader = fork();
    if (leader == 0)
        lead(argc, argv, parent);
    return waitpid(leader, NULL, 0) == leader ? 0 : 125;
}
