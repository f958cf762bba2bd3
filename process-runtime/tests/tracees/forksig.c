/* Makes a child in one way while a handler for SIGUSR1 is there. KERNEL: a fork that meets a
 * pending signal answers ERESTARTNOINTR, the handler runs, and the call is made again: the program
 * sees one fork. The test sends the signal while this task is held before its fork.
 * `forksig fork|vfork|clone3`. */
#include "tracee.h"
#include <linux/sched.h>

static volatile int handled;
static void handler(int sig) { handled++, (void)sig; }

int main(int argc, char **argv) {
    const char *way = argc > 1 ? argv[1] : "fork";
    struct clone_args args = {.exit_signal = SIGCHLD};
    struct sigaction action = {.sa_handler = handler};
    sigaction(SIGUSR1, &action, NULL);
    pid_t child = !strcmp(way, "vfork")    ? vfork()
                  : !strcmp(way, "clone3") ? syscall(SYS_clone3, &args, sizeof args)
                                           : syscall(SYS_fork);
    if (child == 0) _exit(3);
    if (child == -1) say("%s\n", strerrorname_np(errno));
    else say("%s, handled %d\n", reap(child), handled);
    return 0;
}
