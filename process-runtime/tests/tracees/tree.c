/* Grows a tree that blocks for ever: `tree DEPTH WIDTH THREADS`. When every task of it is there,
 * the top prints "up N" (N tasks). For tests that end it from outside. */
#include "tracee.h"

static int up[2], width, threads;

static void *blocked(void *arg) {
    give(up[1]);
    for (;;) pause();
    return arg;
}

static int size_of(int depth) {
    return 1 + threads + (depth ? width * size_of(depth - 1) : 0);
}

static void grow(int depth) {
    for (int w = 0; depth && w < width; w++)
        if (MUST(fork()) == 0) grow(depth - 1), blocked(NULL);
    pthread_t thread;
    for (int t = 0; t < threads; t++) pthread_create(&thread, NULL, blocked, NULL);
}

int main(int argc, char **argv) {
    int depth = argc > 1 ? atoi(argv[1]) : 2;
    width = argc > 2 ? atoi(argv[2]) : 2, threads = argc > 3 ? atoi(argv[3]) : 0;
    MUST(pipe(up));
    grow(depth);
    for (int i = 1; i < size_of(depth); i++) take(up[0]);
    say("up %d\n", size_of(depth));
    for (;;) pause();
}
