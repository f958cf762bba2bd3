/* SECCOMP_RET_USER_NOTIF with a listener inside the tree: it outranks a supervisor's RET_TRACE, so
 * that no seccomp stop comes for the call. Fork and setresuid are let through by the listener
 * (CONTINUE), setgid is answered by it with a success that never happened. */
#include "filter.h"
#include <sys/ioctl.h>

static int listener = -1, made[2];

static void *target(void *arg) {
    static const int numbers[] = {SYS_fork, SYS_setresuid, SYS_setgid};
    int fd = MUST(install(SECCOMP_RET_USER_NOTIF, SECCOMP_FILTER_FLAG_NEW_LISTENER, numbers, 3));
    __atomic_store_n(&listener, fd, __ATOMIC_SEQ_CST);
    give(made[1]);
    long child = syscall(SYS_fork);
    if (child == 0) _exit(5);
    say("fork %s\n", child == -1 ? strerrorname_np(errno) : reap(child));
    uid_t real, effective, saved;
    getresuid(&real, &effective, &saved);
    uid_t saved_new = effective == 0 ? 777 : saved;
    say("setresuid %ld\n", syscall(SYS_setresuid, -1, -1, saved_new));
    getresuid(&real, &effective, &saved);
    say("saved uid %s\n", saved == saved_new ? "changed" : "unchanged");
    gid_t before = getgid();
    say("setgid %ld, gid %s\n", syscall(SYS_setgid, 4242), getgid() == before ? "unchanged" : "changed");
    return arg;
}

int main(void) {
    pthread_t thread;
    MUST(pipe(made));
    pthread_create(&thread, NULL, target, NULL);
    take(made[0]);
    for (int i = 0; i < 3; i++) {
        struct seccomp_notif request;
        memset(&request, 0, sizeof request);
        int got;
        do got = ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &request);
        while (got == -1 && (errno == EINTR || errno == ENOENT));
        MUST(got);
        struct seccomp_notif_resp answer = {.id = request.id};
        if (request.data.nr != SYS_setgid) answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
        MUST(ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer));
    }
    pthread_join(thread, NULL);
    return 0;
}
