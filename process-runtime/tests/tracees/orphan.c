/* A grandchild outlives its parent: it is re-parented, still traced, and ends last.
 * KERNEL: the reaper of an orphan is the nearest subreaper or init; ptrace does not change it. */
#include "tracee.h"

int main(void) {
    int gone[2], report[2];
    MUST(pipe(gone));
    MUST(pipe(report));
    pid_t child = MUST(fork());
    if (child == 0) {
        pid_t middle = getpid();
        if (MUST(fork()) == 0) {
            close(gone[1]);
            char byte;
            while (read(gone[0], &byte, 1) > 0) {} /* End of file: the middle is reaped. */
            dprintf(report[1], "orphan %s\n", getppid() != middle ? "adopted" : "kept");
            _exit(5);
        }
        _exit(3);
    }
    say("middle %s\n", reap(child));
    close(gone[1]);
    close(report[1]);
    char text[64];
    ssize_t got = MUST(read(report[0], text, sizeof text));
    MUST(write(1, text, got));
    return 0;
}
