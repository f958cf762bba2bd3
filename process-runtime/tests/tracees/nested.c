/* A tracee that traces: TRACEME, ATTACH and SEIZE. KERNEL: one tracer per task; a second one gets
 * EPERM. Not to be hidden from a program that debugs another; it is told in one notice each. */
#include "tracee.h"
#include <sys/ptrace.h>

int main(int argc, char **argv) {
    const char *mode = argc > 1 ? argv[1] : "traceme";
    int go[2];
    MUST(pipe(go));
    pid_t child = MUST(fork());
    if (child == 0) {
        if (strcmp(mode, "traceme")) take(go[0]), _exit(3);
        long got = ptrace(PTRACE_TRACEME, 0, 0, 0);
        say("traceme: %s\n", got == -1 ? strerrorname_np(errno) : "allowed");
        _exit(3);
    }
    if (strcmp(mode, "traceme")) {
        long got = ptrace(!strcmp(mode, "attach") ? PTRACE_ATTACH : PTRACE_SEIZE, child, 0, 0);
        say("%s: %s\n", mode, got == -1 ? strerrorname_np(errno) : "allowed");
        if (got == 0 && !strcmp(mode, "attach")) MUST(waitpid(child, NULL, 0)), MUST(ptrace(PTRACE_CONT, child, 0, 0));
        give(go[1]);
    }
    say("%s\n", reap(child));
    return 0;
}
