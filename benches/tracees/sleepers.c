/* sleepers PROCESSES THREADS: so many processes with so many threads each, which sleep until standard input ends. Prints "ready". */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <signal.h>
#include <unistd.h>

static void *sleep_for_ever(void *unused)
{
    for (;;)
        pause();
    return unused;
}

int main(int argc, char **argv)
{
    int n_processes = argc > 2 ? atoi(argv[1]) : 1, n_threads = argc > 2 ? atoi(argv[2]) : 1, ready[2];
    char byte;
    if (pipe(ready) != 0)
        return 125;
    for (int n = 1; n <= n_processes; n++) {
        int is_child = n < n_processes && fork() == 0;
        if (!is_child && n < n_processes)
            continue;
        if (is_child)
            prctl(PR_SET_PDEATHSIG, SIGKILL);
        pthread_t thread;
        pthread_attr_t small;
        pthread_attr_init(&small);
        pthread_attr_setstacksize(&small, 32768);
        for (int m = 1; m < n_threads; m++)
            if (pthread_create(&thread, &small, sleep_for_ever, NULL) != 0)
                abort();
        if (write(ready[1], "", 1) != 1)
            return 125;
        if (is_child)
            sleep_for_ever(NULL);
    }
    for (int n = 0; n < n_processes; n++)
        if (read(ready[0], &byte, 1) != 1)
            return 125;
    puts("ready");
    fflush(stdout);
    return read(0, &byte, 1) < 0;
}
