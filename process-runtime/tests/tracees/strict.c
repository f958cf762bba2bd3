/* Strict seccomp: read, write, exit and sigreturn only; anything else is SIGKILL. KERNEL: a task
 * that has a filter cannot go to strict mode any more (EINVAL): what a supervisor's filter cannot
 * hide. Prints the answer of prctl, then tries a forbidden call. */
#include "tracee.h"
#include <linux/seccomp.h>

int main(void) {
    pid_t child = MUST(fork());
    if (child == 0) {
        if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) == -1) {
            say("strict: %s\n", strerrorname_np(errno));
            _exit(4);
        }
        (void)!write(1, "strict: on\n", 11);
        syscall(SYS_getpid);
        syscall(SYS_exit, 3);
    }
    say("%s\n", reap(child));
    return 0;
}
