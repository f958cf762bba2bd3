/* Makes and buries N tasks, one after the other: life fork|exec|spawn|thread N PROGRAM. */
#define _GNU_SOURCE
#include <pthread.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

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

int main(int argc, char **argv)
{
    if (argc < 4)
        return 125;
    program[0] = argv[3];
    void (*life)(void) = strcmp(argv[1], "fork") == 0    ? forked
                         : strcmp(argv[1], "exec") == 0  ? executed
                         : strcmp(argv[1], "spawn") == 0 ? spawned
                                                         : threaded;
    for (long n = atol(argv[2]); n > 0; n--)
        life();
    return 0;
}
