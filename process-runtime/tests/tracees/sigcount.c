/* Counts signals while it forks and makes threads: the parent sends it real-time signals with running
 * numbers as fast as they are taken, and single ones, SIGSYS and SIGTRAP too, each of which must be
 * answered before the next. `sigcount ROUNDS`. A supervisor that holds signals back and forgets one,
 * or puts them back in another order, shows. */
#include "tracee.h"

static int answer[2];
static volatile int got[65], disorder, finished;
static pid_t receiver;

static void numbered(int sig, siginfo_t *info, void *frame) {
    if (my_tid() != receiver || info->si_value.sival_int != got[sig]) disorder++;
    got[sig]++, (void)frame; /* After a call, so that a handler that is cut short does not count. */
}
static void single(int sig) {
    got[sig]++;
    if (sig == SIGTERM) finished = 1;
    give(answer[1]);
}
static void *nothing(void *arg) { return arg; }

int main(int argc, char **argv) {
    static const int singles[] = {SIGUSR1, SIGSYS, SIGTRAP, SIGSEGV, SIGALRM, SIGCONT};
    int rounds = argc > 1 ? atoi(argv[1]) : 100, ready[2];
    unsigned n_singles = sizeof singles / sizeof *singles;
    MUST(pipe(answer)), MUST(pipe(ready));
    pid_t child = MUST(fork());
    if (child == 0) {
        struct sigaction queued = {.sa_sigaction = numbered, .sa_flags = SA_SIGINFO | SA_RESTART};
        struct sigaction plain = {.sa_handler = single, .sa_flags = SA_RESTART};
        sigset_t mask;
        receiver = my_tid();
        sigfillset(&mask);
        queued.sa_mask = plain.sa_mask = mask;
        for (int sig = SIGRTMIN; sig < SIGRTMIN + 3; sig++) sigaction(sig, &queued, NULL);
        for (unsigned i = 0; i < n_singles; i++) sigaction(singles[i], &plain, NULL);
        sigaction(SIGTERM, &plain, NULL);
        give(ready[1]);
        while (!finished) {
            pid_t grandchild = MUST(fork());
            if (grandchild == 0) _exit(0);
            pthread_t thread;
            sigset_t all, before;
            sigfillset(&all);
            reap(grandchild);
            pthread_sigmask(SIG_BLOCK, &all, &before); /* The thread takes none of them. */
            if (pthread_create(&thread, NULL, nothing, NULL)) _exit(97);
            pthread_sigmask(SIG_SETMASK, &before, NULL);
            pthread_join(thread, NULL);
        }
        for (int sig = SIGRTMIN; sig < SIGRTMIN + 3; sig++) say("SIGRTMIN+%d: %d\n", sig - SIGRTMIN, got[sig]);
        for (unsigned i = 0; i < n_singles; i++) say("signal %d: %d\n", singles[i], got[singles[i]]);
        say("out of order: %d\n", disorder);
        _exit(0);
    }
    take(ready[0]);
    for (int i = 0; i < rounds; i++) {
        for (int k = 0; k < 3; k++) {
            union sigval value = {.sival_int = i};
            while (sigqueue(child, SIGRTMIN + k, value) == -1) sched_yield();
        }
        int sig = singles[i % n_singles];
        MUST(kill(child, sig));
        take(answer[0]);
    }
    MUST(kill(child, SIGTERM));
    say("%s\n", reap(child));
    return 0;
}
