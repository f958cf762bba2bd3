/* Processes that end with locks of files in the folder `argv[1]`: `flock` and `posix` keep theirs, `killed`
 * dies with one, `given` and `closed` give theirs back, `thread` locks in a thread after its leader has
 * ended, `other` has none while its parent does. Each file is named after its process. */
#include "tracee.h"
#include <sys/file.h>

static const char *folder, *names[] = {"flock", "posix", "killed", "given", "closed", "thread", "other"};

static int file(const char *name) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return MUST(open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600));
}
static void *late(void *arg) {
    while (state_of(getpid()) != 'Z') sched_yield(); /* The leader has ended. */
    MUST(flock(file("thread"), LOCK_EX));
    return arg;
}
static void one(const char *name) {
    int fd = strcmp(name, "thread") && strcmp(name, "other") ? file(name) : -1;
    struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    pthread_t thread;
    if (!strcmp(name, "posix")) MUST(fcntl(fd, F_SETLK, &all));
    else if (fd != -1) MUST(flock(fd, LOCK_EX));
    if (!strcmp(name, "flock")) MUST(dup(fd)); /* Two descriptors, one lock. */
    if (!strcmp(name, "killed")) kill(getpid(), SIGKILL);
    if (!strcmp(name, "given")) MUST(flock(fd, LOCK_UN));
    if (!strcmp(name, "closed")) close(fd);
    if (!strcmp(name, "thread")) {
        MUST(pthread_create(&thread, NULL, late, NULL) ? -1 : 0);
        syscall(SYS_exit, 0);
    }
    _exit(0);
}

int main(int argc, char **argv) {
    folder = argc > 1 ? argv[1] : ".";
    int own = file("command");
    MUST(flock(own, LOCK_SH));
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        pid_t child = MUST(fork());
        if (child == 0) one(names[i]);
        say("%s %s\n", names[i], reap(child));
    }
    MUST(flock(own, LOCK_UN));
    return 0;
}
