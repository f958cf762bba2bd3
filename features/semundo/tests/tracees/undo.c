/* A holder raises a semaphore with SEM_UNDO, makes another task and ends; then the other one ends.
 * After each of the two, prints whether the kernel has taken the semaphore back, once the file `argv[3]`,
 * which somebody makes when he undoes his part, says the same; it waits for that as long as it takes.
 * `undo WAY END FILE`; the other one is made by WAY: fork, shared (CLONE_SYSVSEM), thread; the holder ends
 * by END: exit, kill. */
#include "tracee.h"
#include <sys/sem.h>

static int set, made[2], ready[2], hold[2];

static const char *agreed(const char *file) {
    for (;; sched_yield()) {
        int kernel = MUST(semctl(set, 0, GETVAL)) == 0, other = access(file, F_OK) == 0;
        if (kernel == other) return kernel ? "undone" : "held";
    }
}
static void end(const char *how) {
    if (!strcmp(how, "kill")) kill(getpid(), SIGKILL);
    syscall(SYS_exit, 0);
}
static void *other(void *arg) {
    give(made[1]);
    take(hold[0]);
    syscall(SYS_exit_group, 0);
    return arg;
}

int main(int argc, char **argv) {
    const char *way = argc > 1 ? argv[1] : "fork", *how = argc > 2 ? argv[2] : "exit";
    MUST(pipe(made)), MUST(pipe(ready)), MUST(pipe(hold));
    set = MUST(semget(IPC_PRIVATE, 1, 0600));
    MUST(prctl(PR_SET_CHILD_SUBREAPER, 1));
    pid_t holder = MUST(fork());
    if (holder == 0) {
        struct sembuf raise = {.sem_op = 1, .sem_flg = SEM_UNDO};
        pthread_t thread;
        MUST(semop(set, &raise, 1));
        if (!strcmp(way, "thread")) MUST(pthread_create(&thread, NULL, other, NULL) ? -1 : 0);
        else if (MUST(syscall(SYS_clone, SIGCHLD | (strcmp(way, "shared") ? 0 : CLONE_SYSVSEM), 0, 0, 0, 0)) == 0)
            other(NULL);
        take(made[0]);
        give(ready[1]);
        end(how);
    }
    take(ready[0]);
    while (state_of(holder) != 'Z') sched_yield(); /* A leader that has ended before its thread is one, too. */
    if (strcmp(way, "thread") || !strcmp(how, "kill")) reap(holder);
    say("%s\n", agreed(argv[3]));
    give(hold[1]);
    while (waitpid(-1, NULL, __WALL) > 0) {}
    say("%s\n", agreed(argv[3]));
    MUST(semctl(set, 0, IPC_RMID));
    return 0;
}
