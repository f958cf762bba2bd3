/* libc: the ways in which the C library makes processes, each with what came of it. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static void result(const char *what, pid_t pid)
{
	int status = -1;
	pid_t got = pid < 0 ? -1 : waitpid(pid, &status, __WALL);
	printf("%s: %s, status %x\n", what, got == pid && pid > 0 ? "waited" : strerror(errno), status);
}

static pid_t spawn(const char *file, short flags, char *const argv[])
{
	posix_spawnattr_t attributes;
	posix_spawn_file_actions_t actions;
	sigset_t signals;
	pid_t pid;
	int error;
	posix_spawnattr_init(&attributes);
	posix_spawn_file_actions_init(&actions);
	sigfillset(&signals);
	posix_spawnattr_setflags(&attributes, flags);
	posix_spawnattr_setsigdefault(&attributes, &signals);
	sigdelset(&signals, SIGTERM);
	posix_spawnattr_setsigmask(&attributes, &signals);
	posix_spawn_file_actions_adddup2(&actions, 1, 2);
	error = posix_spawnp(&pid, file, &actions, &attributes, argv, environ);
	errno = error;
	return error ? -1 : pid;
}

static int by_clone(void *code)
{
	return (int)(long)code;
}

static int after_fork;

static void count(void)
{
	after_fork++;
}

static void *shell(void *command)
{
	return (void *)(long)system(command);
}

int main(void)
{
	char *fine[] = { "sh", "-c", "exit 4", NULL }, *killed[] = { "sh", "-c", "kill -9 $$", NULL };
	char line[64] = "";
	FILE *pipe;
	pid_t pid;
	pthread_t threads[4];
	char *stack = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	setvbuf(stdout, NULL, _IOLBF, 0);
	result("posix_spawn", spawn("sh", 0, fine));
	result("posix_spawn, group and signals", spawn("sh", POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK, fine));
	result("posix_spawn, session", spawn("sh", POSIX_SPAWN_SETSID, killed));
	result("posix_spawn of nothing", spawn("/nonexistent/command", 0, fine));
	printf("system: %x, %x, %x\n", system("exit 3"), system("kill -TERM $$"), system("/nonexistent/command 2>/dev/null"));
	pipe = popen("echo from a pipe; exit 2", "r");
	printf("popen: %s", pipe && fgets(line, sizeof line, pipe) ? line : "nothing\n");
	printf("pclose: %x\n", pipe ? pclose(pipe) : -1);
	pipe = popen("cat", "w");
	fprintf(pipe, "to a pipe\n");
	printf("pclose: %x\n", pclose(pipe));
	pid = vfork();
	if (pid == 0) {
		execlp("sh", "sh", "-c", "exit 5", (char *)NULL);
		_exit(99);
	}
	result("vfork and exec", pid);
	pid = vfork();
	if (pid == 0)
		_exit(6);
	result("vfork and exit", pid);
	pid = vfork();
	if (pid == 0) {
		execl("/nonexistent/command", "x", (char *)NULL);
		_exit(7);
	}
	result("vfork and a failed exec", pid);
	result("clone", clone(by_clone, stack + 65536, SIGCHLD, (void *)8));
	result("clone, shared memory", clone(by_clone, stack + 65536, CLONE_VM | CLONE_VFORK | SIGCHLD, (void *)9));
	result("clone, no signal", clone(by_clone, stack + 65536, CLONE_FILES, (void *)10));
	pthread_atfork(count, count, NULL);
	pid = fork();
	if (pid == 0)
		_exit(after_fork);
	result("fork with handlers", pid);
	printf("handlers ran %d times\n", after_fork);
	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, shell, "exit 11");
	for (int i = 0; i < 4; i++) {
		void *status;
		pthread_join(threads[i], &status);
		printf("system in a thread: %lx\n", (long)status);
	}
	result("the last", -1);
	return 12;
}
