/* The leader ends first and stays a zombie, reported only when the last thread is gone;
 * the thread that is left forks, waits and ends the group with its own code. */
#include "tracee.h"

static pthread_t leader;

static void *outlive(void *arg) {
    pthread_join(leader, NULL);
    while (state_of(getpid()) != 'Z') sched_yield();
    pid_t child = MUST(fork());
    if (child == 0) _exit(8);
    say("child %s\n", reap(child));
    if (arg) _exit(9);
    return NULL;
}

int main(int argc, char **argv) {
    (void)argv;
    leader = pthread_self();
    pthread_t thread;
    pthread_create(&thread, NULL, outlive, argc > 1 ? &leader : NULL);
    pthread_exit(NULL);
}
