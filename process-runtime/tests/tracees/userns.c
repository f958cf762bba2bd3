/* User namespaces: ids inside are others than outside, where a supervisor counts. A child unshares
 * (or is cloned) into a new user namespace, its parent maps ids 0..9 to `argv[1]`.. outside, the
 * child sets its uid and gid to 3 in there and forks. */
#include "tracee.h"

static void map(pid_t pid, const char *file, unsigned outside, unsigned n) {
    char path[64], line[64];
    snprintf(path, sizeof path, "/proc/%d/%s", pid, file);
    int fd = MUST(open(path, O_WRONLY));
    int length = snprintf(line, sizeof line, "0 %u %u\n", outside, n);
    MUST(write(fd, line, length));
    close(fd);
}

int main(int argc, char **argv) {
    unsigned outside = argc > 1 ? atoi(argv[1]) : 5000, n = geteuid() == 0 ? 10 : 1, inside = n == 1 ? 0 : 3;
    int ready[2], mapped[2];
    MUST(pipe(ready)), MUST(pipe(mapped));
    pid_t child = MUST(fork());
    if (child == 0) {
        if (unshare(CLONE_NEWUSER) == -1) _exit(77); /* Not allowed here: the test says so. */
        give(ready[1]);
        take(mapped[0]);
        MUST(syscall(SYS_setresgid, inside, inside, inside));
        MUST(syscall(SYS_setresuid, inside, inside, inside));
        say("inside %d %d\n", getuid(), getgid());
        pid_t grandchild = MUST(fork());
        if (grandchild == 0) _exit(getuid() == inside ? 4 : 5);
        say("grandchild %s\n", reap(grandchild));
        _exit(0);
    }
    take(ready[0]);
    if (n == 1) {
        char path[64];
        snprintf(path, sizeof path, "/proc/%d/setgroups", child);
        int fd = MUST(open(path, O_WRONLY));
        MUST(write(fd, "deny", 4));
        outside = geteuid();
    }
    map(child, "gid_map", n == 1 ? getegid() : outside, n);
    map(child, "uid_map", outside, n);
    give(mapped[1]);
    say("%s\n", reap(child));
    return 0;
}
