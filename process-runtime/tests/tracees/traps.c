/* Handles SIGTRAP, and looks until its input ends whether there is one that it has not asked for, or one too few. Its argument
 * says what it does meanwhile. */
#include "tracee.h"
#include <sched.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

static atomic_long traps, odd;
static atomic_int over;

static void on_trap(int sig) { (void)sig, traps++; }
static void on_other(int sig) { (void)sig; }

static void *read_to_the_end(void *unused) {
    char byte;
    while (read(0, &byte, 1) > 0) {}
    over = 1;
    return unused;
}

/* Traps after each of its own instructions, one of which is a call that waits. */
static void step_itself(void) {
    long first = 0;
    while (!over) {
        struct timespec shortly = {0, 100000};
        register long rest __asm__("rsi") = 0;
        long result = SYS_nanosleep, before = traps;
        __asm__ volatile("pushfq; orq $0x100, (%%rsp); popfq; nop; nop; syscall; nop; pushfq; andq $~0x100, (%%rsp); popfq"
                         : "+a"(result)
                         : "D"(&shortly), "r"(rest)
                         : "rcx", "r11", "memory", "cc");
        long now = traps - before;
        if (first == 0) first = now;
        odd += now != first || result != 0;
    }
    say("steps: %ld odd\n", odd);
}

static void *make_children(void *unused) {
    sigset_t child;
    sigemptyset(&child), sigaddset(&child, SIGCHLD);
    pthread_sigmask(SIG_BLOCK, &child, NULL);
    while (!over) {
        pid_t made = MUST(fork());
        if (made == 0) _exit(3);
        odd += strcmp(reap(made), "code 3") != 0;
    }
    return unused;
}

/* Waits for another thread, and ignores what that one's children tell. */
static void wait_for_a_thread(void) {
    pthread_t maker;
    pthread_create(&maker, NULL, make_children, NULL);
    pthread_join(maker, NULL);
    say("waits: %ld odd, %ld traps\n", odd, traps);
}

/* A process that sends SIGUSR1 to this one until it is killed. */
static pid_t make_sender(void) {
    pid_t own = getpid(), sender = MUST(fork());
    while (sender == 0) {
        struct timespec shortly = {0, 300000};
        if (getppid() != own) _exit(0);
        MUST(kill(own, SIGUSR1));
        nanosleep(&shortly, NULL);
    }
    return sender;
}

/* Blocks SIGTRAP by a call whose instruction follows that of another call, where a thread may be stopped: umask answers with the
 * number of rt_sigprocmask, and the arguments serve for both. */
static void *block_off_and_on(void *unused) {
    sigset_t mask;
    sigemptyset(&mask), sigaddset(&mask, SIGTRAP);
    MUST(unshare(CLONE_FS));
    while (!over) {
        struct sigaction action;
        long call = SYS_umask;
        register long size __asm__("r10") = 8;
        umask(SYS_rt_sigprocmask);
        __asm__ volatile("syscall; syscall" : "+a"(call) : "D"(SIG_BLOCK), "S"(&mask), "d"(0), "r"(size) : "rcx", "r11", "memory");
        MUST(sigaction(SIGTRAP, NULL, &action));
        odd += action.sa_handler != on_trap;
        pthread_sigmask(SIG_UNBLOCK, &mask, NULL);
    }
    return unused;
}

/* So do two threads, each of which may take the other's signals. */
static void come_to_block(void) {
    pthread_t other;
    pid_t sender = make_sender();
    pthread_create(&other, NULL, block_off_and_on, NULL);
    block_off_and_on(NULL);
    pthread_join(other, NULL);
    MUST(kill(sender, SIGKILL));
    reap(sender);
    say("comes to block: %ld odd, %ld traps\n", odd, traps);
}

/* Computes, blocks SIGTRAP, and gets other signals, as its other thread does. */
static void block(void) {
    pid_t sender = make_sender();
    sigset_t mask;
    sigemptyset(&mask), sigaddset(&mask, SIGTRAP);
    pthread_sigmask(SIG_BLOCK, &mask, NULL);
    while (!over) {
        struct sigaction action;
        for (int i = 0; i < 20000; i++) __asm__ volatile("");
        pthread_sigmask(SIG_SETMASK, NULL, &mask);
        MUST(sigaction(SIGTRAP, NULL, &action));
        odd += !sigismember(&mask, SIGTRAP) || action.sa_handler != on_trap;
    }
    MUST(kill(sender, SIGKILL));
    reap(sender);
    say("blocks: %ld odd, %ld traps\n", odd, traps);
}

int main(int argc, char **argv) {
    pthread_t reader;
    struct sigaction trap = {.sa_handler = on_trap, .sa_flags = SA_RESTART}, other = {.sa_handler = on_other, .sa_flags = SA_RESTART};
    if (argc != 2) return 99;
    MUST(sigaction(SIGTRAP, &trap, NULL));
    MUST(sigaction(SIGUSR1, &other, NULL));
    pthread_create(&reader, NULL, read_to_the_end, NULL);
    say("ready\n");
    if (!strcmp(argv[1], "steps")) step_itself();
    else if (!strcmp(argv[1], "waits")) wait_for_a_thread();
    else if (!strcmp(argv[1], "comes to block")) come_to_block();
    else block();
    return 0;
}
