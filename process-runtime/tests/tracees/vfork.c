/* vfork by the plain call: the child borrows memory and thread, the parent sleeps until it
 * executes or ends. `exec`: the child executes argv[2]; `exit`: it ends; `fail`: its exec fails. */
#include "tracee.h"

int main(int argc, char **argv) {
    const char *mode = argc > 1 ? argv[1] : "exit";
    volatile int order = 0;
    pid_t child = vfork();
    if (child == 0) {
        order = 1; /* Seen by the parent: one memory. */
        if (!strcmp(mode, "exec")) execl(argv[2], argv[2], NULL);
        if (!strcmp(mode, "fail")) execl("/nonexistent/program", "program", NULL);
        _exit(order + 6);
    }
    int seen = order;
    if (child == -1) say("vfork: %s\n", strerrorname_np(errno));
    else say("order %d, %s\n", seen, reap(child));
    return 0;
}
