/* Does what its arguments say, one after the other, and says what came of it.
 * `call`: getppid, which nothing else here calls. `handle:N`, `ignore:N`: of signal N. `raise:N`: sends it to this
 * thread. `fork`, `vfork`, `thread`: makes a task that calls getppid and ends with 3. `exec`: runs the rest in a new
 * image. `stop`: makes a child that stops, and continues it; `stop:N`: by signal N. `show:N`: a handler of signal N that says
 * what has come with it. `block:N`: blocks signal N. `wait`: for input, in epoll_wait(2).
 * `others:N`: a child, a
 * thread, and this task make N calls each, and say whether they were stopped for them. `zombie`: makes a child that ends with 3, and reaps it when there is input. `leave`: ends this thread, and another
 * one, after that, the process with 4. `spin`: computes until SIGUSR1. `exit:N`. */
#include "tracee.h"
#include <sys/epoll.h>

static volatile int handled;
static void handler(int sig) { handled++, (void)sig; }

static void shows(int sig, siginfo_t *info, void *unused) {
    long value = info->si_code == SI_QUEUE ? info->si_value.sival_int : -1;
    say("handler: %d code %d value %ld\n", sig, info->si_code, value);
    handled++, (void)unused;
}

static void show(int sig) {
    struct sigaction action = {.sa_sigaction = shows, .sa_flags = SA_SIGINFO};
    MUST(sigaction(sig, &action, NULL));
}

static void block(int sig) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, sig);
    MUST(sigprocmask(SIG_BLOCK, &set, NULL));
}

static void call(void) {
    long got = syscall(SYS_getppid);
    if (got == -1) say("call: %s\n", strerrorname_np(errno));
    else say("call: %s\n", got < 100000000 ? "made" : "answered");
}

static void *thread(void *unused) {
    syscall(SYS_getppid);
    return unused;
}

static void *outlive(void *leader) {
    pthread_join(*(pthread_t *)leader, NULL);
    _exit(4);
}

static void leave(void) {
    static pthread_t leader;
    pthread_t made;
    leader = pthread_self();
    MUST(pthread_create(&made, NULL, outlive, &leader) ? -1 : 0);
    pthread_exit(NULL);
}

static void make(const char *way) {
    if (!strcmp(way, "thread")) {
        pthread_t made;
        MUST(pthread_create(&made, NULL, thread, NULL) ? -1 : 0);
        pthread_join(made, NULL);
        say("thread: joined\n");
        return;
    }
    pid_t child = !strcmp(way, "vfork") ? vfork() : fork();
    if (child == 0) {
        syscall(SYS_getppid);
        _exit(3);
    }
    if (child == -1) say("%s: %s\n", way, strerrorname_np(errno));
    else say("%s: %s\n", way, reap(child));
}

/* In a group of its own, which is not orphaned: its parent is not in there, and in the same session. */
static void stop(int sig) {
    pid_t child = MUST(fork());
    if (child == 0) {
        MUST(setpgid(0, 0));
        raise(sig);
        _exit(4);
    }
    int status;
    MUST(waitpid(child, &status, WUNTRACED));
    if (!WIFSTOPPED(status)) {
        say("stop: %s\n", verdict(status));
        return;
    }
    say("stop: %s, ", verdict(status));
    MUST(kill(child, SIGCONT));
    say("%s\n", reap(child));
}

/* KERNEL: a stop is a voluntary switch to another task. */
static void count(const char *who, int n_calls) {
    struct rusage before, after;
    MUST(getrusage(RUSAGE_THREAD, &before));
    for (int i = 0; i < n_calls; i++) syscall(SYS_getppid);
    MUST(getrusage(RUSAGE_THREAD, &after));
    say("%s: %s\n", who, after.ru_nvcsw - before.ru_nvcsw < n_calls ? "at full speed" : "stopped");
}

static void *counts(void *n_calls) {
    count("thread", *(int *)n_calls);
    return NULL;
}

static void others(int n_calls) {
    pid_t child = MUST(fork());
    if (child == 0) {
        count("child", n_calls);
        _exit(0);
    }
    reap(child);
    pthread_t made;
    MUST(pthread_create(&made, NULL, counts, &n_calls) ? -1 : 0);
    pthread_join(made, NULL);
    count("itself", n_calls);
}

static void zombie(void) {
    siginfo_t dead;
    pid_t child = MUST(fork());
    if (child == 0) _exit(3);
    MUST(waitid(P_PID, child, &dead, WEXITED | WNOWAIT));
    say("dead\n");
    take(0);
    say("zombie: %s\n", reap(child));
}

/* KERNEL: epoll_wait is never made again by the kernel: any stop makes it answer EINTR (signal(7)). */
static void await(void) {
    struct epoll_event in = {.events = EPOLLIN}, out;
    int set = MUST(epoll_create1(EPOLL_CLOEXEC));
    MUST(epoll_ctl(set, EPOLL_CTL_ADD, 0, &in));
    say("ready\n");
    int got = epoll_wait(set, &out, 1, -1);
    say("wait: %s\n", got == -1 ? strerrorname_np(errno) : "served");
}

int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        const char *deed = argv[i], *colon = strchr(deed, ':');
        int number = colon ? atoi(colon + 1) : 0;
        if (!strcmp(deed, "call")) call();
        else if (!strncmp(deed, "handle", 6)) MUST(signal(number, handler) == SIG_ERR ? -1 : 0);
        else if (!strncmp(deed, "ignore", 6)) MUST(signal(number, SIG_IGN) == SIG_ERR ? -1 : 0);
        else if (!strncmp(deed, "raise", 5)) {
            MUST(raise(number));
            say("raise: handled %d\n", handled);
        } else if (!strncmp(deed, "stop", 4)) stop(number ? number : SIGSTOP);
        else if (!strncmp(deed, "show", 4)) show(number);
        else if (!strncmp(deed, "block", 5)) block(number);
        else if (!strncmp(deed, "others", 6)) others(number);
        else if (!strcmp(deed, "zombie")) zombie();
        else if (!strcmp(deed, "leave")) leave();
        else if (!strcmp(deed, "wait")) await();
        else if (!strcmp(deed, "spin")) {
            say("ready\n");
            while (!handled) {}
            say("spin: over\n");
        } else if (!strcmp(deed, "exec")) {
            argv[i] = argv[0];
            MUST(execv(argv[0], argv + i));
        } else if (!strncmp(deed, "exit", 4)) _exit(number);
        else make(deed);
    }
    return 0;
}
