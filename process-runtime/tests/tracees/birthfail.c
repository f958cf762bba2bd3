/* A birth that the kernel refuses, each at another step of copy_process(), as argv[1] says; with
 * which errno, or how the child ended. `argv[2]`: a cgroup to enter first, for `pids`. */
#include "tracee.h"
#include <linux/sched.h>

static long clone3(struct clone_args *args) { return syscall(SYS_clone3, args, sizeof *args); }
static long clone2(unsigned long flags, void *parent_tid) {
    return syscall(SYS_clone, flags, 0, parent_tid, 0, 0);
}
static void limit(int what, rlim_t most) {
    struct rlimit limit;
    MUST(getrlimit(what, &limit));
    limit.rlim_cur = most;
    MUST(setrlimit(what, &limit));
}
static void tell(const char *what, long child) {
    if (child == 0) _exit(0);
    if (child == -1) say("%s: %s\n", what, strerrorname_np(errno));
    else say("%s: %s\n", what, reap(child));
}

/* One task may be in the cgroup, and that is this one. */
static void enter(const char *cgroup) {
    char path[512];
    snprintf(path, sizeof path, "%s/cgroup.procs", cgroup);
    int fd = MUST(open(path, O_WRONLY | O_CLOEXEC));
    MUST(write(fd, "0", 1));
    MUST(close(fd));
}

int main(int argc, char **argv) {
    const char *how = argc > 1 ? argv[1] : "";
    void *nowhere = (void *)8;
    int pidfd = -1;
    if (!strcmp(how, "flags")) {
        struct clone_args no_stack = {.flags = CLONE_SIGHAND, .exit_signal = SIGCHLD};
        tell("clone", clone2(CLONE_THREAD | SIGCHLD, NULL));
        tell("clone3", clone3(&no_stack));
    } else if (!strcmp(how, "nproc")) {
        limit(RLIMIT_NPROC, 0);
        tell("fork", syscall(SYS_fork));
        tell("vfork", vfork());
    } else if (!strcmp(how, "pids")) {
        enter(argv[2]);
        tell("fork", syscall(SYS_fork));
        tell("vfork", vfork());
    } else if (!strcmp(how, "memory")) {
        MUST(unshare(CLONE_NEWPID));
        tell("the namespace's init", syscall(SYS_fork));
        tell("a task after it", syscall(SYS_fork));
    } else if (!strcmp(how, "settid")) {
        tell("clone", clone2(CLONE_PARENT_SETTID | SIGCHLD, nowhere));
    } else if (!strcmp(how, "later")) {
        struct clone_args no_cgroup = {
            .flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD, .cgroup = 1000000};
        struct clone_args with_pidfd = {
            .flags = CLONE_PIDFD, .pidfd = (uintptr_t)&pidfd, .exit_signal = SIGCHLD};
        tell("no such cgroup", clone3(&no_cgroup));
        tell("nowhere to put a pidfd", clone2(CLONE_PIDFD | SIGCHLD, nowhere));
        limit(RLIMIT_NOFILE, 3);
        tell("no room for a pidfd", clone3(&with_pidfd));
    }
    return 0;
}
