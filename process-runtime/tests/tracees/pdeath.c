/* PR_SET_PDEATHSIG inside the tree: the signal comes when the *thread* that made the child ends,
 * and not before. `process`: the parent process ends; `thread`: only the parent's thread ends. */
#include "tracee.h"

static int ready[2], told[2];

static void *parent(void *arg) {
    pid_t child = MUST(fork());
    if (child == 0) {
        sigset_t set;
        int sig;
        sigemptyset(&set);
        sigaddset(&set, SIGUSR1);
        sigprocmask(SIG_BLOCK, &set, NULL);
        MUST(prctl(PR_SET_PDEATHSIG, SIGUSR1));
        sigset_t pending;
        sigpending(&pending);
        dprintf(told[1], "before: %s, ", sigismember(&pending, SIGUSR1) ? "came" : "not yet");
        give(ready[1]);
        sigwait(&set, &sig);
        dprintf(told[1], "after: signal %d\n", sig);
        _exit(0);
    }
    take(ready[0]); /* The child is armed; now this thread, or this process, may end. */
    return arg;
}

int main(int argc, char **argv) {
    MUST(pipe(ready)), MUST(pipe(told));
    MUST(prctl(PR_SET_CHILD_SUBREAPER, 1));
    if (argc > 1 && !strcmp(argv[1], "thread")) {
        pthread_t thread;
        pthread_create(&thread, NULL, parent, NULL);
        pthread_join(thread, NULL);
    } else {
        pid_t middle = MUST(fork());
        if (middle == 0) parent(NULL), _exit(0);
        reap(middle);
    }
    close(told[1]);
    int status;
    MUST(waitpid(-1, &status, 0)); /* The child, ours or adopted. */
    char text[128];
    ssize_t got = MUST(read(told[0], text, sizeof text));
    MUST(write(1, text, got));
    say("%s\n", verdict(status));
    return 0;
}
