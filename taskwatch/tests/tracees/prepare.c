/* prepare STATE... -- COMMAND [ARG]...: puts this process into a state, then executes COMMAND. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static void fail(const char *what)
{
	fprintf(stderr, "prepare: %s: %s\n", what, strerror(errno));
	exit(99);
}

static int starts(const char *text, const char *with, const char **rest)
{
	size_t n = strlen(with);
	*rest = text + n;
	return strncmp(text, with, n) == 0;
}

static void prepare(const char *state)
{
	const char *rest;
	if (strcmp(state, "defaults") == 0) {
		/* Signals as whoever sits at a terminal has them. */
		sigset_t none;
		for (int number = 1; number < NSIG; number++)
			signal(number, SIG_DFL);
		sigemptyset(&none);
		if (sigprocmask(SIG_SETMASK, &none, NULL))
			fail(state);
	} else if (starts(state, "ignore=", &rest)) {
		if (signal(atoi(rest), SIG_IGN) == SIG_ERR)
			fail(state);
	} else if (starts(state, "block=", &rest)) {
		sigset_t set;
		sigemptyset(&set);
		sigaddset(&set, atoi(rest));
		if (sigprocmask(SIG_BLOCK, &set, NULL))
			fail(state);
	} else if (starts(state, "close=", &rest)) {
		close(atoi(rest));
	} else if (starts(state, "open=", &rest)) {
		int fd = open("/dev/null", O_RDWR);
		if (fd < 0 || (fd != atoi(rest) && (dup2(fd, atoi(rest)) < 0 || close(fd))))
			fail(state);
	} else if (starts(state, "files=", &rest)) {
		struct rlimit limit = { atoi(rest), atoi(rest) };
		if (setrlimit(RLIMIT_NOFILE, &limit))
			fail(state);
	} else if (starts(state, "core=", &rest)) {
		struct rlimit limit = { atoi(rest), atoi(rest) };
		if (setrlimit(RLIMIT_CORE, &limit))
			fail(state);
	} else if (starts(state, "stack=", &rest)) {
		struct rlimit limit = { atoi(rest), RLIM_INFINITY };
		if (setrlimit(RLIMIT_STACK, &limit))
			fail(state);
	} else if (starts(state, "umask=", &rest)) {
		umask(strtol(rest, NULL, 8));
	} else if (starts(state, "nice=", &rest)) {
		if (setpriority(PRIO_PROCESS, 0, atoi(rest)))
			fail(state);
	} else if (strcmp(state, "group") == 0) {
		if (setpgid(0, 0))
			fail(state);
	} else if (strcmp(state, "session") == 0) {
		if (setsid() < 0)
			fail(state);
	} else if (strcmp(state, "terminal") == 0) {
		/* Standard input becomes the terminal of a new session. */
		if (setsid() < 0 || ioctl(0, TIOCSCTTY, 0))
			fail(state);
	} else if (strcmp(state, "one-cpu") == 0) {
		cpu_set_t set;
		int first = 0;
		if (sched_getaffinity(0, sizeof set, &set))
			fail(state);
		while (!CPU_ISSET(first, &set))
			first++;
		CPU_ZERO(&set);
		CPU_SET(first, &set);
		if (sched_setaffinity(0, sizeof set, &set))
			fail(state);
	} else if (strcmp(state, "no-environment") == 0) {
		clearenv();
	} else if (strcmp(state, "odd-environment") == 0) {
		putenv("ODD=\377\033[31m");
		putenv("EMPTY=");
		putenv("LD_BIND_NOW=1");
	} else if (strcmp(state, "no-new-privileges") == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
			fail(state);
	} else if (strcmp(state, "timer-slack") == 0) {
		if (prctl(PR_SET_TIMERSLACK, 123456, 0, 0, 0))
			fail(state);
	} else {
		fprintf(stderr, "prepare: no state %s\n", state);
		exit(99);
	}
}

int main(int argc, char **argv)
{
	int i;
	for (i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		prepare(argv[i]);
	if (i + 1 >= argc) {
		fprintf(stderr, "prepare: no command\n");
		return 99;
	}
	execvp(argv[i + 1], argv + i + 1);
	fail(argv[i + 1]);
	return 99;
}
