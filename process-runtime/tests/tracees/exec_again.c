/* A process of many threads, one of which executes this program again as soon as the others are there:
 *
 *     exec_again TIMES THREADS leader|thread
 *
 * Prints "ready" the first time. A byte on standard input, or TIMES executions, end it. */
#include "tracee.h"
#include <poll.h>

static char **arguments;

static void *idle(void *arg) {
    (void)arg;
    for (;;) pause();
}

static void *again(void *arg) {
    (void)arg;
    char times[20];
    snprintf(times, sizeof times, "%d", atoi(arguments[1]) - 1);
    arguments[1] = times;
    setenv("AGAIN", "1", 1);
    MUST(execv("/proc/self/exe", arguments));
    return NULL;
}

int main(int argc, char **argv) {
    if (argc != 4) return 99;
    arguments = argv;
    if (!getenv("AGAIN")) say("ready\n");
    struct pollfd input = {0, POLLIN, 0};
    if (atoi(argv[1]) <= 0 || poll(&input, 1, 0) == 1) return 7;
    pthread_t thread;
    for (int n = 0; n < atoi(argv[2]); n++) MUST(pthread_create(&thread, NULL, idle, NULL) ? -1 : 0);
    if (!strcmp(argv[3], "leader")) again(NULL);
    MUST(pthread_create(&thread, NULL, again, NULL) ? -1 : 0);
    for (;;) pause();
}
