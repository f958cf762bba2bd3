/* forker N [threads]: tries to make N tasks that stay, says how each try went, lets them go, and tries once more. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int gate[2];

static void *stay(void *nothing)
{
	char byte;
	(void)nothing;
	return read(gate[0], &byte, 1) ? gate : NULL;
}

static const char *word(int error)
{
	return error == 0 ? "made" : error == EAGAIN ? "EAGAIN" : strerror(error);
}

int main(int argc, char **argv)
{
	int tasks = argc > 1 ? atoi(argv[1]) : 0, threads = argc > 2, count = 0;
	pthread_t made[256];
	if (tasks < 1 || tasks > 256 || pipe(gate))
		return 99;
	for (int i = 0; i < tasks; i++) {
		int error = 0;
		if (threads) {
			error = pthread_create(&made[count], NULL, stay, NULL);
			count += error == 0;
		} else {
			pid_t pid = fork();
			if (pid == 0) {
				close(gate[1]);
				stay(NULL);
				_exit(0);
			}
			error = pid < 0 ? errno : 0;
		}
		printf("%s\n", word(error));
	}
	fflush(stdout);
	close(gate[1]);
	for (int i = 0; i < count; i++)
		pthread_join(made[i], NULL);
	while (waitpid(-1, NULL, 0) > 0)
		;
	/* The last thread may be joined before the kernel has let go of it. */
	for (;;) {
		pid_t pid = fork();
		if (pid == 0)
			_exit(0);
		if (pid < 0 && errno == EAGAIN && threads)
			continue;
		printf("again: %s\n", word(pid < 0 ? errno : 0));
		return waitpid(pid, NULL, 0) == pid ? 0 : 1;
	}
}
