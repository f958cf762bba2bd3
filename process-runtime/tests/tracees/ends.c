/* Ends in the way that argv[1] names, in a child, and says what the parent saw of it (status,
 * and the SIGCHLD siginfo): code N, or signal N raised by itself, or a fault, or an abort. */
#include "tracee.h"

static int end(const char *how) {
    if (!strncmp(how, "code:", 5)) return atoi(how + 5);
    if (!strncmp(how, "signal:", 7)) raise(atoi(how + 7));
    if (!strcmp(how, "segv")) *(volatile int *)8 = 1;
    if (!strcmp(how, "trap")) __asm__ volatile("int3");
    if (!strcmp(how, "abort")) abort();
    return 98;
}

int main(int argc, char **argv) {
    sigset_t chld;
    sigemptyset(&chld);
    sigaddset(&chld, SIGCHLD);
    sigprocmask(SIG_BLOCK, &chld, NULL);
    for (int i = 1; i < argc; i++) {
        pid_t child = MUST(fork());
        if (child == 0) {
            struct rlimit none = {0, 0};
            setrlimit(RLIMIT_CORE, &none);
            _exit(end(argv[i]));
        }
        siginfo_t info;
        MUST(sigwaitinfo(&chld, &info));
        say("%s: si_code %d si_status %d pid %s, %s\n", argv[i], info.si_code, info.si_status,
            info.si_pid == child ? "right" : "wrong", reap(child));
    }
    return argc == 1 ? end("signal:9") : 0;
}
