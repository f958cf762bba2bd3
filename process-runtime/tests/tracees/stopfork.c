/* SIGSTOP and SIGCONT again and again at a task that forks, makes threads and executes: a stop
 * meets fork events, births and exec stops. Everything is made in the end, nothing is left stopped.
 * The child makes one step between two stops: a fork that always met a signal would start again
 * for ever. `stopfork ROUNDS SEED`. */
#include "tracee.h"
#include <sys/mman.h>

static volatile int *steps;
static void *nothing(void *arg) { return arg; }

int main(int argc, char **argv) {
    int rounds = argc > 1 ? atoi(argv[1]) : 100, status, stops = 0;
    unsigned seed = argc > 2 ? atoi(argv[2]) : 1;
    steps = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t child = MUST(fork());
    if (child == 0) {
        /* It does not get away before the first stop. */
        while (!steps[1]) sched_yield();
        for (int i = 0; i < rounds; i++) {
            pthread_t thread;
            pid_t grandchild = MUST(fork());
            if (grandchild == 0) {
                execl("/bin/true", "true", NULL);
                _exit(98);
            }
            ++*steps;
            if (pthread_create(&thread, NULL, nothing, NULL)) _exit(97);
            ++*steps;
            pthread_join(thread, NULL);
            if (strcmp(reap(grandchild), "code 0")) _exit(96);
            ++*steps;
        }
        _exit(0);
    }
    for (int before = -1;; before = *steps) {
        while (*steps == before && state_of(child) != 'Z') sched_yield();
        for (int spins = rand_r(&seed) % 40; spins > 0; spins--) sched_yield();
        kill(child, SIGSTOP);
        MUST(waitpid(child, &status, WUNTRACED));
        if (!WIFSTOPPED(status)) break;
        stops++;
        kill(child, SIGCONT);
        steps[1] = 1;
    }
    say("%s, %s\n", verdict(status), stops ? "stopped on the way" : "never stopped");
    return 0;
}
