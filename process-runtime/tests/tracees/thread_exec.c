/* A thread that is not the leader executes: the kernel kills the others, gives the caller the
 * leader's tid, and never reports the leader's own end nor the caller's old tid.
 * `thread_exec N MODE PROGRAM`: N idle threads besides; MODE `leader-waits` or `leader-gone`. */
#include "tracee.h"

static char *program;
static pthread_t leader;
static int leader_gone;

static void *idle(void *arg) {
    for (;;) pause();
    return arg;
}

static void *execute(void *arg) {
    if (leader_gone) pthread_join(leader, NULL);
    /* The leader ends before its memory is given back: wait for the zombie. */
    while (leader_gone && state_of(getpid()) != 'Z') sched_yield();
    execl(program, program, (char *)arg, NULL);
    _exit(errno);
}

int main(int argc, char **argv) {
    if (argc < 4) return 99;
    int idlers = atoi(argv[1]);
    leader_gone = !strcmp(argv[2], "leader-gone");
    program = argv[3];
    leader = pthread_self();
    pthread_t thread;
    for (int i = 0; i < idlers; i++) pthread_create(&thread, NULL, idle, NULL);
    pthread_create(&thread, NULL, execute, "7");
    if (leader_gone) pthread_exit(NULL);
    for (;;) pause();
}
