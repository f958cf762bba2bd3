/* exit_group from a thread while all the others are blocked: every thread dies with one code,
 * the leader's status comes last. `exit_group N`: N idle threads; the last one made ends all. */
#include "tracee.h"

static pthread_barrier_t ready;

static void *idle(void *arg) {
    pthread_barrier_wait(&ready);
    for (;;) pause();
    return arg;
}

static void *end(void *arg) {
    (void)arg;
    pthread_barrier_wait(&ready);
    syscall(SYS_exit_group, 42);
    return NULL;
}

int main(int argc, char **argv) {
    int idlers = argc > 1 ? atoi(argv[1]) : 16;
    pthread_barrier_init(&ready, NULL, idlers + 1);
    pthread_t thread;
    for (int i = 0; i < idlers; i++) pthread_create(&thread, NULL, idle, NULL);
    pthread_create(&thread, NULL, end, NULL);
    for (;;) pause();
}
