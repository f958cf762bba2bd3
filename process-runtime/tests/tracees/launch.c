/* Executes the program in its arguments with an unusual heritage: `launch WHAT.. -- PROGRAM ARG..`.
 * `block:N`, `ignore:N`: signal N; `close:N`: descriptor N; `limit:R:N`; `nice:N`; `umask:N`;
 * `group`: a process group of its own; `pidns:MAX`: a pid namespace with MAX ids, its own /proc;
 * `subreaper`. For what only a process's start can decide, or only unsafe code. */
#include "tracee.h"
#include <sys/mount.h>
#include <sys/stat.h>

static void pidns(int most) {
    MUST(unshare(CLONE_NEWPID | CLONE_NEWNS));
    pid_t first = MUST(fork());
    if (first != 0) { /* Outside: hand the status on. */
        int status;
        MUST(waitpid(first, &status, 0));
        if (WIFSIGNALED(status)) dprintf(2, "%s\n", verdict(status));
        exit(WIFEXITED(status) ? WEXITSTATUS(status) : 98);
    }
    MUST(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL));
    MUST(mount("proc", "/proc", "proc", 0, NULL));
    FILE *file = fopen("/proc/sys/kernel/pid_max", "w");
    if (!file || fprintf(file, "%d", most) < 0 || fclose(file)) exit(77);
    pid_t second = MUST(fork()); /* The namespace's init stays out of the way, and reaps. */
    if (second == 0) return;
    int status, result = 98;
    for (pid_t pid; (pid = wait(&status)) > 0;)
        if (pid == second) result = WIFEXITED(status) ? WEXITSTATUS(status) : 97;
    exit(result);
}

int main(int argc, char **argv) {
    int i;
    for (i = 1; i < argc && strcmp(argv[i], "--"); i++) {
        char *colon = strchr(argv[i], ':');
        long n = colon ? strtol(colon + 1, &colon, 0) : 0;
        sigset_t set;
        sigemptyset(&set);
        if (!strncmp(argv[i], "block:", 6)) sigaddset(&set, n), sigprocmask(SIG_BLOCK, &set, NULL);
        else if (!strncmp(argv[i], "ignore:", 7)) signal(n, SIG_IGN);
        else if (!strncmp(argv[i], "close:", 6)) close(n);
        else if (!strncmp(argv[i], "nice:", 5)) setpriority(PRIO_PROCESS, 0, n);
        else if (!strncmp(argv[i], "umask:", 6)) umask(n);
        else if (!strncmp(argv[i], "pidns:", 6)) pidns(n);
        else if (!strcmp(argv[i], "group")) setpgid(0, 0);
        else if (!strcmp(argv[i], "subreaper")) prctl(PR_SET_CHILD_SUBREAPER, 1);
        else if (!strncmp(argv[i], "limit:", 6)) {
            struct rlimit limit;
            MUST(getrlimit(n, &limit));
            limit.rlim_cur = strtol(colon + 1, NULL, 0);
            MUST(setrlimit(n, &limit));
        } else return 99;
    }
    if (i + 1 < argc) execvp(argv[i + 1], argv + i + 1);
    dprintf(2, "launch: %s\n", strerror(errno));
    return 99;
}
