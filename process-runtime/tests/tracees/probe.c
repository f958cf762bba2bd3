/* Prints everything that a program inherits: what differs between a supervised and an unsupervised
 * run of it is interference. Left out is what cannot be hidden: TracerPid and Seccomp.
 * $HOST is the pid that should be the parent's. */
#include "tracee.h"
#include <dirent.h>
#include <sys/auxv.h>
#include <sys/personality.h>

extern char **environ;
static int by_text(const void *a, const void *b) { return strcmp(*(char **)a, *(char **)b); }

int main(int argc, char **argv) {
    for (int fd = 0; fd < 256; fd++) { /* First: nothing of our own is open yet. */
        int flags = fcntl(fd, F_GETFD), status = fcntl(fd, F_GETFL);
        if (flags == -1) { if (fd < 3) say("fd %d closed\n", fd); continue; }
        char path[32], target[256] = "";
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        (void)!readlink(path, target, sizeof target - 1);
        if (strchr(target, '[')) *strchr(target, '[') = 0; /* Inode numbers differ from run to run. */
        if (!strncmp(target, "/tmp/", 5)) strcpy(target, "a file");
        say("fd %d %s flags %#x %#x\n", fd, target, flags, status);
    }
    for (int i = 0; i < argc; i++) say("argv %d %s\n", i, i ? argv[i] : strrchr(argv[0], '/') ?: argv[0]);
    int n = 0;
    while (environ[n]) n++;
    qsort(environ, n, sizeof *environ, by_text);
    for (int i = 0; i < n; i++) say("env %s\n", environ[i]);
    /* Signals 32 and 33 are the C library's own: its posix_spawn ignores them, its fork does not. */
    static const char *const masks[] = {"SigPnd:", "ShdPnd:", "SigBlk:", "SigIgn:", "SigCgt:"};
    for (unsigned i = 0; i < sizeof masks / sizeof *masks; i++)
        say("%s %016lx\n", masks[i], strtoul(proc_line("/proc/self/status", masks[i]), NULL, 16) & ~0x180000000ul);
    static const char *const keys[] = {"Uid:", "Gid:",
        "Groups:", "CapInh:", "CapPrm:", "CapEff:", "CapBnd:", "CapAmb:", "NoNewPrivs:", "Threads:", "Umask:", "Cpus_allowed:",
        "Mems_allowed:", "CoreDumping:", "THP_enabled:"};
    for (unsigned i = 0; i < sizeof keys / sizeof *keys; i++) say("%s %s\n", keys[i], proc_line("/proc/self/status", keys[i]));
    for (int i = 0; i < RLIM_NLIMITS; i++) {
        struct rlimit limit;
        MUST(getrlimit(i, &limit));
        say("limit %d %lx %lx\n", i, limit.rlim_cur, limit.rlim_max);
    }
    char text[4096];
    say("cwd %s\n", getcwd(text, sizeof text) ?: strerror(errno));
    const char *host = getenv("HOST");
    say("parent %s\n", host && atoi(host) == getppid() ? "the host" : "another");
    say("group %s\n", getpgrp() == getpid() ? "own" : getpgrp() == getpgid(getppid()) ? "of the parent" : "another");
    say("session %s\n", getsid(0) == getpid() ? "own" : getsid(0) == getsid(getppid()) ? "of the parent" : "another");
    cpu_set_t cpus;
    MUST(sched_getaffinity(0, sizeof cpus, &cpus));
    say("cpus %d nice %d policy %d personality %#x\n", CPU_COUNT(&cpus), getpriority(PRIO_PROCESS, 0),
        sched_getscheduler(0), personality(0xffffffff));
    int pdeathsig = 0, subreaper = 0;
    prctl(PR_GET_PDEATHSIG, &pdeathsig), prctl(PR_GET_CHILD_SUBREAPER, &subreaper);
    say("pdeathsig %d subreaper %d dumpable %d keepcaps %d securebits %#x slack %d secure %lu\n", pdeathsig, subreaper,
        prctl(PR_GET_DUMPABLE), prctl(PR_GET_KEEPCAPS), prctl(PR_GET_SECUREBITS), prctl(PR_GET_TIMERSLACK), getauxval(AT_SECURE));
    static const char *const files[] = {"oom_score_adj", "coredump_filter", "cgroup", "comm", "timerslack_ns", "loginuid"};
    for (unsigned i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf(text, sizeof text, "/proc/self/%s", files[i]);
        say("%s %s\n", files[i], proc_line(text, ""));
    }
    stack_t stack;
    sigaltstack(NULL, &stack);
    say("altstack flags %d, itimer", stack.ss_flags);
    struct { long a, b, c, d; } timer = {0};
    syscall(SYS_getitimer, 0, &timer);
    say(" %ld\n", timer.c + timer.d);
    return 0;
}
