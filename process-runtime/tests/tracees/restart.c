/* Blocking calls interrupted by a signal: handled without and with SA_RESTART (`handled`), or
 * ignored by the task (`ignored`). Prints what each call returned, how often the handler ran, and
 * whether the call still had to be served afterwards, that is: it restarted or was undisturbed.
 * KERNEL: a ptraced task is woken even by signals that it ignores (sig_ignored() says no), so that
 * a call without a restart, as epoll_wait, then answers EINTR unless the supervisor repairs it. */
#include "tracee.h"
#include <linux/futex.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/sem.h>
#include <sys/socket.h>

static int wake[2], full[2], pair[2], told[2], lock_fd, sems, epoll;
static char lock_path[] = "/tmp/restart.XXXXXX";
static volatile int *word, *handled;

static void handler(int sig) { ++*handled, (void)sig; }

static long do_read(void) { char c; return read(wake[0], &c, 1); }
static long do_write(void) { return write(full[1], "y", 1); }
static long do_recv(void) { char c; return recv(pair[0], &c, 1, 0); }
static long do_poll(void) { struct pollfd p = {wake[0], POLLIN, 0}; return poll(&p, 1, 60000); }
static long do_epoll(void) { struct epoll_event e; return epoll_wait(epoll, &e, 1, -1); }
static long do_futex(void) { return syscall(SYS_futex, word, FUTEX_WAIT, 0, NULL, NULL, 0); }
static long do_flock(void) { return flock(open(lock_path, O_RDWR), LOCK_EX); }
static long do_semop(void) { struct sembuf op = {0, -1, 0}; return syscall(SYS_semop, sems, &op, 1); }
static long do_wait(void) { int s; return wait4(-1, &s, 0, NULL); }

static void byte(void) { give(wake[1]); }
static void drain(void) { char page[4096]; MUST(read(full[0], page, sizeof page)); }
static void send1(void) { MUST(send(pair[1], "z", 1, 0)); }
static void bump(void) { *word = 1; MUST(syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0)); }
static void unlock(void) { MUST(flock(lock_fd, LOCK_UN)); }
static void rise(void) { struct sembuf op = {0, 1, 0}; MUST(semop(sems, &op, 1)); }

static const struct call { const char *name; long nr; long (*call)(void); void (*serve)(void); } calls[] = {
    {"read", SYS_read, do_read, byte}, {"write", SYS_write, do_write, drain},
    {"recv", SYS_recvfrom, do_recv, send1}, {"poll", SYS_poll, do_poll, byte},
    {"epoll", SYS_epoll_wait, do_epoll, byte}, {"futex", SYS_futex, do_futex, bump},
    {"flock", SYS_flock, do_flock, unlock}, {"semop", SYS_semop, do_semop, rise},
    {"wait", SYS_wait4, do_wait, byte},
};

/* Asleep in call `nr`, or in the kernel's restart_syscall() that stands for it after a stop. */
static int blocked(pid_t pid, long nr) {
    char path[64], text[16] = "";
    snprintf(path, sizeof path, "/proc/%d/syscall", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int asleep = state_of(pid) == 'S' && read(fd, text, 15) > 0 && text[0] != 'r';
    close(fd);
    return asleep && (atol(text) == nr || atol(text) == SYS_restart_syscall) && state_of(pid) == 'S';
}

static void one(const struct call *call, const char *how, int sig, int flags) {
    *word = *handled = 0;
    MUST(flock(lock_fd, LOCK_EX));
    pid_t child = MUST(fork());
    if (child == 0) {
        struct sigaction action = {.sa_handler = sig == SIGUSR1 ? handler : SIG_DFL, .sa_flags = flags};
        if (call->call == do_wait && fork() == 0) close(wake[1]), do_read(), _exit(0);
        sigaction(sig, &action, NULL);
        long got = call->call();
        say("%s %s: %s, ", call->name, how, got == -1 ? strerrorname_np(errno) : "done");
        give(told[1]);
        _exit(0);
    }
    while (!blocked(child, call->nr)) sched_yield();
    MUST(kill(child, sig)); /* From here on it is not asleep if the signal has woken it. */
    while (sig == SIGUSR1 && !*handled) sched_yield();
    struct pollfd answer = {told[0], POLLIN, 0};
    int served = 0;
    while (MUST(poll(&answer, 1, 0)) == 0)
        if (!served && blocked(child, call->nr)) call->serve(), served = 1;
    take(told[0]);
    say("handled %d, %s, %s\n", *handled, served ? "served" : "not served", reap(child));
}

int main(int argc, char **argv) {
    int ignored = argc > 1 && !strcmp(argv[1], "ignored");
    handled = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    word = handled + 16;
    lock_fd = MUST(mkstemp(lock_path)), sems = MUST(semget(IPC_PRIVATE, 1, 0600));
    for (unsigned i = 0; i < 2 * sizeof calls / sizeof *calls; i++) {
        MUST(pipe(wake)), MUST(pipe2(full, O_NONBLOCK)), MUST(pipe(told));
        MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
        char page[4096] = "";
        while (write(full[1], page, sizeof page) > 0) {}
        MUST(fcntl(full[1], F_SETFL, 0));
        epoll = MUST(epoll_create1(0));
        struct epoll_event event = {.events = EPOLLIN};
        MUST(epoll_ctl(epoll, EPOLL_CTL_ADD, wake[0], &event));
        if (ignored) one(&calls[i / 2], i % 2 ? "SIGWINCH" : "SIGURG", i % 2 ? SIGWINCH : SIGURG, 0);
        else one(&calls[i / 2], i % 2 ? "SA_RESTART" : "plain", SIGUSR1, i % 2 ? SA_RESTART : 0);
        for (int k = 0; k < 2; k++) close(wake[k]), close(full[k]), close(told[k]), close(pair[k]);
        close(epoll);
    }
    MUST(semctl(sems, 0, IPC_RMID)), MUST(unlink(lock_path));
    return 0;
}
