/* A process with a thread and a child, which has a thread too. All of them wait; a byte on standard input lets the child end with
 * code 3, and the parent after it with code 5. */
#include "tracee.h"

static int gate[2], begun[2];

static void *wait_for_the_gate(void *arg) {
    (void)arg;
    give(begun[1]);
    take(gate[0]);
    return 0;
}

/* A thread that waits at a gate of this process. */
static pthread_t start(void) {
    MUST(pipe(begun));
    MUST(pipe(gate));
    pthread_t thread;
    MUST(pthread_create(&thread, 0, wait_for_the_gate, 0));
    take(begun[0]);
    return thread;
}

int main(void) {
    int ready[2], go[2];
    MUST(pipe(ready));
    MUST(pipe(go));
    pthread_t thread = start();
    pid_t child = MUST(fork());
    if (!child) {
        thread = start();
        give(ready[1]);
        take(go[0]);
        give(gate[1]);
        pthread_join(thread, 0);
        return 3;
    }
    take(ready[0]);
    say("ready\n");
    take(0);
    give(go[1]);
    if (strcmp(reap(child), "code 3")) return 98;
    give(gate[1]);
    pthread_join(thread, 0);
    return 5;
}
