/* The x32 numbers (bit 30) where the kernel has them or not: whatever the answer is, a filter for
 * x86-64 must not change it. */
#include "tracee.h"

int main(void) {
    long pid = syscall(0x40000000 | SYS_getpid);
    say("getpid: %s\n", pid == -1 ? strerrorname_np(errno) : "works");
    long child = syscall(0x40000000 | SYS_fork);
    if (child == 0) _exit(3);
    say("fork: %s\n", child == -1 ? strerrorname_np(errno) : reap(child));
    long ids = syscall(0x40000000 | SYS_setuid, getuid());
    say("setuid: %s\n", ids == -1 ? strerrorname_np(errno) : "works");
    return 0;
}
