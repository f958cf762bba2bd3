/* inherit FILE: writes down everything that a program gets from whoever starts it. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

extern char **environ;

static FILE *out;

static void descriptors(void)
{
	for (int fd = 0; fd < 256; fd++) {
		char path[64], to[512];
		struct stat stat;
		ssize_t n;
		if (fd == fileno(out))
			continue;
		if (fstat(fd, &stat) != 0)
			continue;
		snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
		n = readlink(path, to, sizeof to - 1);
		to[n < 0 ? 0 : n] = 0;
		/* The number of a pipe or socket differs from run to run. */
		if (strchr(to, ':'))
			*strchr(to, ':') = 0;
		fprintf(out, "descriptor %d: %s, mode %o, flags %o, %o\n", fd, to, stat.st_mode & S_IFMT,
			fcntl(fd, F_GETFL), fcntl(fd, F_GETFD));
	}
}

static void signals(void)
{
	sigset_t mask, pending;
	sigprocmask(SIG_SETMASK, NULL, &mask);
	sigpending(&pending);
	for (int number = 1; number < 65; number++) {
		struct sigaction action;
		/* Two belong to the C library, which takes them over in every program with threads. */
		if (sigaction(number, NULL, &action))
			continue;
		fprintf(out, "signal %d: %s%s%s\n", number,
			action.sa_handler == SIG_DFL ? "default" : action.sa_handler == SIG_IGN ? "ignored" : "handled",
			sigismember(&mask, number) == 1 ? ", blocked" : "",
			sigismember(&pending, number) == 1 ? ", pending" : "");
	}
}

static void limits(void)
{
	for (int which = 0; which < RLIM_NLIMITS; which++) {
		struct rlimit limit;
		if (getrlimit(which, &limit) == 0)
			fprintf(out, "limit %d: %lu %lu\n", which, (unsigned long)limit.rlim_cur, (unsigned long)limit.rlim_max);
	}
}

static void status_file(void)
{
	static const char *const fields[] = { "Umask:",  "Uid:",    "Gid:",    "Groups:", "CapInh:", "CapPrm:",
					      "CapEff:", "CapBnd:", "CapAmb:", "Cpus_allowed:", "Mems_allowed:",
					      "THP_enabled:", "Threads:" };
	char line[4096];
	FILE *status = fopen("/proc/self/status", "r");
	while (fgets(line, sizeof line, status))
		for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
			if (strncmp(line, fields[i], strlen(fields[i])) == 0)
				fputs(line, out);
	fclose(status);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void environment(void)
{
	size_t n = 0;
	while (environ[n])
		n++;
	/* Their order is the caller's affair too, but std sorts it. */
	qsort(environ, n, sizeof *environ, by_name);
	for (size_t i = 0; i < n; i++)
		fprintf(out, "environment: %s\n", environ[i]);
}

int main(int argc, char **argv)
{
	char cwd[4096];
	int reaper = -1, death = -1;
	cpu_set_t cpus;
	struct sched_param param = { 0 };
	if (argc != 2 || !(out = fopen(argv[1], "we")))
		return 99;
	descriptors();
	signals();
	limits();
	status_file();
	environment();
	prctl(PR_GET_CHILD_SUBREAPER, &reaper, 0, 0, 0);
	prctl(PR_GET_PDEATHSIG, &death, 0, 0, 0);
	fprintf(out, "directory: %s\n", getcwd(cwd, sizeof cwd) ? cwd : "none");
	/* A leader's child is no leader: what counts is to be in the group and the session of whoever started us. */
	fprintf(out, "group: %s\n", getpgrp() == getpid() || getpgrp() == getpgid(getppid()) ? "as it was" : "another");
	fprintf(out, "session: %s\n", getsid(0) == getpid() || getsid(0) == getsid(getppid()) ? "as it was" : "another");
	fprintf(out, "subreaper %d, death signal %d\n", reaper, death);
	fprintf(out, "dumpable %d, keeps capabilities %d, secure bits %d\n", prctl(PR_GET_DUMPABLE, 0, 0, 0, 0),
		prctl(PR_GET_KEEPCAPS, 0, 0, 0, 0), prctl(PR_GET_SECUREBITS, 0, 0, 0, 0));
	fprintf(out, "timer slack %d\n", prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0));
	fprintf(out, "personality %x\n", personality(0xffffffff));
	fprintf(out, "priority %d, policy %d %d\n", getpriority(PRIO_PROCESS, 0), sched_getscheduler(0),
		sched_getparam(0, &param) ? -1 : param.sched_priority);
	fprintf(out, "io priority %ld\n", syscall(SYS_ioprio_get, 1, 0));
	fprintf(out, "cpus %d\n", sched_getaffinity(0, sizeof cpus, &cpus) ? -1 : CPU_COUNT(&cpus));
	return fclose(out) ? 99 : 0;
}
