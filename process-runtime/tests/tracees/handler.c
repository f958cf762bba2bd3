/* Sends itself SIGUSR1 with a system call written here, so that every instruction between that and the next one is
 * known: a handler of three, what the C library has for a handler to return to, and back. */
#include "tracee.h"

void handler(int);
__asm__(".pushsection .text\n"
        ".globl handler\n"
        "handler:\n"
        "    nop\n"
        "    incl handled(%rip)\n"
        "    ret\n"
        ".popsection\n");
volatile int handled;

int main(void) {
    MUST(signal(SIGUSR1, handler) == SIG_ERR ? -1 : 0);
    long pid = getpid(), tid = gettid(), result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "0"((long)SYS_tgkill), "D"(pid), "S"(tid), "d"((long)SIGUSR1)
                     : "rcx", "r11", "memory");
    say("result %ld, handled %d\n", result, handled);
    return 0;
}
