/* A storm of births that succeed, are refused, meet a limit, are interrupted and are killed:
 * `birthstorm ATTEMPTS SEED [CGROUP]`. Four workers, two of them with two threads, make tasks in
 * every way and count what their calls answered; timers and a pest send them signals all the while.
 * Prints the counts. A task that is killed inside a call cannot count it: only tasks that nobody
 * kills are counted, and the test leaves out the others by their ends. */
#include "tracee.h"
#include <linux/sched.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/time.h>

enum { WORKERS = 4, ERRNOS = 134, TIMER_US = 300 };
static struct shared {
    atomic_long tried, signals;
    atomic_long answers[ERRNOS]; /* 0: made. */
} *all;
static long attempts;
static int bell[2]; /* A worker's number, for the pest to send it a signal. */
static int victims[2];
static atomic_long progress; /* Of this process. */

/* A fork that met every signal would start again for ever: each one for the same attempt takes twice
 * as long to come. */
static void on_signal(int sig) {
    static long before;
    static int same;
    atomic_fetch_add(&all->signals, 1);
    if (sig != SIGALRM) return;
    same = before == progress ? same + (same < 12) : 0;
    before = progress;
    struct itimerval next = {.it_value.tv_usec = TIMER_US << same};
    if (same < 11) setitimer(ITIMER_REAL, &next, NULL);
}

static long counted(long got) {
    if (got != 0) atomic_fetch_add(&all->answers[got > 0 ? 0 : errno], 1), progress++;
    return got;
}
static long raw_fork(void) { return counted(syscall(SYS_fork)); }
static void *nothing(void *arg) { return arg; }
static int thread(pthread_t *made, void *(*body)(void *), void *arg) {
    errno = pthread_create(made, NULL, body, arg);
    counted(errno ? -1 : 1);
    return errno;
}

/* Forks and makes threads until it is killed. Its births are not counted. */
static void victim(void) {
    for (;;) {
        pthread_t made;
        pid_t child = fork();
        if (child == 0) _exit(0);
        (void)!write(victims[1], "f", 1);
        if (pthread_create(&made, NULL, nothing, NULL) == 0) pthread_join(made, NULL);
        (void)!write(victims[1], "t", 1);
        if (child > 0) waitpid(child, NULL, 0);
    }
}
static void a_victim(unsigned *seed) {
    pid_t child = fork();
    if (child == 0) victim();
    if (counted(child) == -1) return;
    for (int n = 1 + rand_r(seed) % 12; n > 0; n--) take(victims[0]);
    MUST(kill(child, SIGKILL));
    reap(child);
}

static void at_a_limit(void) {
    struct rlimit before, none;
    MUST(getrlimit(RLIMIT_NPROC, &before));
    none = before, none.rlim_cur = 0;
    MUST(setrlimit(RLIMIT_NPROC, &none));
    pid_t child = raw_fork();
    if (child == 0) _exit(0);
    none.rlim_cur = none.rlim_max;
    MUST(setrlimit(RLIMIT_NPROC, &none));
    if (child > 0) reap(child);
}

static void attempt(unsigned *seed, int single) {
    struct clone_args args = {.exit_signal = SIGCHLD};
    pthread_t made;
    pid_t child = -1;
    switch (rand_r(seed) % 16) {
    case 0: case 1: case 2: child = raw_fork(); break;
    case 3: case 4: child = vfork(); if (child) counted(child); break;
    case 5: case 6: child = counted(syscall(SYS_clone3, &args, sizeof args)); break;
    case 7: case 8: if (!thread(&made, nothing, NULL)) pthread_join(made, NULL); return;
    case 9: counted(syscall(SYS_clone, CLONE_THREAD | SIGCHLD, 0, 0, 0, 0)); return;
    case 10: at_a_limit(); return;
    case 11: /* Killed at any moment from its birth on. */
        if ((child = raw_fork()) == 0) for (;;) pause();
        if (child > 0) MUST(kill(child, SIGKILL));
        break;
    case 12: /* A grandchild that outlives its parent, or not. */
        if ((child = raw_fork()) == 0) raw_fork(), _exit(0);
        break;
    default:
        if (single) return a_victim(seed);
        child = raw_fork();
    }
    if (child == 0) _exit(0);
    if (child > 0) reap(child);
}

struct job { int number; unsigned seed; int single; };
static void *work(void *arg) {
    struct job *job = arg;
    for (long n = 0; atomic_fetch_add(&all->tried, 1) < attempts; n++) {
        if (n % 4 == 0) (void)!write(bell[1], (char[]){job->number}, 1);
        attempt(&job->seed, job->single);
    }
    return NULL;
}
static void worker(int number, unsigned seed) {
    struct job jobs[2] = {{number, seed, number < 2}, {number, seed + 100, 0}};
    pthread_t second;
    struct itimerval first = {.it_value.tv_usec = TIMER_US};
    MUST(pipe(victims));
    MUST(setitimer(ITIMER_REAL, &first, NULL));
    if (!jobs->single)
        while (thread(&second, work, &jobs[1])) {}
    work(&jobs[0]);
    if (!jobs->single) pthread_join(second, NULL);
    exit(0);
}
/* A worker that has ended is not confused with another's process. */
static void pest(const int *workers) {
    char number;
    MUST(close(bell[1]));
    while (read(bell[0], &number, 1) == 1)
        syscall(SYS_pidfd_send_signal, workers[(int)number], SIGUSR1, NULL, 0);
    _exit(0);
}

static void become_ordinary(const char *cgroup) {
    if (cgroup) {
        char path[512];
        snprintf(path, sizeof path, "%s/cgroup.procs", cgroup);
        int fd = MUST(open(path, O_WRONLY | O_CLOEXEC));
        MUST(write(fd, "0", 1));
        MUST(close(fd));
    }
    if (geteuid() == 0) MUST(setresgid(54321, 54321, 54321)), MUST(setresuid(54321, 54321, 54321));
}

int main(int argc, char **argv) {
    attempts = argc > 1 ? atol(argv[1]) : 1000;
    unsigned seed = argc > 2 ? atoi(argv[2]) : 1;
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    int workers[WORKERS];
    pid_t child;
    become_ordinary(argc > 3 ? argv[3] : NULL);
    all = mmap(NULL, sizeof *all, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    MUST(prctl(PR_SET_CHILD_SUBREAPER, 1));
    MUST(pipe(bell));
    sigaction(SIGUSR1, &action, NULL), sigaction(SIGALRM, &action, NULL);
    for (int i = 0; i < WORKERS; i++) {
        do child = raw_fork();
        while (child == -1);
        if (child == 0) close(bell[0]), worker(i, seed * 1000 + i);
        workers[i] = MUST(syscall(SYS_pidfd_open, child, 0));
    }
    do child = raw_fork();
    while (child == -1);
    if (child == 0) pest(workers);
    MUST(close(bell[0])), MUST(close(bell[1]));
    do child = waitpid(-1, NULL, 0);
    while (child > 0 || errno == EINTR);
    for (int i = 0; i < ERRNOS; i++)
        if (all->answers[i]) say("%s %ld\n", i ? strerrorname_np(i) : "made", all->answers[i]);
    return all->signals == 0;
}
