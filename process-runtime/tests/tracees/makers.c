/* Makes a child in each way there is, or says with which errno that way failed.
 * `argv[1]`: fork, vfork, clone, clone3, thread, spawn, or all of them in this order. */
#include "tracee.h"
#include <linux/sched.h>
#include <spawn.h>

extern char **environ;
static void *nothing(void *arg) { return arg; }

static void tell(const char *way, int error, const char *how) {
    if (error) say("%s: %s\n", way, strerrorname_np(error));
    else say("%s: %s\n", way, how);
}

static void child_of(const char *way, long child) {
    if (child == 0) _exit(0);
    int error = child == -1 ? errno : 0;
    tell(way, error, error ? "" : reap(child));
}

int main(int argc, char **argv) {
    const char *which = argc > 1 ? argv[1] : "all";
#define WANTED(way) (!strcmp(which, way) || !strcmp(which, "all"))
    if (WANTED("fork")) child_of("fork", syscall(SYS_fork));
    if (WANTED("vfork")) child_of("vfork", vfork());
    if (WANTED("clone")) child_of("clone", syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0));
    if (WANTED("clone3")) {
        struct clone_args args = {.exit_signal = SIGCHLD};
        child_of("clone3", syscall(SYS_clone3, &args, sizeof args));
    }
    if (WANTED("thread")) {
        pthread_t thread;
        int error = pthread_create(&thread, NULL, nothing, NULL);
        if (!error) pthread_join(thread, NULL);
        tell("thread", error, "joined");
    }
    if (WANTED("spawn")) {
        pid_t child;
        char *args[] = {"/bin/true", NULL};
        int error = posix_spawn(&child, args[0], NULL, NULL, args, environ);
        tell("spawn", error, error ? "" : reap(child));
    }
    return 0;
}
