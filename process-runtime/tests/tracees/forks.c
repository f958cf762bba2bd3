/* Makes children with raw calls until there is a byte on standard input, and checks what is left of the call: the registers of its
 * arguments, and the memory that one of them points to. Each child checks its own copies. A child, or ENFILE; everything else is wrong. */
#include "tracee.h"
#include <linux/sched.h>
#include <poll.h>

#ifndef CLONE_UNTRACED
#define CLONE_UNTRACED 0x00800000
#endif

static unsigned long made, refused, wrong;

/* The result, and whether all arguments are as they were. */
static long call(long number, long a, long b, int *intact) {
    register long rax asm("rax") = number, rdi asm("rdi") = a, rsi asm("rsi") = b, rdx asm("rdx") = 0x1111,
                  r10 asm("r10") = 0, r8 asm("r8") = 0x3333, r9 asm("r9") = 0x4444;
    /* clone(2) takes no notice of these where no flag asks for it. */
    asm volatile("syscall" : "+r"(rax), "+r"(rdi), "+r"(rsi), "+r"(rdx), "+r"(r10), "+r"(r8), "+r"(r9) : : "rcx", "r11", "memory");
    *intact = rdi == a && rsi == b && rdx == 0x1111 && r10 == 0 && r8 == 0x3333 && r9 == 0x4444;
    return rax;
}

static void attempt(int way) {
    struct clone_args args = {.flags = way == 2 ? CLONE_UNTRACED : 0, .exit_signal = SIGCHLD}, before = args;
    int intact;
    long pid = way == 0 ? call(SYS_fork, 0, 0, &intact)
             : way == 3 ? call(SYS_clone, CLONE_UNTRACED | SIGCHLD, 0, &intact)
                        : call(SYS_clone3, (long)&args, sizeof args, &intact);
    intact &= !memcmp(&args, &before, sizeof args);
    if (pid == 0) _exit(intact ? 0 : 1);
    if (pid > 0) made++, wrong += strcmp(reap(pid), "code 0") != 0;
    else if (pid == -ENFILE) refused++;
    else wrong++;
    wrong += !intact;
}

int main(void) {
    struct pollfd input = {0, POLLIN, 0};
    say("ready\n");
    for (int n = 0; poll(&input, 1, 0) == 0; n++) attempt(n % 4);
    say("%s made\n%s refused\n%lu wrong\n", made ? "some" : "none", refused ? "some" : "none", wrong);
    return 0;
}
