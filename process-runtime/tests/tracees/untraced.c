/* CLONE_UNTRACED: the kernel would attach no tracer to the child, whose filtered calls would
 * then fail with ENOSYS. The child executes and the program says what became of it.
 * `clone`, `clone3`: the flag by each call; `clone3-only`: arguments that clone cannot express
 * (a pidfd and a parent tid at once, and a flag above bit 31); `registers`: each call once more, and
 * whether the registers that the kernel keeps are kept, in both tasks. */
#include "tracee.h"
#include <linux/sched.h>

static void child_of(long child, char **argv) {
    if (child == 0) {
        setuid(getuid()); /* Filtered calls must work: no ENOSYS. */
        pid_t grandchild = fork();
        if (grandchild == 0) _exit(2);
        if (grandchild == -1) _exit(70);
        reap(grandchild);
        execl(argv[2], argv[2], NULL);
        _exit(errno);
    }
    if (child == -1) say("%s\n", strerrorname_np(errno));
    else say("%s\n", reap(child));
}

static int kept(long number, long first, long second) {
    register long rdi __asm__("rdi") = first, rsi __asm__("rsi") = second, rdx __asm__("rdx") = 0,
        r10 __asm__("r10") = 0, r8 __asm__("r8") = 8, r9 __asm__("r9") = 9;
    long made = number;
    __asm__ volatile("syscall" : "+a"(made), "+r"(rdi), "+r"(rsi), "+r"(rdx), "+r"(r10), "+r"(r8), "+r"(r9)
                     : : "rcx", "r11", "memory");
    int same = rdi == first && rsi == second && rdx == 0 && r10 == 0 && r8 == 8 && r9 == 9;
    if (made == 0) _exit(same ? 0 : 9);
    say("%s, child %s\n", same ? "kept" : "changed", reap(made));
    return 0;
}

int main(int argc, char **argv) {
    const char *mode = argc > 2 ? argv[1] : "clone";
    pid_t tid = 0;
    int pidfd = -1;
    if (!strcmp(mode, "clone")) {
        child_of(syscall(SYS_clone, CLONE_UNTRACED | SIGCHLD, 0, 0, 0, 0), argv);
    } else if (!strcmp(mode, "clone3")) {
        struct clone_args args = {.flags = CLONE_UNTRACED, .exit_signal = SIGCHLD};
        child_of(syscall(SYS_clone3, &args, sizeof args), argv);
        say("args %s\n", args.flags == CLONE_UNTRACED ? "untouched" : "changed");
    } else if (!strcmp(mode, "registers")) {
        struct clone_args args = {.flags = CLONE_UNTRACED, .exit_signal = SIGCHLD};
        kept(SYS_clone, CLONE_UNTRACED | SIGCHLD, 0);
        kept(SYS_clone3, (long)&args, sizeof args);
    } else {
        struct clone_args args = {
            .flags = CLONE_UNTRACED | CLONE_PIDFD | CLONE_PARENT_SETTID | CLONE_CLEAR_SIGHAND,
            .exit_signal = SIGCHLD, .pidfd = (uintptr_t)&pidfd, .parent_tid = (uintptr_t)&tid};
        child_of(syscall(SYS_clone3, &args, sizeof args), argv);
        say("args %s, tid %s, pidfd %s\n", args.flags & CLONE_UNTRACED ? "untouched" : "changed",
            tid > 0 ? "set" : "unset", pidfd >= 0 ? "set" : "unset");
    }
    return 0;
}
