/* A child makes siblings with CLONE_PARENT until its parent kills it, and the parent forks at once. KERNEL: all these
 * children are their parent's, in one list; whose call made one of them, only its registers tell.
 * `siblings ROUNDS SEED`; hangs if one task is left stopped. */
#include "tracee.h"
#include <sys/mman.h>

int main(int argc, char **argv) {
    int rounds = argc > 1 ? atoi(argv[1]) : 20;
    unsigned seed = argc > 2 ? atoi(argv[2]) : 1;
    volatile int *made = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    for (int round = 0; round < rounds; round++) {
        *made = 0;
        pid_t child = MUST(fork());
        if (child == 0)
            for (;;) {
                ++*made; /* Before the call: the kill comes at any point of it. */
                if (syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0) == 0) _exit(0);
            }
        for (int n = 1 + rand_r(&seed) % 8; *made < n;) sched_yield();
        for (int n = rand_r(&seed) % 2000; n > 0; n--) __asm__ volatile("pause");
        MUST(kill(child, SIGKILL));
        if (MUST(fork()) == 0) _exit(0);
        while (waitpid(-1, NULL, __WALL) > 0) continue;
    }
    say("%d rounds\n", rounds);
    return 0;
}
