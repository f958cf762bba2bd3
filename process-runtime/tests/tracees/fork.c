/* Forks `argv[1]` children one after the other; child i ends with code i.
 * The plain case: init, clone, exit and free of every child, and the parent sees the codes. */
#include "tracee.h"

int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 1;
    for (int i = 0; i < n; i++) {
        pid_t child = fork();
        if (child == 0) _exit(i);
        if (child == -1) say("fork: %s\n", strerrorname_np(errno));
        else say("%s\n", reap(child));
    }
    return 0;
}
