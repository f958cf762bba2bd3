/* Computes and waits in turns, in every kind of wait, until its input ends, and counts what should not happen: calls that
 * answer EINTR, timeouts that are over early, and transfers that are cut short. Its arguments: a seed, and how many threads
 * do so. */
#include "tracee.h"
#include <linux/futex.h>
#include <linux/io_uring.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

enum { BIG = 1 << 18, SHORTEST = 300000, SPREAD = 700000, N_CALLS = 14 };
static atomic_long interrupted, early, cut, over;
static long tick;

/* What one thread waits with. */
struct place {
    unsigned long seed;
    pthread_t echoes;
    int set, quiet[2], ends[2], listener, queue, semaphore, ring, word, echo[2];
    struct sockaddr_un name;
    socklen_t name_length;
    char *sent, *received;
};

static unsigned long random_of(struct place *place) {
    place->seed = place->seed * 6364136223846793005ul + 1442695040888963407ul;
    return place->seed >> 33;
}

static long long now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000ll + time.tv_nsec;
}

/* What comes in is sent back, four times as much at once as a pipe takes. */
static void *echo(void *argument) {
    struct place *place = argument;
    char *bytes = malloc(BIG);
    for (;;) {
        ssize_t got = read(place->echo[1], bytes, BIG);
        if (got <= 0) return NULL;
        for (ssize_t at = 0, put; at < got; at += put) put = MUST(write(place->echo[1], bytes + at, got - at));
    }
}

/* KERNEL: the timeouts of sockets are ticks (net/core/sock.c `sock_set_timeout`). The first one has begun already; and on a busy
 * machine a tick comes late, but not the next one, so that another one is short. They are early if two ticks are missing. */
static struct timeval of_a_socket(void) { return (struct timeval){0, 3 * tick / 1000}; }

static void prepare(struct place *place) {
    struct timeval short_time = of_a_socket();
    struct epoll_event event = {.events = EPOLLIN};
    place->set = MUST(epoll_create1(EPOLL_CLOEXEC));
    MUST(pipe(place->quiet));
    MUST(epoll_ctl(place->set, EPOLL_CTL_ADD, place->quiet[0], &event));
    MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, place->ends));
    MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, place->echo));
    MUST(setsockopt(place->ends[0], SOL_SOCKET, SO_RCVTIMEO, &short_time, sizeof short_time));
    place->name.sun_family = AF_UNIX;
    place->listener = MUST(socket(AF_UNIX, SOCK_STREAM, 0));
    MUST(bind(place->listener, (void *)&place->name, sizeof(sa_family_t)));
    place->name_length = sizeof place->name;
    MUST(getsockname(place->listener, (void *)&place->name, &place->name_length));
    MUST(listen(place->listener, 0));
    MUST(setsockopt(place->listener, SOL_SOCKET, SO_RCVTIMEO, &short_time, sizeof short_time));
    place->queue = MUST(msgget(IPC_PRIVATE, 0600));
    place->semaphore = MUST(semget(IPC_PRIVATE, 1, 0600));
    struct io_uring_params params = {0};
    place->ring = syscall(SYS_io_uring_setup, 4, &params);
    place->sent = malloc(BIG), place->received = malloc(BIG);
    MUST(pthread_create(&place->echoes, NULL, echo, place) ? -1 : 0);
}

/* Another thread ends a wait that has no timeout. */
static void *send_message(void *argument) {
    struct place *place = argument;
    struct { long type; char byte; } message = {1, 'x'};
    struct timespec time = {0, 200000};
    nanosleep(&time, NULL);
    MUST(msgsnd(place->queue, &message, 1, 0));
    return NULL;
}

static void receive_message(struct place *place) {
    struct { long type; char byte; } message;
    pthread_t thread;
    MUST(pthread_create(&thread, NULL, send_message, place) ? -1 : 0);
    if (msgrcv(place->queue, &message, 1, 0, 0) == -1) errno == EINTR ? interrupted++ : _exit(97);
    pthread_join(thread, NULL);
}

/* To a socket whose queue is full. */
static long connect_in_vain(struct place *place) {
    struct timeval short_time = of_a_socket();
    int first = MUST(socket(AF_UNIX, SOCK_STREAM, 0)), second = MUST(socket(AF_UNIX, SOCK_STREAM, 0));
    MUST(connect(first, (void *)&place->name, place->name_length));
    MUST(setsockopt(second, SOL_SOCKET, SO_SNDTIMEO, &short_time, sizeof short_time));
    long got = connect(second, (void *)&place->name, place->name_length);
    int why = errno;
    close(MUST(accept(place->listener, NULL, NULL)));
    close(first), close(second);
    errno = why;
    return got;
}

