/* Threads that change their ids while their process ends: `idkill ROUNDS [groups]`. In each round a thread toggles its
 * group and its user ids, or its groups between none and 7, until the leader's exit_group(2) kills it, at any moment of
 * such a call. */
#include "tracee.h"

static volatile int began;

static void *toggle(void *groups) {
    static const gid_t seven = 7;
    for (unsigned i = 0;; i++) {
        if (groups) syscall(SYS_setgroups, i & 1 ? 0 : 1, &seven);
        else syscall(i & 2 ? SYS_setresuid : SYS_setresgid, -1, i & 1 ? 0 : 7, -1);
        began = 1;
    }
    return groups;
}

int main(int argc, char **argv) {
    int rounds = argc > 1 ? atoi(argv[1]) : 1;
    void *groups = argc > 2 ? argv[2] : NULL;
    if (groups) MUST(syscall(SYS_setgroups, 0, NULL));
    for (int round = 0; round < rounds; round++) {
        pid_t child = MUST(fork());
        if (child == 0) {
            pthread_t thread;
            MUST(pthread_create(&thread, NULL, toggle, groups) ? -1 : 0);
            while (!began) sched_yield();
            for (volatile int i = 0; i < round * 37 % 3000; i++);
            _exit(0);
        }
        reap(child);
    }
    return 0;
}
