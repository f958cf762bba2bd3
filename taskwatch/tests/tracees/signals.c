/* signals: what a program sees of signals, in ways that a tracer likes to disturb. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t seen, order[64], values[64], codes[64];
static sigjmp_buf back;
static void *fault;

static void note(int signal, siginfo_t *info, void *context)
{
	(void)context;
	if (seen < 64) {
		order[seen] = signal;
		values[seen] = info->si_code == SI_QUEUE ? info->si_value.sival_int : 0;
		codes[seen] = info->si_code;
	}
	seen++;
}

static void jump(int signal, siginfo_t *info, void *context)
{
	(void)context;
	fault = info->si_addr;
	siglongjmp(back, signal);
}

static void handle(int signal, int flags, void (*handler)(int, siginfo_t *, void *))
{
	struct sigaction action;
	memset(&action, 0, sizeof action);
	action.sa_sigaction = handler;
	action.sa_flags = SA_SIGINFO | flags;
	sigaction(signal, &action, NULL);
}

static void told(const char *what)
{
	printf("%s:", what);
	for (int i = 0; i < seen && i < 64; i++)
		printf(" %d (code %d, value %d)", order[i], codes[i], values[i]);
	printf("\n");
	seen = 0;
}

static void queued(void)
{
	sigset_t all, old;
	union sigval value;
	sigfillset(&all);
	for (int n = 0; n < 3; n++)
		handle(SIGRTMIN + n, 0, note);
	handle(SIGUSR1, 0, note);
	sigprocmask(SIG_BLOCK, &all, &old);
	for (int i = 0; i < 4; i++)
		for (int n = 2; n >= 0; n--) {
			value.sival_int = 10 * n + i;
			sigqueue(getpid(), SIGRTMIN + n, value);
		}
	kill(getpid(), SIGUSR1);
	kill(getpid(), SIGUSR1);
	sigprocmask(SIG_SETMASK, &old, NULL);
	told("queued");
}

static void waited(void)
{
	sigset_t set, old;
	siginfo_t info;
	struct timespec none = { 0, 0 };
	union sigval value = { .sival_int = 77 };
	int fd;
	struct signalfd_siginfo read_info;
	sigemptyset(&set);
	sigaddset(&set, SIGRTMAX);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, &old);
	sigqueue(getpid(), SIGRTMAX, value);
	printf("sigwaitinfo: %d", sigwaitinfo(&set, &info));
	printf(", code %d, value %d\n", info.si_code, info.si_value.sival_int);
	errno = 0;
	printf("sigtimedwait: %d", sigtimedwait(&set, &info, &none));
	printf(", errno %d\n", errno);
	fd = signalfd(-1, &set, SFD_CLOEXEC);
	kill(getpid(), SIGUSR2);
	printf("signalfd: %zd", read(fd, &read_info, sizeof read_info));
	printf(", signal %u, from here: %d\n", read_info.ssi_signo, read_info.ssi_pid == (unsigned)getpid());
	close(fd);
	sigprocmask(SIG_SETMASK, &old, NULL);
}

static void faults(void)
{
	char *page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	static char alternate[65536];
	stack_t stack = { .ss_sp = alternate, .ss_size = sizeof alternate };
	int signal;
	sigaltstack(&stack, NULL);
	handle(SIGSEGV, SA_ONSTACK, jump);
	handle(SIGTRAP, 0, jump);
	handle(SIGILL, 0, jump);
	handle(SIGFPE, 0, jump);
	signal = sigsetjmp(back, 1);
	if (!signal)
		*(volatile char *)page = 1;
	printf("fault: %d at the page: %d\n", signal, fault == page);
	signal = sigsetjmp(back, 1);
	if (!signal)
		__asm__ volatile("int3");
	printf("breakpoint: %d\n", signal);
	signal = sigsetjmp(back, 1);
	if (!signal)
		__asm__ volatile("ud2");
	printf("illegal: %d\n", signal);
	signal = sigsetjmp(back, 1);
	if (!signal)
		raise(SIGTRAP);
	printf("raised: %d\n", signal);
}

static void interrupted(void)
{
	/* Again and again, for one may come before the call. */
	struct itimerval soon = { { 0, 20000 }, { 0, 20000 } }, none = { { 0, 0 }, { 0, 0 } };
	struct timespec long_time = { 100, 0 }, left;
	int gate[2];
	char byte;
	long result;
	handle(SIGALRM, 0, note);
	setitimer(ITIMER_REAL, &soon, NULL);
	result = nanosleep(&long_time, &left);
	printf("nanosleep: %ld, errno %d, some is left: %d\n", result, errno, left.tv_sec > 90);
	if (pipe(gate))
		exit(99);
	setitimer(ITIMER_REAL, &soon, NULL);
	result = read(gate[0], &byte, 1);
	printf("read: %ld, errno %d\n", result, errno);
	handle(SIGALRM, SA_RESTART, note);
	setitimer(ITIMER_REAL, &none, NULL);
	if (fork() == 0) {
		struct timespec later = { 0, 100000000 };
		nanosleep(&later, NULL);
		_exit(write(gate[1], "x", 1) != 1);
	}
	setitimer(ITIMER_REAL, &soon, NULL);
	result = read(gate[0], &byte, 1);
	printf("read, restarted: %ld\n", result);
	while (wait(NULL) < 0 && errno == EINTR)
		;
	result = poll(NULL, 0, 100000);
	printf("poll: %ld, errno %d\n", result, errno);
	setitimer(ITIMER_REAL, &none, NULL);
	seen = 0;
}

