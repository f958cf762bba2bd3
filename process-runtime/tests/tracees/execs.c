/* Execs that fail, each with its errno, and one that succeeds, in the way that argv[1] names:
 * `path`, `fd` (fexecve), `memory` (an anonymous file), `relative` (execveat with a directory).
 * The events tell of the success only, once, also for a script and its interpreter. */
#include "tracee.h"
#include <sys/mman.h>

extern char **environ;

int main(int argc, char **argv) {
    if (argc < 3) return 99;
    char *program = argv[2], huge[200000], *name = strrchr(program, '/') + 1;
    char *args[] = {name, "with", "ar\xff\xfegs", "", NULL}, *too_big[] = {program, huge, NULL};
    memset(huge, 'x', sizeof huge), huge[sizeof huge - 1] = 0;
    execv("/nonexistent/program", args);
    say("missing: %s\n", strerrorname_np(errno));
    execv("/", args);
    say("directory: %s\n", strerrorname_np(errno));
    execv("/proc/self/status", args);
    say("not executable: %s\n", strerrorname_np(errno));
    execv(program, too_big);
    say("too big: %s\n", strerrorname_np(errno));
    execve((char *)(uintptr_t)getpagesize() - 1, args, environ);
    say("bad pointer: %s\n", strerrorname_np(errno));
    if (!strcmp(argv[1], "path")) execve(program, args, environ);
    int fd = MUST(open(program, O_RDONLY | O_CLOEXEC));
    if (!strcmp(argv[1], "fd")) fexecve(fd, args, environ);
    if (!strcmp(argv[1], "memory")) {
        int copy = MUST(memfd_create("program", MFD_CLOEXEC));
        char page[4096];
        for (ssize_t got; (got = MUST(read(fd, page, sizeof page))) > 0;) MUST(write(copy, page, got));
        fexecve(copy, args, environ);
    }
    *strrchr(program, '/') = 0;
    int dir = MUST(open(program, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!strcmp(argv[1], "relative")) syscall(SYS_execveat, dir, name, args, environ, 0);
    say("exec: %s\n", strerrorname_np(errno));
    return 98;
}
