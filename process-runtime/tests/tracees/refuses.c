/* Installs filters of its own: getpgrp raises SIGSYS, getppid fails with ENOTEMPTY, and getsid asks for
 * a tracer, which means ENOSYS where there is none. Then it forks, and parent and child make one
 * getpgrp each, which their handler counts: whoever made calls in their name has left it alone. */
#include "filter.h"

static volatile int handled;

static void sigsys(int sig, siginfo_t *info, void *frame) {
    if (info->si_syscall == SYS_getpgrp) handled++;
    (void)sig, (void)frame;
}

int main(void) {
    static const struct { uint32_t action; int nr; } refusals[] = {
        {SECCOMP_RET_TRAP, SYS_getpgrp}, {SECCOMP_RET_ERRNO | ENOTEMPTY, SYS_getppid}, {SECCOMP_RET_TRACE, SYS_getsid}};
    struct sigaction catcher = {.sa_sigaction = sigsys, .sa_flags = SA_SIGINFO};
    sigaction(SIGSYS, &catcher, NULL);
    for (int i = 0; i < 3; i++) MUST(install(refusals[i].action, 0, &refusals[i].nr, 1));
    pid_t child = MUST(syscall(SYS_fork));
    syscall(SYS_getpgrp);
    if (child == 0) {
        say("child: handled %d\n", handled);
        _exit(0);
    }
    say("%s\n", reap(child));
    say("handled %d\n", handled);
    return 0;
}
