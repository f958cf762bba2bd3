/* A SIGKILL storm: processes that fork and make threads as fast as they can, their whole group
 * killed after a given number of births, again and again. KERNEL: SIGKILL reaches tasks in every
 * kind of stop, also such as have just reported one: a second status for one tid, ESRCH for every
 * request, children whose parent's event never comes. `storm ROUNDS BIRTHS SEED`.
 * Prints one line at the end, and hangs if one task is left. */
#include "tracee.h"

static int births[2];

static void *nothing(void *arg) { return arg; }

static void *churn(void *arg) {
    for (;;) {
        pthread_t thread;
        pid_t child = fork();
        if (child == 0) _exit(0);
        (void)!write(births[1], "f", 1);
        if (pthread_create(&thread, NULL, nothing, NULL) == 0) pthread_join(thread, NULL);
        (void)!write(births[1], "t", 1);
        if (child > 0) waitpid(child, NULL, 0);
    }
    return arg;
}

int main(int argc, char **argv) {
    int rounds = argc > 1 ? atoi(argv[1]) : 10, most = argc > 2 ? atoi(argv[2]) : 40, gone = 0;
    unsigned seed = argc > 3 ? atoi(argv[3]) : 1;
    MUST(prctl(PR_SET_CHILD_SUBREAPER, 1));
    for (int round = 0; round < rounds; round++) {
        MUST(pipe(births));
        pid_t top = MUST(fork());
        if (top == 0) {
            setpgid(0, 0);
            give(births[1]);
            for (int i = 0; i < 2; i++) fork();
            pthread_t thread;
            for (int i = 0; i < 2; i++) pthread_create(&thread, NULL, churn, NULL);
            churn(NULL);
        }
        for (int n = 1 + rand_r(&seed) % most; n > 0; n--) take(births[0]);
        MUST(kill(-top, SIGKILL));
        pid_t pid;
        while ((pid = waitpid(-1, NULL, __WALL)) > 0) gone++;
        close(births[0]), close(births[1]);
    }
    say("%d rounds, %s\n", rounds, gone >= rounds ? "all gone" : "too few");
    return 0;
}
