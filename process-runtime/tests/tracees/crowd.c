/* Processes and threads that wait in every call that a stop could make answer EINTR, again and again, and count what they see:
 *
 *     crowd PROCESSES THREADS FORKERS MILLISECONDS
 *
 * Each call has a timeout of so many milliseconds (or somebody who ends it after that), so an answer before it, or another than the one
 * of a timeout, is a disturbance. FORKERS more processes fork and wait, again and again. A byte on standard input ends it all; then a
 * line for each kind of call with what was counted.
 *
 * Whoever forks does nothing else, and has no thread that waits: SIGCHLD, which is ignored, may then go to that thread, and interrupts
 * it in any traced process (kernel/signal.c `sig_ignored`); nobody can repair it where another thread has taken the signal meanwhile. */
#include "tracee.h"
#include <linux/futex.h>
#include <linux/io_uring.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>

#define KINDS 12
static const char *names[KINDS] = {"epoll_wait", "epoll_pwait2", "sigtimedwait", "recv", "nanosleep", "futex",
                                   "poll", "accept", "connect", "msgrcv", "semtimedop", "io_uring_enter"};
static struct shared {
    int over;
    unsigned long calls[KINDS], interrupted[KINDS], early[KINDS], odd[KINDS], births, lost;
} *shared;
static long ms;

static long now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000 + time.tv_nsec / 1000;
}
static struct timespec span(void) { return (struct timespec){ms / 1000, ms % 1000 * 1000000}; }
#define IMPATIENT(fd, option)                                                            \
    ({                                                                                   \
        struct timeval time = {ms / 1000, ms % 1000 * 1000};                             \
        MUST(setsockopt(fd, SOL_SOCKET, option, &time, sizeof time));                    \
    })

/* What a kind of call waits on. */
struct place {
    int fd, other;
    struct sockaddr_un name;
    unsigned word;
};

static void prepare(int kind, struct place *at) {
    int pair[2], family = sizeof(sa_family_t) + 6;
    memset(at, 0, sizeof *at);
    switch (kind) {
    case 0: case 1: at->fd = MUST(epoll_create1(0)); break;
    case 3: MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair)), at->fd = pair[0], IMPATIENT(at->fd, SO_RCVTIMEO); break;
    case 7: case 8:
        at->name.sun_family = AF_UNIX; /* The kernel chooses a name. */
        at->fd = MUST(socket(AF_UNIX, SOCK_STREAM, 0));
        MUST(bind(at->fd, (void *)&at->name, sizeof(sa_family_t)));
        socklen_t length = family;
        MUST(getsockname(at->fd, (void *)&at->name, &length));
        MUST(listen(at->fd, 0));
        IMPATIENT(at->fd, SO_RCVTIMEO);
        if (kind == 8) { /* The one place in the queue is taken. */
            MUST(connect(MUST(socket(AF_UNIX, SOCK_STREAM, 0)), (void *)&at->name, family));
            at->other = MUST(socket(AF_UNIX, SOCK_STREAM, 0)), IMPATIENT(at->other, SO_SNDTIMEO);
        }
        break;
    case 9: at->fd = MUST(msgget(IPC_PRIVATE, 0600)); break;
    case 10: at->fd = MUST(semget(IPC_PRIVATE, 1, 0600)); break;
    case 11: {
        struct io_uring_params params = {0};
        at->fd = syscall(SYS_io_uring_setup, 4, &params);
    }
    }
}

/* 0: as a timeout answers. 1: something else. -1: EINTR. */
static int call(int kind, struct place *at) {
    struct epoll_event event;
    struct timespec time = span();
    struct pollfd none;
    struct sembuf down = {0, -1, 0};
    sigset_t usr2;
    char byte;
    long got = 0, wanted = -1;
    int why = 0;
    errno = 0;
    switch (kind) {
    case 0: got = epoll_wait(at->fd, &event, 1, ms), wanted = 0; break;
    case 1: got = syscall(SYS_epoll_pwait2, at->fd, &event, 1, &time, NULL, 0), wanted = 0; break;
    case 2:
        sigemptyset(&usr2), sigaddset(&usr2, SIGUSR2);
        got = sigtimedwait(&usr2, NULL, &time), why = EAGAIN;
        break;
    case 3: got = recv(at->fd, &byte, 1, 0), why = EAGAIN; break;
    case 4: got = nanosleep(&time, NULL), wanted = 0; break;
    case 5: got = syscall(SYS_futex, &at->word, FUTEX_WAIT_PRIVATE, 0, &time, NULL, 0), why = ETIMEDOUT; break;
    case 6: got = poll(&none, 0, ms), wanted = 0; break;
    case 7: got = accept(at->fd, NULL, NULL), why = EAGAIN; break;
    case 8: got = connect(at->other, (void *)&at->name, sizeof(sa_family_t) + 6), why = EAGAIN; break;
    case 9: {
        struct { long type; char text[8]; } message;
        got = msgrcv(at->fd, &message, 8, 0, 0), wanted = 8;
        break;
    }
    case 10: got = semtimedop(at->fd, &down, 1, &time), why = EAGAIN; break;
    case 11: {
        struct __kernel_timespec limit = {time.tv_sec, time.tv_nsec};
        struct io_uring_getevents_arg arg = {.ts = (uintptr_t)&limit};
        unsigned flags = IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG;
        got = syscall(SYS_io_uring_enter, at->fd, 0, 1, flags, &arg, sizeof arg), why = ETIME;
    }
    }
    if (got == -1 && errno == EINTR) return -1;
    return got == wanted && (got != -1 || errno == why) ? 0 : 1;
}

