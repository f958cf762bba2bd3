/* A filter that, like a container's list of what is allowed, has no number -1: `allowlist errno` makes that
 * EPERM, `allowlist kill` kills. KERNEL: a call that a tracer skips at its entry is shown to the filters
 * as number -1. Each way to fork, and what it returns. */
#include "tracee.h"
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>

int main(int argc, char **argv) {
    int kills = argc > 1 && !strcmp(argv[1], "kill");
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0xffffffff, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, kills ? SECCOMP_RET_KILL_PROCESS : SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof code / sizeof *code, code};
    MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    MUST(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program));
    struct clone_args args = {.exit_signal = SIGCHLD};
    const char *names[] = {"fork", "vfork", "clone", "clone3"};
    for (int way = 0; way < 4; way++) {
        long made = way == 0   ? syscall(SYS_fork)
                    : way == 1 ? syscall(SYS_vfork)
                    : way == 2 ? syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0)
                               : syscall(SYS_clone3, &args, sizeof args);
        if (made == 0) _exit(0);
        say("%s: %s\n", names[way], made == -1 ? strerrorname_np(errno) : reap(made));
    }
    return 0;
}
