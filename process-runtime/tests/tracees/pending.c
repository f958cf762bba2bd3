/* Signals that are blocked and pending, of a process and of a thread; once there is a byte on standard input they are taken, and each is
 * shown with its code and its value. */
#include "tracee.h"

static void show(int sig, siginfo_t *info, void *context) {
    say("%d %d %d\n", sig, info->si_code, info->si_value.sival_int);
    (void)context;
}

int main(void) {
    int signals[] = {SIGUSR2, 40};
    sigset_t all;
    sigemptyset(&all);
    for (int n = 0; n < 2; n++) {
        struct sigaction action = {.sa_sigaction = show, .sa_flags = SA_SIGINFO};
        sigfillset(&action.sa_mask);
        MUST(sigaction(signals[n], &action, NULL));
        sigaddset(&all, signals[n]);
    }
    MUST(sigprocmask(SIG_BLOCK, &all, NULL));
    MUST(sigqueue(getpid(), SIGUSR2, (union sigval){.sival_int = 7}));
    MUST(pthread_sigqueue(pthread_self(), 40, (union sigval){.sival_int = 1}));
    MUST(pthread_sigqueue(pthread_self(), 40, (union sigval){.sival_int = 2}));
    say("ready\n");
    take(0);
    for (int n = 0; n < 2; n++) {
        sigset_t one;
        sigemptyset(&one);
        sigaddset(&one, signals[n]);
        MUST(sigprocmask(SIG_UNBLOCK, &one, NULL));
    }
    return 0;
}
