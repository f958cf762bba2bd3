/* Stop and resume, as little as there can be: interrupt loop N CPU, interrupt spin CPU
 *
 * `loop` makes a task that computes on CPU, interrupts it N times, waits for its stop each time and lets it go on; prints
 * the ns of one round, from the fastest hundred. `spin` is that task alone. CPU -1: wherever it is. */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { HUNDRED = 100 };

static void spin(int cpu)
{
    if (cpu >= 0) {
        cpu_set_t set;
        CPU_ZERO(&set);
        CPU_SET(cpu, &set);
        if (sched_setaffinity(0, sizeof set, &set) != 0)
            _exit(125);
    }
    if (write(1, "spins\n", 6) != 6)
        _exit(125);
    for (;;)
        __asm__ volatile("pause");
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1e9 + time.tv_nsec;
}

static double hundred(pid_t task)
{
    int status;
    double start = now();
    for (int n = 0; n < HUNDRED; n++) {
        ptrace(PTRACE_INTERRUPT, task, 0, 0);
        waitpid(task, &status, __WALL);
        ptrace(PTRACE_CONT, task, 0, 0);
    }
    return (now() - start) / HUNDRED;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "spin") == 0)
        spin(atoi(argv[2]));
    if (argc != 4)
        return 125;
    int said[2];
    char line[8];
    if (pipe(said) != 0)
        return 125;
    pid_t task = fork();
    if (task == 0) {
        dup2(said[1], 1);
        spin(atoi(argv[3]));
    }
    if (read(said[0], line, 6) != 6 || ptrace(PTRACE_SEIZE, task, 0, 0) != 0)
        return 125;
    double best = hundred(task);
    for (long n = atol(argv[2]); n > HUNDRED; n -= HUNDRED) {
        double next = hundred(task);
        best = next < best ? next : best;
    }
    printf("%.0f\n", best);
    kill(task, SIGKILL);
    return waitpid(task, NULL, 0) == task ? 0 : 125;
}
