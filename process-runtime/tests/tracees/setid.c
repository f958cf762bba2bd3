/* Runs the id calls that its arguments name, `call:arg,arg,..` (a -1 keeps an id), and prints what
 * each answered and the ids afterwards. A leading `threads:N` makes N idle threads and then uses
 * glibc's wrappers, which make the call in every thread; without it the calls are raw. `show` only
 * prints the ids; `exec` executes the program in the next argument with the rest. */
#include "tracee.h"

static pthread_barrier_t ready;
static void *idle(void *arg) {
    pthread_barrier_wait(&ready);
    for (;;) pause();
    return arg;
}

int main(int argc, char **argv) {
    static const struct { const char *name; long nr; } calls[] = {
        {"setuid", SYS_setuid}, {"setgid", SYS_setgid}, {"setreuid", SYS_setreuid}, {"setregid", SYS_setregid},
        {"setresuid", SYS_setresuid}, {"setresgid", SYS_setresgid}, {"setfsuid", SYS_setfsuid}, {"setfsgid", SYS_setfsgid}};
    int threads = 0;
    for (int i = 1; i < argc; i++) {
        char *colon = strchr(argv[i], ':');
        long a[3] = {-1, -1, -1};
        if (colon) sscanf(colon + 1, "%ld,%ld,%ld", &a[0], &a[1], &a[2]), *colon = 0;
        if (!strcmp(argv[i], "threads")) {
            pthread_t thread;
            threads = a[0];
            pthread_barrier_init(&ready, NULL, threads + 1);
            for (int k = 0; k < threads; k++) pthread_create(&thread, NULL, idle, NULL);
            pthread_barrier_wait(&ready);
            continue;
        }
        if (!strcmp(argv[i], "exec")) { /* The rest of the arguments is for the next image, argv[i+1]. */
            execv(argv[i + 1], argv + i + 1);
            say("exec: %s\n", strerrorname_np(errno));
            return 98;
        }
        for (unsigned k = 0; k < sizeof calls / sizeof *calls; k++) {
            if (strcmp(argv[i], calls[k].name)) continue;
            errno = 0;
            long got = threads && calls[k].nr == SYS_setuid      ? setuid(a[0])
                       : threads && calls[k].nr == SYS_setgid    ? setgid(a[0])
                       : threads && calls[k].nr == SYS_setresuid ? setresuid(a[0], a[1], a[2])
                       : threads && calls[k].nr == SYS_setresgid ? setresgid(a[0], a[1], a[2])
                                                                 : syscall(calls[k].nr, a[0], a[1], a[2]);
            say("%s: %s, ", argv[i], got == -1 && errno ? strerrorname_np(errno) : "done");
        }
        say("uid %s, ", proc_line("/proc/thread-self/status", "Uid:"));
        say("gid %s\n", proc_line("/proc/thread-self/status", "Gid:"));
    }
    return 0;
}
