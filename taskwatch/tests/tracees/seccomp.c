/* seccomp: a program with a filter of its own, which refuses some calls that a supervisor looks at. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void filter(int number, unsigned action)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, action),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof code / sizeof *code, code };
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program))
		perror("seccomp");
}

static void trapped(int signal, siginfo_t *info, void *context)
{
	(void)context;
	(void)signal;
	printf("trapped: call %d\n", info->si_syscall);
}

static void result(const char *what, long pid)
{
	int error = errno, status = 0;
	if (pid < 0) {
		printf("%s: %s\n", what, strerror(error));
		return;
	}
	printf("%s: waited %d", what, waitpid(pid, &status, 0) == pid);
	printf(", status %x\n", status);
}

int main(void)
{
	struct sigaction action;
	long pid;
	setvbuf(stdout, NULL, _IONBF, 0);
	memset(&action, 0, sizeof action);
	action.sa_sigaction = trapped;
	action.sa_flags = SA_SIGINFO;
	sigaction(SIGSYS, &action, NULL);
	filter(SYS_vfork, SECCOMP_RET_ERRNO | EPERM);
	result("vfork", syscall(SYS_vfork));
	filter(SYS_setuid, SECCOMP_RET_TRAP);
	setuid(getuid());
	filter(SYS_setgid, SECCOMP_RET_ERRNO | ENOTTY);
	printf("setgid: %d", setgid(getgid()));
	printf(", %s\n", strerror(errno));
	/* A permissive one is looked at too. */
	filter(SYS_getppid, SECCOMP_RET_ALLOW);
	pid = fork();
	if (pid == 0) {
		result("vfork in a child", syscall(SYS_vfork));
		filter(SYS_getpid, SECCOMP_RET_KILL_PROCESS);
		syscall(SYS_getpid);
		_exit(99);
	}
	result("fork", pid);
	pid = fork();
	if (pid == 0) {
		/* Nobody traces for this filter's sake: the call is refused with ENOSYS. */
		filter(SYS_getpriority, SECCOMP_RET_TRACE | 7);
		printf("traced: %ld", syscall(SYS_getpriority, 0, 0));
		printf(", %s\n", strerror(errno));
		_exit(15);
	}
	result("fork", pid);
	pid = fork();
	if (pid == 0) {
		filter(SYS_clone, SECCOMP_RET_ERRNO | EMFILE);
		filter(SYS_clone3, SECCOMP_RET_ERRNO | ENOSYS);
		filter(SYS_fork, SECCOMP_RET_ERRNO | EMFILE);
		result("fork that is refused", fork());
		execl("/bin/sh", "sh", "-c", "exit 16", (char *)NULL);
		_exit(99);
	}
	result("exec", pid);
	return 17;
}