static void stopped(void)
{
	int status;
	siginfo_t info;
	pid_t pid = fork();
	handle(SIGCHLD, SA_RESTART, note);
	seen = 0;
	if (pid == 0) {
		struct timespec some = { 0, 1000000 };
		signal(SIGCHLD, SIG_DFL);
		/* In a group that is orphaned, only SIGSTOP stops. */
		setpgid(0, 0);
		raise(SIGSTOP);
		/* Stopped from outside, inside a call that goes on afterwards. */
		for (;;)
			nanosleep(&some, NULL);
	}
	printf("stopped: %d", waitpid(pid, &status, WUNTRACED) == pid);
	printf(", status %x\n", status);
	kill(pid, SIGCONT);
	printf("continued: %d", waitpid(pid, &status, WCONTINUED) == pid);
	printf(", status %x\n", status);
	for (int i = 0; i < 20; i++) {
		static const int stops[] = { SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU };
		int signal = stops[i % 4];
		kill(pid, signal);
		memset(&info, 0, sizeof info);
		waitid(P_PID, pid, &info, WSTOPPED);
		printf("stop %d: code %d, status %d\n", signal, info.si_code, info.si_status);
		kill(pid, SIGCONT);
		memset(&info, 0, sizeof info);
		waitid(P_PID, pid, &info, WCONTINUED);
		printf("continue: code %d, status %d\n", info.si_code, info.si_status);
	}
	kill(pid, SIGSTOP);
	waitid(P_PID, pid, &info, WSTOPPED);
	kill(pid, SIGKILL);
	memset(&info, 0, sizeof info);
	waitid(P_PID, pid, &info, WEXITED | WNOWAIT);
	printf("killed while stopped: code %d, status %d\n", info.si_code, info.si_status);
	waitpid(pid, &status, 0);
	printf("and waited for: %x\n", status);
	/* How many of them were one signal is chance. */
	printf("SIGCHLD came: %d\n", seen > 0);
	seen = 0;
	signal(SIGCHLD, SIG_DFL);
}

static void groups(void)
{
	int status, gate[2];
	char byte;
	pid_t first, second;
	if (pipe(gate))
		exit(99);
	first = fork();
	if (first == 0) {
		setpgid(0, 0);
		second = fork();
		if (second == 0) {
			close(gate[0]);
			if (write(gate[1], "x", 1) == 1)
				for (;;)
					pause();
		}
		close(gate[1]);
		waitpid(second, &status, 0);
		_exit(WTERMSIG(status));
	}
	close(gate[1]);
	printf("ready: %zd\n", read(gate[0], &byte, 1));
	kill(-first, SIGSTOP);
	printf("group stopped: %d", waitpid(-first, &status, WUNTRACED) == first);
	printf(", status %x\n", status);
	kill(-first, SIGCONT);
	kill(-first, SIGTERM);
	printf("group ended: %d", waitpid(-first, &status, 0) == first);
	printf(", status %x\n", status);
	/* The other one is gone too: its end of the pipe is closed. */
	printf("all gone: %zd\n", read(gate[0], &byte, 1));
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	queued();
	waited();
	faults();
	interrupted();
	stopped();
	groups();
	return 13;
}
