/* Prints where it and its children may run: a thread, a child, a child of a parent that has taken itself
 * to every processor, and a program. */
#include "tracee.h"

static void tell(const char *who) { say("%s %s\n", who, proc_line("/proc/thread-self/status", "Cpus_allowed_list:")); }
static void *thread(void *arg) { return tell("thread"), arg; }

int main(int argc, char **argv) {
    tell(argc > 1 ? "program" : "command");
    if (argc > 1) return 0;
    pthread_t made;
    MUST(pthread_create(&made, NULL, thread, NULL) ? -1 : 0);
    pthread_join(made, NULL);
    for (int elsewhere = 0; elsewhere < 2; elsewhere++) {
        cpu_set_t all;
        memset(&all, 0xff, sizeof all);
        if (elsewhere) MUST(sched_setaffinity(0, sizeof all, &all));
        pid_t child = MUST(fork());
        if (child == 0) tell(elsewhere ? "child of one elsewhere" : "child"), _exit(0);
        reap(child);
    }
    pid_t child = MUST(vfork());
    if (child == 0) execl("/proc/self/exe", argv[0], "again", NULL), _exit(98);
    say("%s\n", reap(child));
    return 0;
}
