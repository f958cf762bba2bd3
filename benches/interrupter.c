/* The least that stops a task for a moment: interrupter spin|echo|ask N. Prints ns for each of N rounds.
 *
 * spin: the task computes; a round is PTRACE_INTERRUPT, a wait and PTRACE_CONT. echo: the task waits for a byte and sends it
 * back; a round is the same, which wakes the task and makes its call answer EINTR or start again, and then a byte there and
 * back. ask: only the byte. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void die(const char *what)
{
    perror(what);
    exit(125);
}

static void spin(void)
{
    for (;;) {}
}

static void echo(int in, int out)
{
    char byte;
    while (read(in, &byte, 1) == 1)
        if (write(out, &byte, 1) != 1)
            break;
    _exit(0);
}

static void interrupt(pid_t task)
{
    int status;
    if (ptrace(PTRACE_INTERRUPT, task, 0, 0) != 0 || waitpid(task, &status, __WALL) != task)
        die("interrupt");
    ptrace(PTRACE_CONT, task, 0, 0);
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1e9 + time.tv_nsec;
}

int main(int argc, char **argv)
{
    int there[2], back[2];
    char byte = 'x';
    if (argc != 3 || pipe(there) != 0 || pipe(back) != 0)
        die("interrupter spin|echo|ask N");
    int spins = !strcmp(argv[1], "spin"), asks = !strcmp(argv[1], "ask"), n = atoi(argv[2]);
    pid_t task = fork();
    if (task == 0)
        spins ? spin() : echo(there[0], back[1]);
    if (ptrace(PTRACE_SEIZE, task, 0, PTRACE_O_EXITKILL) != 0)
        die("PTRACE_SEIZE");
    double start = now();
    for (int round = 0; round < n; round++) {
        if (!asks)
            interrupt(task);
        if (!spins && (write(there[1], &byte, 1) != 1 || read(back[0], &byte, 1) != 1))
            die("echo");
    }
    printf("%.0f\n", (now() - start) / n);
    return 0;
}
