/* What every tracee starts with: loud failure and unbuffered output.
 *
 * A tracee provokes one surprise of the kernel and prints what it saw itself, so that the
 * same program gives the same lines with and without a supervisor. Nothing here sleeps: every
 * order is made with pipes and waits. Exit code 99 means that the tracee itself broke. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#define MUST(call)                                                                       \
    ({                                                                                   \
        long must_ = (long)(call);                                                       \
        if (must_ == -1) {                                                               \
            dprintf(2, "%s:%d: %s: %s\n", __FILE__, __LINE__, #call, strerror(errno));   \
            _exit(99);                                                                   \
        }                                                                                \
        must_;                                                                           \
    })
#define say(...) dprintf(1, __VA_ARGS__)

/* "code 3", "SIG9", "stopped 19" or "continued": a wait status as the tests write it. */
static inline const char *verdict(int status) {
    static __thread char text[32];
    if (WIFEXITED(status)) snprintf(text, sizeof text, "code %d", WEXITSTATUS(status));
    else if (WIFSIGNALED(status)) snprintf(text, sizeof text, "SIG%d", WTERMSIG(status));
    else if (WIFSTOPPED(status)) snprintf(text, sizeof text, "stopped %d", WSTOPSIG(status));
    else snprintf(text, sizeof text, "continued");
    return text;
}

/* Waits for one child and answers its verdict. */
static inline const char *reap(pid_t pid) {
    int status;
    pid_t got;
    do got = waitpid(pid, &status, __WALL);
    while (got == -1 && errno == EINTR);
    MUST(got);
    return verdict(status);
}

/* A byte through a pipe is the only synchronisation that tracees use. */
static inline void give(int fd) { MUST(write(fd, "x", 1)); }
static inline void take(int fd) {
    char byte;
    ssize_t got;
    do got = read(fd, &byte, 1);
    while (got == -1 && errno == EINTR);
    MUST(got);
}

/* The state letter of /proc/PID/stat ('?' when there is no such task). */
static inline char state_of(pid_t pid) {
    char path[64], text[512];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd == -1) return '?';
    ssize_t got = read(fd, text, sizeof text - 1);
    close(fd);
    if (got <= 0) return '?';
    text[got] = 0;
    char *paren = strrchr(text, ')');
    return paren ? paren[2] : '?';
}

/* One line of /proc/PATH that starts with `key`, without the key; "" when there is none. */
static inline const char *proc_line(const char *path, const char *key) {
    static __thread char line[512];
    FILE *file = fopen(path, "re");
    const char *found = "";
    while (file && fgets(line, sizeof line, file))
        if (!strncmp(line, key, strlen(key))) {
            line[strcspn(line, "\n")] = 0;
            found = line + strlen(key);
            while (*found == '\t' || *found == ' ') found++;
            break;
        }
    if (file) fclose(file);
    return found;
}

static inline pid_t my_tid(void) { return (pid_t)syscall(SYS_gettid); }
