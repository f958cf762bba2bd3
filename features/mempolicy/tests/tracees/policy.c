/* Prints its memory policy as get_mempolicy(2) tells it, the mode and the nodes: its own, that of a thread,
 * of a child, of a child of vfork, and of a program that it executes. */
#include "tracee.h"
#include <linux/mempolicy.h>

static void tell(const char *who) {
    static const char *const names[] = {"default", "prefer", "bind", "interleave", "local"};
    int mode = -1;
    unsigned long nodes[16] = {0};
    MUST(syscall(SYS_get_mempolicy, &mode, nodes, 1024, NULL, 0));
    say("%s %s %lx\n", who, mode >= 0 && mode < 5 ? names[mode] : "other", nodes[0]);
}
static void *thread(void *arg) { return tell("thread"), arg; }

int main(int argc, char **argv) {
    tell(argc > 1 ? "program" : "command");
    if (argc > 1) return 0;
    pthread_t made;
    MUST(pthread_create(&made, NULL, thread, NULL) ? -1 : 0);
    pthread_join(made, NULL);
    pid_t child = MUST(fork());
    if (child == 0) tell("child"), _exit(0);
    reap(child);
    child = MUST(vfork());
    if (child == 0) execl("/proc/self/exe", argv[0], "again", NULL), _exit(98);
    say("%s\n", reap(child));
    tell("command");
    return 0;
}
