/* Until its input ends, makes processes, several at a time, in which another thread than the leader calls exec, which may have ended by
 * then; the new image does the same, a few times. Its argument: how many times. */
#include "tracee.h"
#include <stdatomic.h>

static atomic_int over;
static char **arguments;

static void *replace(void *unused) {
    char left[16];
    snprintf(left, sizeof left, "%d", atoi(arguments[2]) - 1);
    MUST(execl(arguments[0], arguments[0], arguments[1], left, NULL));
    return unused;
}

static int be_replaced(void) {
    pthread_t thread;
    if (atoi(arguments[2]) == 0) return 9;
    pthread_create(&thread, NULL, replace, NULL);
    if (atoi(arguments[2]) % 2) syscall(SYS_exit, 0);
    for (;;) pause();
}

static void *make_them(void *unused) {
    while (!over) {
        pid_t child = MUST(fork());
        if (child == 0) {
            execl(arguments[0], arguments[0], arguments[1], arguments[1], NULL);
            _exit(98);
        }
        reap(child);
    }
    return unused;
}

int main(int argc, char **argv) {
    enum { N = 3 };
    pthread_t makers[N];
    char byte;
    arguments = argv;
    if (argc == 3) return be_replaced();
    for (int i = 0; i < N; i++) pthread_create(&makers[i], NULL, make_them, NULL);
    say("ready\n");
    while (read(0, &byte, 1) > 0) {}
    over = 1;
    for (int i = 0; i < N; i++) pthread_join(makers[i], NULL);
    return 5;
}
