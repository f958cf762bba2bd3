/* waits: what a parent learns of its children, in every way to ask. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void *stay(void *nothing)
{
	for (;;)
		pause();
	return nothing;
}

static void *leave(void *code)
{
	syscall(SYS_exit, (long)code);
	return NULL;
}

static pid_t child(int code)
{
	pid_t pid = fork();
	if (pid == 0)
		_exit(code);
	return pid;
}

static int status;

static void show(const char *what, long result)
{
	printf("%s: %s, errno %d, status %x\n", what, result > 0 ? "a child" : result == 0 ? "0" : "failed",
	       result < 0 ? errno : 0, result > 0 ? status : 0);
}

static volatile sig_atomic_t children, other;

static void count(int signal)
{
	*(signal == SIGCHLD ? &children : &other) += 1;
}

static void one_by_one(void)
{
	struct rusage usage;
	siginfo_t info;
	pid_t pid;
	show("none", wait(&status));
	pid = child(1);
	show("waitpid", waitpid(pid, &status, 0));
	show("again", waitpid(pid, &status, 0));
	pid = child(2);
	show("wait4", wait4(-1, &status, 0, &usage));
	pid = child(3);
	memset(&info, 0, sizeof info);
	printf("waitid: %d", waitid(P_PID, pid, &info, WEXITED | WNOWAIT));
	printf(", code %d, status %d, it is the child: %d\n", info.si_code, info.si_status, info.si_pid == pid);
	show("after WNOWAIT", waitpid(pid, &status, 0));
	pid = fork();
	if (pid == 0)
		stay(NULL);
	show("WNOHANG", waitpid(pid, &status, WNOHANG));
	kill(pid, SIGUSR1);
	show("killed", waitpid(pid, &status, 0));
	show("group", waitpid(0, &status, 0));
}

static void by_pidfd(void)
{
	int gate[2];
	char byte;
	siginfo_t info;
	pid_t pid;
	long fd;
	struct pollfd poll_fd;
	if (pipe(gate))
		exit(99);
	pid = fork();
	if (pid == 0) {
		close(gate[1]);
		_exit(read(gate[0], &byte, 1) == 0 ? 4 : 99);
	}
	fd = syscall(SYS_pidfd_open, pid, 0);
	poll_fd = (struct pollfd){ (int)fd, POLLIN, 0 };
	printf("pidfd: %d\n", poll(&poll_fd, 1, 0));
	close(gate[1]);
	printf("pidfd: %d", poll(&poll_fd, 1, -1));
	printf(", events %x\n", poll_fd.revents);
	memset(&info, 0, sizeof info);
	printf("waitid: %d", waitid(3 /* P_PIDFD */, (id_t)fd, &info, WEXITED));
	printf(", code %d, status %d\n", info.si_code, info.si_status);
	show("nothing left", waitpid(pid, &status, 0));
}

static void of_threads(void)
{
	pid_t pid = fork();
	pthread_t thread;
	if (pid == 0) {
		pthread_create(&thread, NULL, stay, NULL);
		pthread_create(&thread, NULL, leave, (void *)5L);
		pthread_create(&thread, NULL, stay, NULL);
		_exit(6);
	}
	show("a process with threads", waitpid(pid, &status, 0));
	pid = fork();
	if (pid == 0) {
		/* The last thread leaves after the first one: whose code it is depends on the kernel's version. */
		pthread_create(&thread, NULL, leave, (void *)7L);
		syscall(SYS_exit, 7);
	}
	show("the leader leaves", waitpid(pid, &status, 0));
	pid = fork();
	if (pid == 0) {
		pthread_create(&thread, NULL, stay, NULL);
		syscall(SYS_exit, 8);
	}
	show("a leader that is gone is no end", waitpid(pid, &status, WNOHANG));
	kill(pid, SIGTERM);
	show("but a signal is", waitpid(pid, &status, 0));
}

static void signals_to_the_parent(void)
{
	pid_t pid;
	struct sigaction action;
	sigset_t both, old;
	memset(&action, 0, sizeof action);
	action.sa_handler = count;
	sigaction(SIGCHLD, &action, NULL);
	sigaction(SIGURG, &action, NULL);
	sigemptyset(&both);
	sigaddset(&both, SIGCHLD);
	sigaddset(&both, SIGURG);
	sigprocmask(SIG_BLOCK, &both, &old);
	pid = child(9);
	while (children == 0)
		sigsuspend(&old);
	show("SIGCHLD", waitpid(pid, &status, 0));
	pid = syscall(SYS_clone, SIGURG, 0, 0, 0, 0);
	if (pid == 0)
		_exit(10);
	while (other == 0)
		sigsuspend(&old);
	show("not by waitpid", waitpid(pid, &status, 0));
	show("__WCLONE", waitpid(pid, &status, __WCLONE));
	pid = syscall(SYS_clone, 0, 0, 0, 0, 0);
	if (pid == 0)
		_exit(11);
	show("__WALL", waitpid(pid, &status, __WALL));
	printf("SIGCHLD %d, SIGURG %d\n", children, other);
	sigprocmask(SIG_SETMASK, &old, NULL);
	signal(SIGURG, SIG_DFL);
	signal(SIGCHLD, SIG_IGN);
	child(12);
	child(13);
	show("ignored", wait(&status));
	memset(&action, 0, sizeof action);
	action.sa_handler = count;
	action.sa_flags = SA_NOCLDWAIT | SA_NOCLDSTOP;
	sigaction(SIGCHLD, &action, NULL);
	child(14);
	/* A handler without SA_RESTART ends a wait. */
	while (wait(&status) > 0 || errno == EINTR)
		;
	printf("SA_NOCLDWAIT: errno %d\n", errno);
	signal(SIGCHLD, SIG_DFL);
}

static void orphans(void)
{
	int gate[2];
	pid_t pid, orphan = 0;
	if (pipe(gate))
		exit(99);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	pid = fork();
	if (pid == 0) {
		pid_t own = fork();
		if (own == 0) {
			char byte;
			close(gate[1]);
			/* Until the middle one is gone. */
			while (getppid() != 1 && read(gate[0], &byte, 1) > 0)
				;
			_exit(15);
		}
		_exit(write(gate[1], &own, sizeof own) == sizeof own ? 16 : 99);
	}
	show("the middle one", waitpid(pid, &status, 0));
	close(gate[1]);
	if (read(gate[0], &orphan, 0) != 0)
		exit(99);
	show("the orphan", waitpid(-1, &status, 0));
	prctl(PR_SET_CHILD_SUBREAPER, 0);
	/* A child with our parent's parent. */
	pid = fork();
	if (pid == 0) {
		pid_t sibling = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
		if (sibling == 0)
			_exit(17);
		_exit(18);
	}
	/* Either may come first. */
	int first = 0, second = 0;
	wait(&first);
	wait(&second);
	printf("siblings: %x\n", first < second ? first << 16 | second : second << 16 | first);
}

int main(void)
{
	struct rusage usage;
	setvbuf(stdout, NULL, _IOLBF, 0);
	one_by_one();
	by_pidfd();
	of_threads();
	signals_to_the_parent();
	orphans();
	getrusage(RUSAGE_CHILDREN, &usage);
	printf("children used memory: %d\n", usage.ru_maxrss > 0);
	return 19;
}
