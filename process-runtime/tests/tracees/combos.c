/* clone with every combination of CLONE_VM, CLONE_VFORK, CLONE_FILES and four exit signals: memory
 * and the caller are shared, suspended, or not; children without SIGCHLD are only for __WALL. Each
 * child writes to memory, forks once, and either ends or executes. */
#include "tracee.h"

static volatile int word;
static char *program;

static int run(void *arg) {
    long how = (long)arg;
    word = 1;
    pid_t child = syscall(SYS_fork);
    if (child == 0) _exit(1);
    int status;
    if (child > 0) syscall(SYS_wait4, child, &status, 0, NULL);
    if (how) execl(program, program, NULL);
    _exit(11);
}

int main(int argc, char **argv) {
    const int signals[] = {SIGCHLD, 0, SIGUSR1, SIGRTMIN};
    static char stack[65536] __attribute__((aligned(16)));
    program = argc > 1 ? argv[1] : "/bin/true";
    signal(SIGUSR1, SIG_IGN), signal(SIGRTMIN, SIG_IGN);
    for (int i = 0; i < 64; i++) {
        int flags = (i & 1 ? CLONE_VM : 0) | (i & 2 ? CLONE_VFORK : 0) | (i & 4 ? CLONE_FILES : 0);
        word = 0;
        pid_t child = clone(run, stack + sizeof stack, flags | signals[i >> 4], (void *)(long)(i >> 3 & 1));
        if (child == -1) { say("%d: %s\n", i, strerrorname_np(errno)); continue; }
        int status, at_once = waitpid(child, &status, WNOHANG | __WNOTHREAD);
        int hidden = at_once == -1 && errno == ECHILD;
        const char *end = at_once > 0 ? verdict(status) : reap(child);
        /* KERNEL: exec sets the exit signal back to SIGCHLD, so that only the others stay hidden. */
        say("%d: %s, %s, memory %s\n", i, end, i & 8 ? "executed" : hidden ? "hidden" : "plain", word ? "shared" : "own");
    }
    return 0;
}
