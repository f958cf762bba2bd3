/* storm N LIVE: makes N processes, at most LIVE of them at a time; every tenth executes /bin/true, every
 * tenth has a thread. Ends with 0 if each of them did. */
#include <pthread.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void *nothing(void *argument)
{
	return argument;
}

static int reap(void)
{
	int status;
	return waitpid(-1, &status, 0) > 0 && status == 0;
}

int main(int argc, char **argv)
{
	int processes = argc > 2 ? atoi(argv[1]) : 0, most = argc > 2 ? atoi(argv[2]) : 1, live = 0, good = 0;
	for (int i = 0; i < processes; i++) {
		pid_t pid;
		if (live == most) {
			good += reap();
			live--;
		}
		pid = fork();
		if (pid == 0) {
			pthread_t thread;
			if (i % 10 == 1)
				execl("/bin/true", "true", (char *)NULL);
			if (i % 10 == 2)
				_exit(pthread_create(&thread, NULL, nothing, NULL) || pthread_join(thread, NULL));
			_exit(i % 10 == 1);
		}
		if (pid < 0)
			return 98;
		live++;
	}
	while (live--)
		good += reap();
	return good == processes ? 0 : 1;
}
