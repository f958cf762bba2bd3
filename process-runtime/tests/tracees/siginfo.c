/* What a handler, sigwaitinfo and signalfd are told about a signal: codes, values, senders,
 * addresses; real-time signals queue in order with their values. A supervisor that resumes with
 * the number only loses the rest; one that knows only 1..31 loses the real-time ones; and one that
 * takes SIGTRAP for its own eats the program's. */
#include "tracee.h"
#include <sys/signalfd.h>

static pid_t sender;

static void told(const char *who, siginfo_t *info) {
    say("%s: signal %d code %d", who, info->si_signo, info->si_code);
    if (info->si_code == SI_QUEUE) say(" value %d", info->si_value.sival_int);
    if (info->si_code <= 0) say(" from %s", info->si_pid == sender ? "the parent" : "itself");
    if (info->si_code > 0 && info->si_signo == SIGSEGV) say(" address %p", info->si_addr);
    say("\n");
}

static void handler(int sig, siginfo_t *info, void *frame) {
    (void)sig;
    told("handler", info);
    ucontext_t *context = frame;
    if (sig == SIGSEGV && info->si_code > 0) context->uc_mcontext.gregs[REG_RIP] += 2; /* Skip the fault. */
}

int main(void) {
    int ready[2], done[2];
    sigset_t set;
    MUST(pipe(ready));
    MUST(pipe(done));
    sender = getpid();
    sigfillset(&set);
    pid_t child = MUST(fork());
    if (child == 0) {
        struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
        sigfillset(&action.sa_mask);
        for (int sig = 1; sig <= 64; sig++) sigaction(sig, &action, NULL);
        sigprocmask(SIG_BLOCK, &set, NULL);
        give(ready[1]);
        take(done[0]);
        sigprocmask(SIG_UNBLOCK, &set, NULL); /* All of them now, lowest first, values in order. */
        raise(SIGTRAP);
        __asm__ volatile("int3");
        __asm__ volatile("mov %%al, (%%rcx)" ::"c"(0x10), "a"(0)); /* Two bytes long. */
        union sigval value = {.sival_int = 77};
        sigqueue(getpid(), SIGTRAP, value);
        sigprocmask(SIG_BLOCK, &set, NULL);
        sigqueue(getpid(), SIGRTMAX, value);
        siginfo_t info;
        MUST(sigwaitinfo(&set, &info));
        told("sigwaitinfo", &info);
        sigqueue(getpid(), SIGRTMIN + 5, value);
        int fd = MUST(signalfd(-1, &set, 0));
        struct signalfd_siginfo read_info;
        MUST(read(fd, &read_info, sizeof read_info));
        say("signalfd: signal %u value %d\n", read_info.ssi_signo, read_info.ssi_int);
        timer_t timer;
        struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN, .sigev_value = value};
        struct itimerspec soon = {.it_value.tv_nsec = 1};
        MUST(timer_create(CLOCK_MONOTONIC, &event, &timer));
        MUST(timer_settime(timer, 0, &soon, NULL));
        MUST(sigwaitinfo(&set, &info));
        say("timer: signal %d code %d value %d\n", info.si_signo, info.si_code, info.si_value.sival_int);
        _exit(0);
    }
    take(ready[0]);
    for (int i = 0; i < 3; i++)
        for (int sig = SIGRTMIN; sig <= SIGRTMAX; sig += 10) {
            union sigval value = {.sival_int = sig * 100 + i};
            MUST(sigqueue(child, sig, value));
        }
    MUST(kill(child, SIGTERM));
    MUST(kill(child, SIGUSR1));
    MUST(syscall(SYS_tgkill, child, child, SIGUSR2));
    MUST(kill(child, SIGTRAP));
    give(done[1]);
    say("%s\n", reap(child));
    return 0;
}
