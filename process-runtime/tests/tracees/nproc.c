/* Forks that fail: RLIMIT_NPROC (EAGAIN) as an ordinary user, and flag combinations that clone and
 * clone3 refuse (EINVAL). No child is made; afterwards a fork works again. `argv[1]`: the uid. */
#include "tracee.h"
#include <linux/sched.h>

static void *nothing(void *arg) { return arg; }
static const char *said(long got) {
    if (got == 0) _exit(0);
    return got == -1 ? strerrorname_np(errno) : reap(got);
}

int main(int argc, char **argv) {
    if (geteuid() == 0) {
        uid_t uid = argc > 1 ? atoi(argv[1]) : 54321;
        MUST(setresgid(uid, uid, uid));
        MUST(setresuid(uid, uid, uid));
    }
    struct rlimit before, none;
    MUST(getrlimit(RLIMIT_NPROC, &before));
    none = before, none.rlim_cur = 0;
    MUST(setrlimit(RLIMIT_NPROC, &none));
    say("fork: %s\n", said(syscall(SYS_fork)));
    say("vfork: %s\n", said(vfork()));
    pthread_t thread;
    say("thread: %s\n", strerrorname_np(pthread_create(&thread, NULL, nothing, NULL)));
    MUST(setrlimit(RLIMIT_NPROC, &before));
    say("bad flags: %s\n", said(syscall(SYS_clone, CLONE_THREAD | SIGCHLD, 0, 0, 0, 0)));
    struct clone_args args = {.flags = CLONE_SIGHAND, .exit_signal = SIGCHLD};
    say("bad clone3: %s\n", said(syscall(SYS_clone3, &args, sizeof args)));
    say("fork: %s\n", said(syscall(SYS_fork)));
    return 0;
}
