/* Waits for a byte of its input where a trap is not simply put: in what its argument says. Then says what came of it, and how
 * SIGTRAP is handled. */
#include "tracee.h"
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/mman.h>

static void handler(int sig) { (void)sig; }

static long wait_here(void) {
    struct epoll_event in = {.events = EPOLLIN}, out;
    int set = MUST(epoll_create1(EPOLL_CLOEXEC));
    MUST(epoll_ctl(set, EPOLL_CTL_ADD, 0, &in));
    say("ready\n");
    return epoll_wait(set, &out, 1, 1000000);
}

/* The creator waits for the child, which has its memory. */
static long in_vfork(void) {
    say("ready\n");
    pid_t child = vfork();
    if (child == 0) {
        char byte;
        _exit(read(0, &byte, 1) == 1 ? 3 : 4);
    }
    return strcmp(reap(child), "code 3") == 0;
}

/* read(2) by the numbers of 32-bit programs. */
static long by_int80(void) {
    char *low = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    long result = 3;
    say("ready\n");
    __asm__ volatile("int $0x80" : "+a"(result) : "b"(0), "c"(low), "d"(1) : "memory", "r8", "r9", "r10", "r11");
    return result;
}

/* With a mask of its own for as long as it waits. */
static long in_ppoll(void) {
    struct pollfd polled = {0, POLLIN, 0};
    sigset_t none;
    sigemptyset(&none);
    say("ready\n");
    return ppoll(&polled, 1, NULL, &none);
}

static long in_sigwait(void) {
    sigset_t all;
    sigfillset(&all);
    say("ready\n");
    return sigtimedwait(&all, NULL, NULL) == SIGUSR1;
}

/* Under a filter of its own that kills for a call of number -1. */
static long under_a_filter(void) {
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0xffffffff, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof code / sizeof *code, code};
    MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    MUST(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program));
    struct pollfd polled = {0, POLLIN, 0};
    say("ready\n");
    long got;
    do got = poll(&polled, 1, 0);
    while (got == 0);
    return got;
}

int main(int argc, char **argv) {
    sigset_t mask;
    struct sigaction action;
    sigfillset(&mask);
    const char *where = argv[1];
    int handles = !strcmp(where, "handled"), ignores = !strcmp(where, "ignored");
    if (handles || !strcmp(where, "ppoll") || !strcmp(where, "sigwait")) MUST(sigprocmask(SIG_BLOCK, &mask, NULL));
    if (handles) MUST(signal(SIGTRAP, handler) == SIG_ERR ? -1 : 0);
    if (ignores) MUST(signal(SIGTRAP, SIG_IGN) == SIG_ERR ? -1 : 0);
    if (!strcmp(where, "nodump")) MUST(prctl(PR_SET_DUMPABLE, 0));
    long got = !strcmp(where, "vfork") ? in_vfork()
        : !strcmp(where, "int80")      ? by_int80()
        : !strcmp(where, "ppoll")      ? in_ppoll()
        : !strcmp(where, "sigwait")    ? in_sigwait()
        : !strcmp(where, "filter")     ? under_a_filter()
                                       : wait_here();
    MUST(sigprocmask(SIG_BLOCK, NULL, &mask));
    MUST(sigaction(SIGTRAP, NULL, &action));
    say("%s: %ld, SIGTRAP %s, %s\n", where, got, sigismember(&mask, SIGTRAP) ? "blocked" : "free",
        action.sa_handler == handler ? "handled" : action.sa_handler == SIG_IGN ? "ignored" : "default");
    return 0;
}
