/* Parents that fork in a loop and are SIGKILLed alone, at a random number of forks; their children
 * end by themselves. KERNEL: a parent that is killed between the making of its child and its own
 * event leaves a traced child whose birth nobody announces; it must be adopted, not left stopped.
 * `orphan_storm PARENTS FORKS SEED WAY` (fork, vfork or thread); hangs if one child is left. */
#include "tracee.h"
#include <sys/mman.h>

static void *nothing(void *arg) { return arg; }

int main(int argc, char **argv) {
    int parents = argc > 1 ? atoi(argv[1]) : 50, most = argc > 2 ? atoi(argv[2]) : 30, killed = 0;
    unsigned seed = argc > 3 ? atoi(argv[3]) : 1;
    const char *way = argc > 4 ? argv[4] : "fork";
    volatile int *made = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    MUST(prctl(PR_SET_CHILD_SUBREAPER, 1));
    for (int i = 0; i < parents; i++) {
        *made = 0;
        pid_t parent = MUST(fork());
        if (parent == 0)
            for (;;) {
                pthread_t thread;
                ++*made; /* Before the call: the kill comes at any point of it. */
                if (!strcmp(way, "thread")) {
                    if (pthread_create(&thread, NULL, nothing, NULL) == 0) pthread_detach(thread);
                } else if ((!strcmp(way, "vfork") ? vfork() : fork()) == 0) _exit(0);
            }
        for (int n = 1 + rand_r(&seed) % most; *made < n;) sched_yield();
        MUST(kill(parent, SIGKILL));
        int status;
        pid_t pid;
        while ((pid = waitpid(-1, &status, __WALL)) > 0)
            if (pid == parent && WIFSIGNALED(status)) killed++;
    }
    say("%d parents killed, no child left\n", killed);
    return 0;
}
