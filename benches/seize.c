/* The least that attaching and letting go can be: seize ROUNDS TID...
 *
 * A thread seizes the tasks, which nobody has to look for, and ends. Prints the ns that both took, of the fastest round each. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
                            PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT;
static int n_tasks;
static pid_t *tasks, tracer;
static double seized;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1e9 + time.tv_nsec;
}

static void *seize(void *unused)
{
    tracer = syscall(SYS_gettid);
    for (int n = 0; n < n_tasks; n++)
        if (ptrace(PTRACE_SEIZE, tasks[n], 0, options) != 0) {
            perror("PTRACE_SEIZE");
            exit(125);
        }
    seized = now();
    return unused;
}

int main(int argc, char **argv)
{
    double attach = 1e18, let_go = 1e18;
    char path[64];
    n_tasks = argc - 2;
    tasks = calloc(argc, sizeof *tasks);
    for (int n = 0; n < n_tasks; n++)
        tasks[n] = atoi(argv[n + 2]);
    for (int round = atoi(argv[1]); round > 0; round--) {
        pthread_t thread;
        double start = now();
        pthread_create(&thread, NULL, seize, NULL);
        pthread_join(thread, NULL);
        /* The tasks are let go before the thread is gone, and after it is joined. */
        snprintf(path, sizeof path, "/proc/self/task/%d", tracer);
        while (access(path, F_OK) == 0)
            ;
        double end = now();
        attach = seized - start < attach ? seized - start : attach;
        let_go = end - seized < let_go ? end - seized : let_go;
    }
    printf("%.0f %.0f\n", attach, let_go);
    return 0;
}
