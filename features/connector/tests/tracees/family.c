/* Every way to be somebody's child, one after the other: a thread, a thread's child, a sibling made by
 * CLONE_PARENT, an orphan, one that ends with another signal, a crash with and without threads, an exec by
 * a thread, a child left to a thread and, of root, changes of ids. Without an argument; "done" ends an exec of its own. */
#include "tracee.h"

static void *nothing(void *unused) { return unused; }
static void *fork_one(void *unused) {
    pid_t child = MUST(fork());
    if (!child) _exit(3);
    return reap(child), unused;
}
static void *execute(void *path) { return MUST(execl(path, path, "done", NULL)), NULL; }
static void *crash(void *unused) { return raise(SIGSEGV), unused; }

static void run(void *(*body)(void *), void *argument) {
    pthread_t thread;
    pthread_create(&thread, NULL, body, argument), pthread_join(thread, NULL);
}

/* A child that runs this and ends. */
#define CHILD(signal, ...)                                             \
    ({                                                                 \
        pid_t child_ = MUST(syscall(SYS_clone, signal, 0, 0, 0, 0));   \
        if (!child_) { __VA_ARGS__; _exit(0); }                        \
        child_;                                                        \
    })

static void orphan(void) {
    int gone[2], told[2];
    char byte;
    MUST(pipe(gone)), MUST(pipe(told));
    reap(CHILD(SIGCHLD, CHILD(SIGCHLD, close(gone[1]); (void)!read(gone[0], &byte, 1); close(told[1]))));
    /* Its parent is reaped, so it has another one by now: it may end. */
    close(gone[1]), close(told[1]);
    MUST(read(told[0], &byte, 1));
}

/* A leader that ends while its thread lives on, and leaves it its child. */
static int go[2];
static void *foster(void *unused) {
    while (state_of(getpid()) != 'Z') sched_yield();
    close(go[1]), MUST(wait(NULL));
    return unused;
}
static void leave_to_thread(void) {
    pthread_t thread;
    char byte;
    MUST(pipe(go));
    CHILD(SIGCHLD, close(go[1]); (void)!read(go[0], &byte, 1));
    pthread_create(&thread, NULL, foster, NULL), pthread_exit(NULL);
}

int main(int argc, char **argv) {
    if (argc > 1) return 0;
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}), prctl(PR_SET_CHILD_SUBREAPER, 1);
    run(nothing, NULL), run(fork_one, NULL);
    reap(CHILD(SIGCHLD, CHILD(CLONE_PARENT | SIGUSR1))), MUST(wait(NULL));
    orphan(), MUST(wait(NULL));
    signal(SIGUSR2, SIG_IGN), reap(CHILD(SIGUSR2, (void)0));
    reap(CHILD(SIGCHLD, abort()));
    reap(CHILD(SIGCHLD, run(crash, NULL)));
    reap(CHILD(SIGCHLD, run(execute, argv[0])));
    reap(CHILD(SIGCHLD, leave_to_thread()));
    if (geteuid() == 0)
        reap(CHILD(SIGCHLD, MUST(setresgid(5, 6, 7)); MUST(setfsuid(8)); MUST(setresuid(5, 5, 5)); MUST(setuid(5))));
    return 0;
}