/* Ends the waits in msgrcv, which has no timeout. */
static void *post(void *arg) {
    struct { long type; char text[8]; } message = {1, ""};
    struct timespec time = span();
    int over;
    do {
        over = shared->over; /* Who has not seen it yet waits once more: the last message is for that. */
        nanosleep(&time, NULL);
        MUST(msgsnd(((struct place *)arg)->fd, &message, 8, 0));
    } while (!over);
    return NULL;
}

static void *wait_again_and_again(void *arg) {
    int kind = (intptr_t)arg;
    struct place at;
    pthread_t poster;
    prepare(kind, &at);
    if (kind == 9) MUST(pthread_create(&poster, NULL, post, &at) ? -1 : 0);
    while (!shared->over && at.fd != -1) {
        long begin = now();
        int answer = call(kind, &at);
        __atomic_add_fetch(&shared->calls[kind], 1, __ATOMIC_RELAXED);
        if (answer) __atomic_add_fetch(answer < 0 ? &shared->interrupted[kind] : &shared->odd[kind], 1, __ATOMIC_RELAXED);
        else if (kind != 9 && now() - begin < ms * 1000) __atomic_add_fetch(&shared->early[kind], 1, __ATOMIC_RELAXED);
    }
    if (kind == 9) pthread_join(poster, NULL), msgctl(at.fd, IPC_RMID, NULL);
    if (kind == 10) semctl(at.fd, 0, IPC_RMID);
    return NULL;
}

/* Forks, waits, and has some children make one of their own. */
static void fork_and_wait(void) {
    for (int n = 0; !shared->over; n++) {
        pid_t child = fork();
        if (!child) _exit(n % 3 ? 0 : (child = fork()) ? strcmp(reap(child), "code 0") != 0 : 0);
        __atomic_add_fetch(&shared->births, 1, __ATOMIC_RELAXED);
        if (child == -1 || strcmp(reap(child), "code 0")) __atomic_add_fetch(&shared->lost, 1, __ATOMIC_RELAXED);
        usleep(500);
    }
}

int main(int argc, char **argv) {
    if (argc != 5) return 99;
    int processes = atoi(argv[1]), threads = atoi(argv[2]), forkers = atoi(argv[3]), kind = 0;
    ms = atoi(argv[4]);
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int ready[2];
    MUST(pipe(ready));
    sigset_t usr2;
    sigemptyset(&usr2), sigaddset(&usr2, SIGUSR2);
    MUST(sigprocmask(SIG_BLOCK, &usr2, NULL));
    for (int n = 0; n < forkers; n++)
        if (!MUST(fork())) fork_and_wait(), _exit(0);
    for (int n = 0; n < processes; n++) {
        if (MUST(fork())) {
            kind += threads;
            continue;
        }
        pthread_t thread[threads];
        for (int m = 0; m < threads; m++)
            MUST(pthread_create(&thread[m], NULL, wait_again_and_again, (void *)(intptr_t)((kind + m) % KINDS)) ? -1 : 0);
        give(ready[1]);
        for (int m = 0; m < threads; m++) pthread_join(thread[m], NULL);
        _exit(0);
    }
    for (int n = 0; n < processes; n++) take(ready[0]);
    say("ready\n");
    if (read(0, &(char){0}, 1) == -1) return 99; /* The end of it will do. */
    shared->over = 1;
    int bad = 0;
    for (int n = 0; n < processes + forkers; n++) bad += strcmp(reap(-1), "code 0") != 0;
    for (int k = 0; k < KINDS; k++)
        say("%s: %s, %lu EINTR, %lu early, %lu odd\n", names[k], shared->calls[k] ? "called" : "never",
            shared->interrupted[k], shared->early[k], shared->odd[k]);
    say("%lu children lost, %d processes failed\n", shared->lost, bad);
    unsigned long calls = 0;
    for (int k = 0; k < KINDS; k++) calls += shared->calls[k];
    dprintf(2, "crowd: %lu calls, %lu births\n", calls, shared->births);
    return 0;
}
