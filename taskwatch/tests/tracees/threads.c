/* threads WAY: a process with threads ends or executes in one of the odd ways. */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *way;
static pthread_barrier_t barrier;
static pid_t leader;

static void next(const char *what)
{
	execl("/proc/thread-self/exe", "threads", what, (char *)NULL);
	perror("exec");
	_exit(98);
}

static int is(const char *name)
{
	return strcmp(way, name) == 0;
}

static void *work(void *number)
{
	pthread_barrier_wait(&barrier);
	if ((long)number != 2)
		for (;;)
			pause();
	if (is("exec") || is("exec-again"))
		next(is("exec") ? "exec-again" : "says-so");
	if (is("leader-first") || is("leader-first-exec")) {
		/* The leader is a zombie when its process no longer shows its memory. */
		char path[64], byte;
		FILE *file;
		snprintf(path, sizeof path, "/proc/%d/task/%d/cmdline", leader, leader);
		do {
			file = fopen(path, "r");
			byte = fread(&byte, 1, 1, file);
			fclose(file);
		} while (byte);
		if (is("leader-first-exec"))
			next("says-so");
		syscall(SYS_exit_group, 21);
	}
	if (is("exit"))
		exit(22);
	if (is("signal"))
		kill(leader, SIGTERM);
	if (is("crash"))
		raise(SIGABRT);
	if (is("fork-exec") && fork() == 0)
		next("says-so");
	if (is("fork-exec"))
		exit(23);
	for (;;)
		pause();
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t thread;
	way = argc > 1 ? argv[1] : "says-so";
	leader = getpid();
	if (is("says-so")) {
		printf("%s thread of %s process\n", syscall(SYS_gettid) == getpid() ? "the first" : "another",
		       getpid() == leader ? "the same" : "another");
		return 20;
	}
	pthread_barrier_init(&barrier, NULL, 5);
	for (long i = 0; i < 4; i++)
		pthread_create(&thread, NULL, work, (void *)i);
	pthread_barrier_wait(&barrier);
	if (is("leader-first") || is("leader-first-exec"))
		syscall(SYS_exit, 24);
	if (is("leader-execs"))
		next("says-so");
	for (;;)
		pause();
}
