/* Says where its variables and its handler are, then does what its arguments say. `spin`: counts until somebody sets `over`.
 * `wait`: for a byte of its input, in epoll_wait(2). `ids`: a setuid(2) that changes nothing. `stop`: makes a
 * child that stops itself, and continues it when there is a byte.
 * `handle`, `block`: SIGUSR1. `exec`: runs the rest in a new image. `fork`: makes a child that ends at once. */
#include "tracee.h"
#include <sys/epoll.h>

static volatile unsigned long counter;
static volatile unsigned over;
static volatile int handled;
static void handler(int sig) { handled++, (void)sig; }

static void await(void) {
    struct epoll_event in = {.events = EPOLLIN}, out;
    int set = MUST(epoll_create1(EPOLL_CLOEXEC));
    MUST(epoll_ctl(set, EPOLL_CTL_ADD, 0, &in));
    int got = epoll_wait(set, &out, 1, 1000000);
    say("wait: %s, handled %d\n", got == -1 ? strerrorname_np(errno) : "served", handled);
    if (got == 1) take(0);
}

static void stop(void) {
    pid_t child = MUST(fork());
    if (child == 0) {
        raise(SIGSTOP);
        _exit(4);
    }
    int status;
    MUST(waitpid(child, &status, WUNTRACED));
    say("%d %s\n", child, verdict(status));
    take(0);
    MUST(kill(child, SIGCONT));
    say("stop: %s\n", reap(child));
}

int main(int argc, char **argv) {
    say("%lx %lx %lx\n", (long)&counter, (long)&over, (long)handler);
    for (int i = 1; i < argc; i++) {
        const char *deed = argv[i];
        if (!strcmp(deed, "spin")) {
            while (!over) counter++;
            over = 0;
            say("spin: over, handled %d\n", handled);
        } else if (!strcmp(deed, "wait")) await();
        else if (!strcmp(deed, "ids")) {
            MUST(syscall(SYS_setuid, getuid()));
            say("ids: handled %d\n", handled);
        } else if (!strcmp(deed, "stop")) {
            stop();
        } else if (!strcmp(deed, "handle")) MUST(signal(SIGUSR1, handler) == SIG_ERR ? -1 : 0);
        else if (!strcmp(deed, "fork")) {
            pid_t child = MUST(fork());
            if (child == 0) _exit(3);
            say("fork: %s\n", reap(child));
        } else if (!strcmp(deed, "exec")) {
            argv[i] = argv[0];
            MUST(execv(argv[0], argv + i));
        } else _exit(98);
    }
    return 0;
}
