/* The leader ends first; two threads live on. Once /proc says that the leader is dead: "ready". A byte on standard input, and then the one
 * thread ends, and the other, as the argument says: `return`, `exit` the process with 6, or `exec` a shell that ends with 4. */
#include "tracee.h"

static int go[2];

static void *wait_and_return(void *arg) {
    take(go[0]);
    return arg;
}

static void *wait_and_end(void *how) {
    pthread_t other;
    MUST(pthread_create(&other, NULL, wait_and_return, NULL) ? -1 : 0);
    while (state_of(getpid()) != 'Z') sched_yield();
    say("ready\n");
    take(0);
    give(go[1]);
    pthread_join(other, NULL);
    if (!strcmp(how, "exit")) exit(6);
    if (!strcmp(how, "exec")) execl("/bin/sh", "sh", "-c", "exit 4", (char *)NULL);
    return NULL;
}

int main(int argc, char **argv) {
    if (argc != 2) return 99;
    MUST(pipe(go));
    pthread_t thread;
    MUST(pthread_create(&thread, NULL, wait_and_end, argv[1]) ? -1 : 0);
    pthread_exit(NULL);
}
