/* 32-bit system calls from 64-bit code: `int 0x80` has numbers of its own, and the tables of a
 * filter or decoder that looks at the number only take fork (2) for open, setuid (23) for select.
 * Forks, makes a vfork child, changes ids in a child, executes argv[1] by the 32-bit execve. */
#include "tracee.h"
#include <sys/mman.h>

enum { FORK = 2, EXECVE = 11, GETPID = 20, SETUID16 = 23, SETGID32 = 214, SETRESUID32 = 208, VFORK = 190, CLONE = 120 };

static inline long int80(long nr, long a, long b, long c, long d, long e) {
    register long r8 __asm__("r8") = 0, r9 __asm__("r9") = 0, r10 __asm__("r10") = 0, r11 __asm__("r11") = 0;
    __asm__ volatile("int $0x80" : "+a"(nr), "+r"(r8), "+r"(r9), "+r"(r10), "+r"(r11)
                     : "b"(a), "c"(b), "d"(c), "S"(d), "D"(e) : "memory", "cc");
    return (int)nr;
}

int main(int argc, char **argv) {
    say("getpid %s\n", int80(GETPID, 0, 0, 0, 0, 0) == getpid() ? "right" : "wrong");
    long child = int80(FORK, 0, 0, 0, 0, 0);
    if (child == 0) _exit(2);
    say("fork %s\n", child > 0 ? reap(child) : "failed");
    child = int80(CLONE, SIGCHLD, 0, 0, 0, 0);
    if (child == 0) _exit(int80(GETPID, 0, 0, 0, 0, 0) == getpid() ? 3 : 4);
    say("clone %s\n", child > 0 ? reap(child) : "failed");
    child = int80(CLONE, CLONE_UNTRACED | SIGCHLD, 0, 0, 0, 0);
    if (child == 0) _exit(setuid(getuid()) == 0 ? 5 : 6);
    say("untraced %s\n", child > 0 ? reap(child) : "failed");
    child = fork();
    if (child == 0) {
        if (geteuid() == 0) {
            if (int80(SETGID32, 1234, 0, 0, 0, 0) || getgid() != 1234) _exit(90);
            if (int80(SETRESUID32, -1, 4321, -1, 0, 0) || geteuid() != 4321) _exit(91);
            if (int80(SETUID16, 0, 0, 0, 0, 0) || geteuid() != 0) _exit(92);
        }
        if (argc < 2) _exit(7);
        /* Pointers of the 32-bit execve are 32 bits long. */
        uint32_t *low = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
        char *path = (char *)(low + 8);
        strcpy(path, argv[1]);
        low[0] = (uint32_t)(uintptr_t)path, low[1] = 0;
        _exit(-int80(EXECVE, (long)path, (long)low, (long)(low + 1), 0, 0));
    }
    say("ids and exec %s\n", reap(child));
    return 0;
}
