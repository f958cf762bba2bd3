/* Job control as the tracee's own parent sees it: WUNTRACED and WCONTINUED, the SIGCHLD siginfo,
 * and a child (with `argv[2]` more threads) that stands still in between, every thread in state T
 * or t. `argv[1]`: the stop signal. A supervisor that resumes a group-stop lets the child run on;
 * one that parks it without PTRACE_LISTEN never hears of SIGCONT. */
#include "tracee.h"
#include <dirent.h>
#include <sys/mman.h>

static volatile uint64_t *beats;
static pid_t child;

static void *beat(void *arg) {
    for (;;) __atomic_add_fetch(beats, 1, __ATOMIC_SEQ_CST);
    return arg;
}

static void conts(int sig) { __atomic_add_fetch(beats + 1, 1, __ATOMIC_SEQ_CST), (void)sig; }

/* Waits until the child has moved; only a task that runs ends this. */
static void moves(void) {
    uint64_t before = *beats;
    while (*beats == before) sched_yield();
}

/* "stopped" when every thread is in state T or t and nothing moves. */
static const char *standing(void) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task", child);
    DIR *dir = opendir(path);
    for (struct dirent *entry; dir && (entry = readdir(dir));)
        if (entry->d_name[0] != '.') {
            char state = state_of(atoi(entry->d_name));
            if (state != 'T' && state != 't') return "a thread runs";
        }
    closedir(dir);
    uint64_t before = *beats;
    for (int i = 0; i < 2000; i++) sched_yield();
    return *beats == before ? "stopped" : "moves";
}

static void chld(const char *what) {
    sigset_t set;
    siginfo_t info;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    MUST(sigwaitinfo(&set, &info));
    say("%s: SIGCHLD si_code %d si_status %d\n", what, info.si_code, info.si_status);
}

int main(int argc, char **argv) {
    int sig = argc > 1 ? atoi(argv[1]) : SIGSTOP, threads = argc > 2 ? atoi(argv[2]) : 0, status;
    beats = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, NULL);
    child = MUST(fork());
    if (child == 0) {
        pthread_t thread;
        signal(SIGCONT, conts);
        setpgid(0, 0); /* Not an orphaned group while the parent is in the same session. */
        for (int i = 0; i < threads; i++) pthread_create(&thread, NULL, beat, NULL);
        beat(NULL);
    }
    moves();
    for (int round = 0; round < 3; round++) {
        MUST(kill(child, sig));
        /* The signal first: a wait that comes between the stop and its signal takes the status out of it. */
        chld("stop");
        MUST(waitpid(child, &status, WUNTRACED));
        say("%s, %s\n", verdict(status), standing());
        MUST(kill(child, SIGCONT));
        chld("cont");
        MUST(waitpid(child, &status, WCONTINUED));
        say("%s\n", verdict(status));
        moves();
    }
    while (beats[1] < 3) sched_yield();
    say("SIGCONT handled %d times\n", (int)beats[1]);
    MUST(kill(child, sig));
    MUST(waitpid(child, &status, WUNTRACED | WNOHANG) < 0 ? -1 : 0);
    MUST(kill(child, SIGKILL)); /* A SIGKILL ends a stop, and a stop that is about to be. */
    do MUST(waitpid(child, &status, 0));
    while (WIFSTOPPED(status));
    say("%s\n", verdict(status));
    return 0;
}
