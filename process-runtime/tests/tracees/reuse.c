/* One tid for many lives: /proc/sys/kernel/ns_last_pid says which id comes next, so that a process
 * and a thread get the id that the last one had, as soon as it is free. Needs root. `reuse N`. */
#include "tracee.h"

static volatile pid_t thread_tid;
static void *tell(void *arg) {
    thread_tid = my_tid();
    return arg;
}

int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 100, reused = 0;
    int fd = open("/proc/sys/kernel/ns_last_pid", O_WRONLY);
    if (fd == -1) return say("%s\n", strerrorname_np(errno)), 77;
    pid_t wanted = MUST(fork());
    if (wanted == 0) _exit(0);
    reap(wanted);
    for (int i = 0; i < n; i++) {
        char text[16];
        int length = snprintf(text, sizeof text, "%d", wanted - 1);
        MUST(pwrite(fd, text, length, 0));
        pid_t got;
        if (i % 2) {
            pthread_t thread;
            MUST(pthread_create(&thread, NULL, tell, NULL) ? -1 : 0);
            pthread_join(thread, NULL);
            got = thread_tid;
        } else {
            got = MUST(fork());
            if (got == 0) _exit(i % 100);
            if (atoi(reap(got) + 5) != i % 100) say("wrong status\n");
        }
        if (got == wanted) reused++;
    }
    say("%d lives, %s\n", n, reused > n / 4 ? "one tid" : "many tids");
    return 0;
}
