/* A pid namespace: tids inside start at 1, a supervisor counts outside. Its init ends while a task
 * inside still sleeps. KERNEL: zap_pid_ns_processes() kills the rest and waits in the init's own
 * exit until the tracer has reaped them: a supervisor that waits for that init alone deadlocks. */
#include "tracee.h"

static int up[2];

static int first(void *arg) {
    say("first is %d\n", getpid());
    pid_t second = MUST(fork());
    if (second == 0) {
        dprintf(up[1], "%d", getpid());
        for (;;) pause();
    }
    char text[16] = "";
    MUST(read(up[0], text, sizeof text - 1));
    say("second is %s\n", text);
    pid_t third = MUST(fork());
    if (third == 0) _exit(3);
    say("third is %d, %s\n", third, reap(third));
    _exit(6); /* The second is killed by this. */
    return arg != NULL;
}

int main(void) {
    static char stack[65536] __attribute__((aligned(16)));
    MUST(pipe(up));
    pid_t child = clone(first, stack + sizeof stack, CLONE_NEWPID | SIGCHLD, NULL);
    if (child == -1) return say("%s\n", strerrorname_np(errno)), 77;
    say("%s\n", reap(child));
    return 0;
}
