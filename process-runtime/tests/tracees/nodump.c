/* A task that is not dumpable: an ordinary supervisor may neither read its memory nor its /proc
 * files, and a clone3's arguments are in memory. It forks in each way and executes argv[1]. */
#include "tracee.h"
#include <linux/sched.h>

static void *nothing(void *arg) { return arg; }

int main(int argc, char **argv) {
    MUST(prctl(PR_SET_DUMPABLE, 0));
    pid_t child = MUST(fork());
    if (child == 0) _exit(2);
    say("fork %s\n", reap(child));
    struct clone_args args = {.exit_signal = SIGCHLD};
    child = MUST(syscall(SYS_clone3, &args, sizeof args));
    if (child == 0) _exit(3);
    say("clone3 %s\n", reap(child));
    pthread_t thread;
    int error = pthread_create(&thread, NULL, nothing, NULL);
    say("thread %s\n", error ? strerrorname_np(error) : pthread_join(thread, NULL) ? "lost" : "joined");
    say("setuid %ld\n", syscall(SYS_setuid, getuid()));
    child = MUST(vfork());
    if (child == 0) {
        if (argc > 1) execl(argv[1], argv[1], NULL);
        _exit(4);
    }
    say("exec %s\n", reap(child));
    say("dumpable %d\n", prctl(PR_GET_DUMPABLE));
    return 0;
}
