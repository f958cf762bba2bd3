/* A tracee with a seccomp filter of its own. `trace DATA`: SECCOMP_RET_TRACE, which without a
 * tracer means ENOSYS and must go on meaning it, whatever the data says; `errno`: RET_ERRNO
 * outranks a supervisor's RET_TRACE; `trap`: RET_TRAP raises SIGSYS; `kill-thread`, `kill`: the
 * caller dies of SIGSYS. Tried with getppid, setuid and fork, each in a child of its own. */
#include "filter.h"

static void sigsys(int sig, siginfo_t *info, void *frame) {
    ucontext_t *context = frame;
    say("SIGSYS code %d call %d errno %d, ", info->si_code, info->si_syscall, info->si_errno);
    context->uc_mcontext.gregs[REG_RAX] = -EPROTO, (void)sig;
}

int main(int argc, char **argv) {
    const char *mode = argc > 1 ? argv[1] : "trace";
    unsigned data = argc > 2 ? strtoul(argv[2], NULL, 0) : 0;
    uint32_t action = !strcmp(mode, "trace")         ? SECCOMP_RET_TRACE | data
                      : !strcmp(mode, "errno")       ? SECCOMP_RET_ERRNO | ENOTEMPTY
                      : !strcmp(mode, "trap")        ? SECCOMP_RET_TRAP | 77
                      : !strcmp(mode, "kill-thread") ? SECCOMP_RET_KILL_THREAD
                                                     : SECCOMP_RET_KILL_PROCESS;
    static const struct { const char *name; int nr; } calls[] = {
        {"getppid", SYS_getppid}, {"setuid", SYS_setuid}, {"fork", SYS_fork}};
    for (unsigned i = 0; i < 3; i++) {
        pid_t child = MUST(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0));
        if (child == 0) {
            struct sigaction catcher = {.sa_sigaction = sigsys, .sa_flags = SA_SIGINFO};
            sigaction(SIGSYS, &catcher, NULL);
            MUST(install(action, 0, &calls[i].nr, 1));
            long got = calls[i].nr == SYS_setuid ? syscall(SYS_setuid, getuid()) : syscall(calls[i].nr);
            say("%s: %s\n", calls[i].name, got == -1 ? strerrorname_np(errno) : "went through");
            _exit(0);
        }
        say("    %s\n", reap(child));
    }
    return 0;
}
