/* CLONE_PARENT: the child is the caller's sibling. The middle task makes it and ends; the first
 * one, which never made it, waits for it. The caller is the creator, the kernel's parent is not. */
#include "tracee.h"

int main(void) {
    pid_t top = getpid();
    int id[2];
    MUST(pipe(id));
    pid_t middle = MUST(fork());
    if (middle == 0) {
        pid_t sibling = MUST(syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0));
        if (sibling == 0) _exit(getppid() == top ? 6 : 7);
        MUST(write(id[1], &sibling, sizeof sibling));
        _exit(0);
    }
    pid_t sibling;
    MUST(read(id[0], &sibling, sizeof sibling));
    const char *end = reap(sibling);
    say("sibling %s\n", end);
    say("middle %s\n", reap(middle));
    return 0;
}
