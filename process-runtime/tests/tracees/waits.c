/* Waits in the system calls that its arguments name, one after the other, each until a byte comes from its input (nanosleep:
 * for its time), and says what each has answered and how often this thread has given up its processor meanwhile. */
#include "tracee.h"
#include <linux/futex.h>
#include <linux/io_uring.h>
#include <poll.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/un.h>

static int in_out[2], ends[2], *word, queue, semaphore, listener;
static struct sockaddr_un name = {.sun_family = AF_UNIX};
static socklen_t name_length;
static struct { long type; char byte; } message = {1, 'x'};

static void listen_somewhere(void) {
    /* An address that the kernel chooses. */
    listener = MUST(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    MUST(bind(listener, (void *)&name, sizeof(sa_family_t)));
    name_length = sizeof name;
    MUST(getsockname(listener, (void *)&name, &name_length));
    MUST(listen(listener, 0));
}

static int connected(void) {
    int peer = MUST(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    struct timeval long_time = {1000, 0};
    MUST(setsockopt(peer, SOL_SOCKET, SO_SNDTIMEO, &long_time, sizeof long_time));
    return connect(peer, (void *)&name, name_length);
}

static int wait_for_ring(void) {
    struct io_uring_params params = {0};
    int ring = syscall(SYS_io_uring_setup, 4, &params);
    if (ring == -1) return -1;
    char *submitted = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQ_RING);
    struct io_uring_sqe *entry = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQES);
    *entry = (struct io_uring_sqe){.opcode = IORING_OP_POLL_ADD, .fd = in_out[0], .poll32_events = POLLIN};
    ++*(unsigned *)(submitted + params.sq_off.tail);
    MUST(syscall(SYS_io_uring_enter, ring, 1, 0, 0, NULL, 0));
    return syscall(SYS_io_uring_enter, ring, 0, 1, IORING_ENTER_GETEVENTS, NULL, 0);
}

static long wait_in(const char *call) {
    struct epoll_event event = {.events = EPOLLIN};
    struct timespec long_time = {1000, 0}, short_time = {0, 100000000};
    struct timeval long_timeval = {1000, 0};
    struct pollfd polled = {in_out[0], POLLIN, 0};
    struct sembuf down = {0, -1, 0};
    int set = MUST(epoll_create1(EPOLL_CLOEXEC));
    sigset_t signals;
    char byte;
    MUST(epoll_ctl(set, EPOLL_CTL_ADD, in_out[0], &event));
    MUST(setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &long_timeval, sizeof long_timeval));
    sigemptyset(&signals);
    sigaddset(&signals, SIGUSR1);
    if (!strcmp(call, "epoll_wait")) return epoll_wait(set, &event, 1, 1000000);
    if (!strcmp(call, "epoll_pwait2")) return syscall(SYS_epoll_pwait2, set, &event, 1, &long_time, NULL, 8);
    if (!strcmp(call, "poll")) return poll(&polled, 1, 1000000);
    if (!strcmp(call, "read")) return read(in_out[0], &byte, 1);
    if (!strcmp(call, "sigtimedwait")) return sigtimedwait(&signals, NULL, &long_time);
    if (!strcmp(call, "recv")) return recv(ends[0], &byte, 1, 0);
    if (!strcmp(call, "nanosleep")) return nanosleep(&short_time, NULL);
    if (!strcmp(call, "futex")) return syscall(SYS_futex, word, FUTEX_WAIT, 0, &long_time, NULL, 0);
    if (!strcmp(call, "accept")) return accept(listener, NULL, NULL) > 0;
    if (!strcmp(call, "connect")) return connected();
    if (!strcmp(call, "msgrcv")) return msgrcv(queue, &message, 1, 0, 0);
    if (!strcmp(call, "semtimedop")) return semtimedop(semaphore, &down, 1, &long_time);
    if (!strcmp(call, "io_uring_enter")) return wait_for_ring();
    _exit(98);
}

/* Another process ends the call in which its parent waits. */
static void end(const char *call, pid_t parent) {
    struct sembuf up = {0, 1, 0};
    take(0);
    if (!strcmp(call, "sigtimedwait")) MUST(kill(parent, SIGUSR1));
    else if (!strcmp(call, "recv")) give(ends[1]);
    else if (!strcmp(call, "futex")) MUST(syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0));
    else if (!strcmp(call, "accept")) connected();
    else if (!strcmp(call, "connect")) MUST(accept(listener, NULL, NULL));
    else if (!strcmp(call, "msgrcv")) MUST(msgsnd(queue, &message, 1, 0));
    else if (!strcmp(call, "semtimedop")) MUST(semop(semaphore, &up, 1));
    else if (strcmp(call, "nanosleep")) give(in_out[1]);
    _exit(0);
}

static long switches(void) {
    struct rusage usage;
    MUST(getrusage(RUSAGE_THREAD, &usage));
    return usage.ru_nvcsw;
}

int main(int argc, char **argv) {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGUSR1);
    /* The end of that other process is no part of this. */
    sigaddset(&signals, SIGCHLD);
    MUST(sigprocmask(SIG_BLOCK, &signals, NULL));
    word = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    queue = MUST(msgget(IPC_PRIVATE, 0600));
    semaphore = MUST(semget(IPC_PRIVATE, 1, 0600));
    MUST(pipe2(in_out, O_CLOEXEC));
    MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
    listen_somewhere();
    pid_t me = getpid();
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "connect")) MUST(connected());
        pid_t child = MUST(fork());
        if (child == 0) end(argv[i], me);
        say("ready\n");
        long before = switches();
        long got = wait_in(argv[i]);
        int why = errno;
        say("%s: %s, switches %ld\n", argv[i], got == -1 ? strerrorname_np(why) : "served", switches() - before);
        if (strcmp(argv[i], "nanosleep")) reap(child);
        else kill(child, SIGKILL), reap(child);
    }
    MUST(msgctl(queue, IPC_RMID, NULL));
    MUST(semctl(semaphore, 0, IPC_RMID));
    return 0;
}
