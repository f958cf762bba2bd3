/* clone3: flags and exit signal live in memory, where no filter can read them.
 * A child with a pidfd, one with another exit signal, and one that is refused (bad size). */
#include "tracee.h"
#include <linux/sched.h>
#include <poll.h>

static long clone3(struct clone_args *args, size_t size) { return syscall(SYS_clone3, args, size); }

int main(void) {
    int pidfd = -1;
    struct clone_args with_pidfd = {
        .flags = CLONE_PIDFD, .pidfd = (uintptr_t)&pidfd, .exit_signal = SIGCHLD};
    pid_t child = MUST(clone3(&with_pidfd, sizeof with_pidfd));
    if (child == 0) _exit(4);
    struct pollfd end = {.fd = pidfd, .events = POLLIN};
    MUST(poll(&end, 1, -1));
    say("pidfd %s, %s\n", end.revents & POLLIN ? "readable" : "silent", reap(child));

    struct clone_args other_signal = {.exit_signal = SIGUSR2};
    signal(SIGUSR2, SIG_IGN);
    child = MUST(clone3(&other_signal, CLONE_ARGS_SIZE_VER0));
    if (child == 0) _exit(5);
    int status;
    say("plain wait: %s\n", waitpid(child, &status, 0) == -1 ? strerrorname_np(errno) : "seen");
    say("wait with __WALL: %s\n", reap(child));

    say("bad size: %s\n", clone3(&other_signal, 3) == -1 ? strerrorname_np(errno) : "made");
    say("bad pointer: %s\n", clone3((void *)8, CLONE_ARGS_SIZE_VER0) == -1 ? strerrorname_np(errno) : "made");
    struct clone_args nonsense = {.flags = CLONE_THREAD};
    say("bad flags: %s\n", clone3(&nonsense, sizeof nonsense) == -1 ? strerrorname_np(errno) : "made");
    return 0;
}
