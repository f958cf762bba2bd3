/* Forks that the kernel refuses, one that a watcher may refuse, a crash, a thread that executes a program in
 * its leader's place, and a string that is no UTF-8. */
#include "tracee.h"

static void *execute(void *path) { return MUST(execl(path, "second\xff", "done", NULL)), NULL; }

int main(int argc, char **argv) {
    pthread_t thread;
    if (argc > 1) return 4;
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    if (syscall(SYS_clone, CLONE_THREAD, 0, 0, 0, 0) != -1 || errno != EINVAL) return 1;
    pid_t child = fork();
    if (child == 0) raise(SIGSEGV);
    if (child > 0) reap(child);
    else if (errno != EAGAIN) return 2;
    pthread_create(&thread, NULL, execute, argv[0]), pthread_join(thread, NULL);
    return 3;
}
