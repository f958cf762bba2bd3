/* stay: a tree of processes and threads that say "PID TID" each and stay until they are killed. */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

static void say(void)
{
	char line[64];
	int n = snprintf(line, sizeof line, "%d %ld\n", getpid(), syscall(SYS_gettid));
	if (write(1, line, n) != n)
		_exit(99);
}

static void *stay(void *nothing)
{
	say();
	for (;;)
		pause();
	return nothing;
}

int main(void)
{
	pthread_t thread;
	for (int i = 0; i < 4; i++) {
		if (fork() == 0) {
			/* One in vfork's wait, one stopped, one in another session, one that ignores signals. */
			if (i == 0 && vfork() == 0) {
				say();
				for (;;)
					pause();
			}
			if (i == 1) {
				say();
				raise(SIGSTOP);
			}
			if (i == 2)
				setsid();
			if (i == 3)
				for (int number = 1; number < 65; number++)
					signal(number, SIG_IGN);
			pthread_create(&thread, NULL, stay, NULL);
			pthread_create(&thread, NULL, stay, NULL);
			stay(NULL);
		}
	}
	stay(NULL);
}
