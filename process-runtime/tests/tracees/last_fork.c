/* A command that forks as fast as it can and kills itself at the Nth fork, so that it may be dead before
 * its last child was reported. Each child takes its time. KERNEL: SIGKILL takes a creator out of its fork event; the child is traced all the same.
 * `last_fork FORKS SPIN`: the kill comes SPIN turns of a loop after the Nth fork has begun. */
#include "tracee.h"

static volatile int made;

static void *fork_on(void *arg) {
    for (;;) {
        ++made; /* Before the call: the kill comes at any point of it. */
        if (fork() != 0) continue;
        for (volatile int i = 0; i < 300000; i++) continue;
        _exit(0);
    }
    return arg;
}

int main(int argc, char **argv) {
    int forks = argc > 1 ? atoi(argv[1]) : 5, spin = argc > 2 ? atoi(argv[2]) : 0;
    pthread_t thread;
    pthread_create(&thread, NULL, fork_on, NULL);
    while (made < forks) continue;
    while (spin-- > 0) __asm__ volatile("pause");
    MUST(kill(getpid(), SIGKILL));
    for (;;) pause();
}
