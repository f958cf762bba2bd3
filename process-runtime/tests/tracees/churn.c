/* Forks, makes threads and executes for ever, in several processes; a byte on stdout for each
 * birth. For tests that kill it from outside. */
#include "tracee.h"

static void *nothing(void *arg) { return arg; }

static void *churn(void *arg) {
    for (;;) {
        pthread_t thread;
        pid_t child = fork();
        if (child == 0) execl("/bin/true", "true", NULL), _exit(0);
        (void)!write(1, "f", 1);
        if (pthread_create(&thread, NULL, nothing, NULL) == 0) pthread_join(thread, NULL);
        (void)!write(1, "t", 1);
        if (child > 0) waitpid(child, NULL, 0);
    }
    return arg;
}

int main(void) {
    pthread_t thread;
    signal(SIGPIPE, SIG_IGN);
    for (int i = 0; i < 2; i++) fork();
    for (int i = 0; i < 2; i++) pthread_create(&thread, NULL, churn, NULL);
    churn(NULL);
}