static void transfer(struct place *place) {
    ssize_t put = MUST(write(place->echo[0], place->sent, BIG / 4));
    if (put < BIG / 4) cut++;
    ssize_t got = MUST(recv(place->echo[0], place->received, put, MSG_WAITALL));
    if (got < put) cut++;
    while (got < put) got += MUST(read(place->echo[0], place->received, put - got));
}

static long wait_in(struct place *place, int call, struct timespec *time) {
    struct epoll_event event;
    struct pollfd polled = {place->quiet[0], POLLIN, 0};
    struct sembuf down = {0, -1, 0};
    struct __kernel_timespec ring_time = {time->tv_sec, time->tv_nsec};
    struct io_uring_getevents_arg argument = {.ts = (uintptr_t)&ring_time};
    sigset_t signals;
    char byte;
    sigemptyset(&signals);
    sigaddset(&signals, SIGUSR1);
    switch (call) {
    case 0: return epoll_wait(place->set, &event, 1, 1);
    case 1: return syscall(SYS_epoll_pwait2, place->set, &event, 1, time, NULL, 8);
    case 2: return sigtimedwait(&signals, NULL, time);
    case 3: return recv(place->ends[0], &byte, 1, 0);
    case 4: return nanosleep(time, NULL);
    case 5: return syscall(SYS_futex, &place->word, FUTEX_WAIT, 0, time, NULL, 0);
    case 6: return poll(&polled, 1, 1);
    case 7: return accept(place->listener, NULL, NULL);
    case 8: return connect_in_vain(place);
    case 9: return semtimedop(place->semaphore, &down, 1, time);
    case 10: return place->ring == -1 ? 0
        : syscall(SYS_io_uring_enter, place->ring, 0, 1, IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG, &argument, sizeof argument);
    default: return syscall(SYS_ppoll, &polled, 1, time, NULL, 8);
    }
}

/* Which of them end by their timeout, and by none of ours: all, but for a ring that is not to be had. */
static void wait_once(struct place *place, int call) {
    int is_1_ms = call == 0 || call == 6, is_of_a_socket = call == 3 || call == 7 || call == 8;
    struct timespec time = {0, SHORTEST + random_of(place) % SPREAD};
    long wanted = is_1_ms ? 1000000 : is_of_a_socket ? tick : time.tv_nsec;
    long long start = now();
    errno = 0;
    long got = wait_in(place, call, &time);
    if (got == -1 && errno == EINTR) interrupted++;
    else if (call == 10 && place->ring == -1) return;
    else if (now() - start < wanted) early++;
}

static void *alternate(void *argument) {
    struct place *place = argument;
    prepare(place);
    while (!over) {
        for (volatile unsigned long n = random_of(place) % 100000; n; n--) {}
        int call = random_of(place) % N_CALLS;
        if (call == 12) receive_message(place);
        else if (call == 13) transfer(place);
        else wait_once(place, call);
    }
    close(place->echo[0]);
    pthread_join(place->echoes, NULL);
    MUST(msgctl(place->queue, IPC_RMID, NULL));
    MUST(semctl(place->semaphore, 0, IPC_RMID));
    return NULL;
}

/* The text around the calls, before and after. */
static unsigned long text(void) {
    void *functions[] = {epoll_wait, recv, nanosleep, poll, accept, connect, semtimedop, syscall, msgrcv, read, sigtimedwait};
    unsigned long sum = 0;
    for (unsigned i = 0; i < sizeof functions / sizeof *functions; i++)
        for (int at = 0; at < 100; at++) sum = sum * 31 + ((unsigned char *)functions[i])[at];
    return sum;
}

int main(int argc, char **argv) {
    unsigned long before = text();
    struct timespec resolution;
    MUST(clock_getres(CLOCK_MONOTONIC_COARSE, &resolution));
    tick = resolution.tv_nsec;
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGUSR1);
    MUST(sigprocmask(SIG_BLOCK, &signals, NULL));
    int n_threads = MUST(argc == 3 ? atoi(argv[2]) : -1);
    pthread_t threads[64];
    for (int i = 0; i < n_threads; i++) {
        struct place *place = calloc(1, sizeof *place);
        place->seed = atol(argv[1]) + i;
        MUST(pthread_create(&threads[i], NULL, alternate, place) ? -1 : 0);
    }
    char byte;
    say("ready\n");
    while (read(0, &byte, 1) > 0) {}
    over = 1;
    for (int i = 0; i < n_threads; i++) pthread_join(threads[i], NULL);
    say("EINTR %ld, early %ld, short %ld, text %s\n", interrupted, early, cut, text() == before ? "whole" : "changed");
    return 0;
}
