/* Two threads, a and b, wait in epoll_wait(2) again and again, and what follows that call in their text is where a supervisor
 * may have put a trap. The first argument says which text: `libc`, `odd` (an instruction that is not easily told), or `page`
 * (writable). The others, before that: `block`: all signals are blocked. Bytes of the input say what is done:
 * a, b: the call of that thread returns. f, v: a fork, a vfork, whose child makes the call. i: a trap of our own. x: an exec of
 * `true` by the leader. e: one by thread b, when it gets SIGUSR2. u: a setuid(2) by thread b when its call returns. q: the end. */
#include "tracee.h"
#include <sys/epoll.h>
#include <sys/mman.h>

typedef long waits(long set, struct epoll_event *events, long count, long timeout);
static waits *wait_in;
static volatile int trapped, sets_ids;
static int pipes[2][2];
static void on_trap(int sig, siginfo_t *info, void *unused) { trapped += info->si_code == SI_KERNEL, (void)sig, (void)unused; }
static void on_signal(int sig) {
    struct epoll_event event;
    wait_in(MUST(epoll_create1(EPOLL_CLOEXEC)), &event, 1, 0);
    (void)sig;
}

static long libc(long set, struct epoll_event *events, long count, long timeout) {
    return epoll_wait(set, events, count, timeout);
}

/* epoll_wait, by its number, and then `lea (%rax), %rax`. */
__asm__(".globl odd\nodd: mov %rcx, %r10\nmov $232, %eax\nsyscall\nlea (%rax), %rax\nret\nodd_end:\n");
extern waits odd;
extern char odd_end[];

static waits *on_a_page(void) {
    char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memcpy(page, (void *)odd, odd_end - (char *)odd);
    return (waits *)page;
}

static const char *mask_now(void) {
    sigset_t mask;
    MUST(sigprocmask(SIG_BLOCK, NULL, &mask));
    return sigismember(&mask, SIGTRAP) ? "blocked" : "free";
}

/* The signal that has a handler is for thread a. */
static void block_the_handled(void) {
    sigset_t mask;
    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR1);
    MUST(pthread_sigmask(SIG_BLOCK, &mask, NULL));
}

static void *waiter(void *argument) {
    long n = (long)argument;
    struct epoll_event event = {.events = EPOLLIN};
    int set = MUST(epoll_create1(EPOLL_CLOEXEC));
    MUST(epoll_ctl(set, EPOLL_CTL_ADD, pipes[n][0], &event));
    if (n) block_the_handled();
    say("%c %d\n", 'a' + (char)n, my_tid());
    for (;;) {
        long got = wait_in(set, &event, 1, 1000000);
        if (got == 1) take(pipes[n][0]);
        if (sets_ids && n) MUST(syscall(SYS_setuid, getuid()));
        say("%c: %ld, SIGTRAP %s\n", 'a' + (char)n, got, mask_now());
    }
    return NULL;
}

static void *executes(void *unused) {
    sigset_t signals;
    int sig;
    sigemptyset(&signals);
    sigaddset(&signals, SIGUSR2);
    say("e %d\n", my_tid());
    sigwait(&signals, &sig);
    MUST(execl("/bin/true", "true", NULL));
    return unused;
}

static void make_child(char way) {
    struct epoll_event event;
    static int set;
    set = MUST(epoll_create1(EPOLL_CLOEXEC));
    pid_t child = way == 'v' ? vfork() : fork();
    if (child == 0) _exit(wait_in(set, &event, 1, 0) == 0 ? 3 : 4);
    say("%c: %s\n", way, reap(child));
}

int main(int argc, char **argv) {
    sigset_t signals;
    struct sigaction action = {.sa_sigaction = on_trap, .sa_flags = SA_SIGINFO};
    sigemptyset(&signals);
    sigaddset(&signals, SIGUSR2);
    MUST(signal(SIGUSR1, on_signal) == SIG_ERR ? -1 : 0);
    if (!strcmp(argv[1], "block")) sigfillset(&signals);
    else MUST(sigaction(SIGTRAP, &action, NULL));
    MUST(sigprocmask(SIG_BLOCK, &signals, NULL));
    const char *text = argv[argc - 1];
    wait_in = !strcmp(text, "libc") ? libc : !strcmp(text, "odd") ? odd : on_a_page();
    for (long n = 0; n < 2; n++) {
        pthread_t thread;
        MUST(pipe2(pipes[n], O_CLOEXEC));
        MUST(pthread_create(&thread, NULL, waiter, (void *)n) ? -1 : 0);
    }
    block_the_handled();
    for (char deed; MUST(read(0, &deed, 1)) == 1 && deed != 'q';) {
        pthread_t thread;
        if (deed == 'a' || deed == 'b') give(pipes[deed - 'a'][1]);
        else if (deed == 'f' || deed == 'v') make_child(deed);
        else if (deed == 'i') {
            __asm__ volatile("int3");
            say("i: %d\n", trapped);
        } else if (deed == 'x') MUST(execl("/bin/true", "true", NULL));
        else if (deed == 'u') sets_ids = 1;
        else MUST(pthread_create(&thread, NULL, executes, NULL) ? -1 : 0);
    }
    return 0;
}
