/* Runs the id calls that its arguments name, `call:arg,arg,..` (a -1 keeps an id), and prints what
 * each answered and the ids afterwards. A leading `threads:N` makes N idle threads and then uses
 * glibc's wrappers, which make the call in every thread; without it the calls are raw. After `abi:32`
 * they are the 32-bit ones (int 0x80), after `abi:16` the older ones with ids of 16 bits. `show` only
 * prints the ids; `capset` sets the capabilities that it has; `exec` executes the program in the next argument with the rest. */
#include "tracee.h"
#include <linux/capability.h>

static pthread_barrier_t ready;
static void *idle(void *arg) {
    pthread_barrier_wait(&ready);
    for (;;) pause();
    return arg;
}

static long int80(long nr, long a, long b, long c) {
    register long r8 __asm__("r8") = 0, r9 __asm__("r9") = 0, r10 __asm__("r10") = 0, r11 __asm__("r11") = 0;
    __asm__ volatile("int $0x80" : "+a"(nr), "+r"(r8), "+r"(r9), "+r"(r10), "+r"(r11)
                     : "b"(a), "c"(b), "d"(c) : "memory", "cc");
    int got = nr;
    if (got < 0 && got > -4096) return errno = -got, -1;
    return got;
}

int main(int argc, char **argv) {
    static const long of_32[] = {213, 214, 203, 204, 208, 210, 215, 216}, of_16[] = {23, 46, 70, 71, 164, 170, 138, 139};
    const long *compat = NULL;
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
        if (!strcmp(argv[i], "abi")) {
            compat = a[0] == 32 ? of_32 : of_16;
            continue;
        }
        if (!strcmp(argv[i], "exec")) { /* The rest of the arguments is for the next image, argv[i+1]. */
            execv(argv[i + 1], argv + i + 1);
            say("exec: %s\n", strerrorname_np(errno));
            return 98;
        }
        if (!strcmp(argv[i], "capset")) {
            struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
            struct __user_cap_data_struct data[2];
            MUST(syscall(SYS_capget, &header, data)), MUST(syscall(SYS_capset, &header, data));
        }
        for (unsigned k = 0; k < sizeof calls / sizeof *calls; k++) {
            if (strcmp(argv[i], calls[k].name)) continue;
            errno = 0;
            long got = compat ? int80(compat[k], a[0], a[1], a[2])
                       : threads && calls[k].nr == SYS_setuid      ? setuid(a[0])
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
