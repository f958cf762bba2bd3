/* Runs the calls that its arguments name and prints what each answered:
 *   groups:5,6    setgroups(2)               capset      sets the capabilities that it has
 *   groups16:5    the 32-bit one of 16 bits   drop        sets no capabilities
 *   groups32:5    the 32-bit one of 32 bits   capset32    as capset, by the 32-bit call
 *   unshare:user  a new user namespace        unshare:fs  nothing of a user namespace
 *   child:user    a child with clone(CLONE_NEWUSER)
 *   join:user     setns(2), as user or as any kind, into the user namespace of a child that made one
 *   join:any      join:uts  the same with its UTS namespace
 *   threads:N     makes N idle threads; from then on groups: is glibc's, in every thread */
#include "tracee.h"
#include <grp.h>
#include <linux/capability.h>
#include <sys/mman.h>

static pthread_barrier_t ready;
static void *idle(void *arg) {
    pthread_barrier_wait(&ready);
    for (;;) pause();
    return arg;
}

static long int80(long nr, long a, long b) {
    register long r8 __asm__("r8") = 0, r9 __asm__("r9") = 0, r10 __asm__("r10") = 0, r11 __asm__("r11") = 0;
    __asm__ volatile("int $0x80" : "+a"(nr), "+r"(r8), "+r"(r9), "+r"(r10), "+r"(r11)
                     : "b"(a), "c"(b) : "memory", "cc");
    errno = (int)nr < 0 ? -(int)nr : 0;
    return (int)nr < 0 ? -1 : (int)nr;
}

/* Memory that a 32-bit pointer reaches. */
static char *low(void) {
    static char *page;
    if (!page) page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    return page;
}

struct caps {
    struct __user_cap_header_struct header;
    struct __user_cap_data_struct data[2];
};

static struct caps *own_caps(void) {
    struct caps *caps = (struct caps *)low();
    caps->header = (struct __user_cap_header_struct){_LINUX_CAPABILITY_VERSION_3, 0};
    MUST(syscall(SYS_capget, &caps->header, caps->data));
    return caps;
}

static long setcaps(const char *name) {
    struct caps *caps = own_caps();
    if (!strcmp(name, "drop")) memset(caps->data, 0, sizeof caps->data);
    if (!strcmp(name, "capset32")) return int80(185, (long)&caps->header, (long)caps->data);
    return syscall(SYS_capset, &caps->header, caps->data);
}

static long groups(const char *name, char *list, int threads) {
    gid_t ids[8];
    int n = 0;
    for (char *word = strtok(list, ","); word; word = strtok(NULL, ",")) ids[n++] = atoi(word);
    if (!strcmp(name, "groups")) return threads ? setgroups(n, ids) : syscall(SYS_setgroups, n, ids);
    for (int i = 0; i < n; i++) {
        if (!strcmp(name, "groups16")) ((uint16_t *)low())[i] = ids[i];
        else ((uint32_t *)low())[i] = ids[i];
    }
    return int80(!strcmp(name, "groups16") ? 81 : 206, n, (long)low());
}

/* A child makes namespaces of its own; we enter one of them. */
static long join(const char *kind) {
    int made[2], done[2], is_uts = !strcmp(kind, "uts");
    char path[64];
    MUST(pipe(made)), MUST(pipe(done));
    pid_t child = MUST(fork());
    if (child == 0) {
        MUST(syscall(SYS_unshare, CLONE_NEWUSER | CLONE_NEWUTS));
        give(made[1]), take(done[0]), _exit(0);
    }
    take(made[0]);
    snprintf(path, sizeof path, "/proc/%d/ns/%s", child, is_uts ? "uts" : "user");
    int fd = MUST(open(path, O_RDONLY));
    long got = syscall(SYS_setns, fd, strcmp(kind, "user") ? 0 : CLONE_NEWUSER);
    int error = errno;
    give(done[1]), reap(child);
    errno = error;
    return got;
}

static long child_with(unsigned long flags) {
    long child = syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
    if (child == 0) _exit(0);
    return child > 0 ? (reap(child), 0) : child;
}

int main(int argc, char **argv) {
    int threads = 0;
    for (int i = 1; i < argc; i++) {
        char *name = strtok(argv[i], ":"), *rest = strtok(NULL, "");
        long got = 0;
        if (!strcmp(name, "threads")) {
            pthread_t thread;
            threads = atoi(rest);
            pthread_barrier_init(&ready, NULL, threads + 1);
            for (int k = 0; k < threads; k++) pthread_create(&thread, NULL, idle, NULL);
            pthread_barrier_wait(&ready);
        } else if (!strncmp(name, "groups", 6)) got = groups(name, rest, threads);
        else if (!strcmp(name, "unshare")) got = syscall(SYS_unshare, strcmp(rest, "user") ? CLONE_FS : CLONE_NEWUSER);
        else if (!strcmp(name, "child")) got = child_with(CLONE_NEWUSER);
        else if (!strcmp(name, "join")) got = join(rest);
        else got = setcaps(name);
        say("%s: %s\n", name, got == -1 ? strerrorname_np(errno) : "done");
    }
    return 0;
}
