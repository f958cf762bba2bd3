/* Thousands of signals that are ignored, as runtimes with preemption signals get them: by SIG_IGN,
 * by default (SIGURG, SIGWINCH, SIGCHLD), real-time ones too. The receiver moves a megabyte through
 * a pipe and counts short transfers and EINTR: both 0. `ignored N`. */
#include "tracee.h"

int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 20000, data[2], ready[2];
    MUST(pipe(data)), MUST(pipe(ready));
    pid_t child = MUST(fork());
    if (child == 0) {
        int interrupted = 0, bytes = 0;
        signal(SIGUSR1, SIG_IGN), signal(SIGRTMIN, SIG_IGN);
        close(data[1]);
        give(ready[1]);
        char page[256];
        for (ssize_t got; (got = read(data[0], page, sizeof page)) != 0;)
            if (got == -1) interrupted++;
            else bytes += got;
        say("bytes %d, interrupted %d\n", bytes, interrupted);
        _exit(0);
    }
    take(ready[0]);
    static const int signals[] = {SIGCHLD, SIGWINCH, SIGURG, SIGUSR1, 0 /* SIGRTMIN */};
    char page[256] = "";
    for (int i = 0; i < n; i++) {
        int sig = signals[i % 5];
        MUST(kill(child, sig ? sig : SIGRTMIN));
        if (i % 5 == 0) MUST(write(data[1], page, sizeof page));
    }
    close(data[0]), close(data[1]);
    say("%s\n", reap(child));
    return 0;
}
