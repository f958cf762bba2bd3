/* N threads, made one after the other and joined each before the next; the last line says how
 * many ran. Every thread is a task of its own with every event of its own. */
#include "tracee.h"

static int ran;
static void *run(void *arg) {
    __atomic_add_fetch(&ran, 1, __ATOMIC_SEQ_CST);
    return arg;
}

int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 2;
    for (int i = 0; i < n; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, run, NULL) == 0) pthread_join(thread, NULL);
    }
    say("ran %d\n", ran);
    return 0;
}
