/* eintr: the first thread sits in a call while signals arrive that nobody handles (the default ignores SIGCHLD and
 * SIGURG, and SIGUSR2 is set to be ignored). The kernel drops such signals; the call must not notice. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/msg.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int event, sockets[2], queue, semaphores, word;
static pthread_t first;

/* Each blocks until it is woken, and gives 0 or its errno. */
static int in_epoll(void)
{
	struct epoll_event none = { .events = EPOLLIN }, got;
	int poll_fd = epoll_create1(EPOLL_CLOEXEC), result;
	epoll_ctl(poll_fd, EPOLL_CTL_ADD, event, &none);
	result = epoll_wait(poll_fd, &got, 1, 100000);
	close(poll_fd);
	return result == 1 ? 0 : errno;
}

static int in_epoll_for_ever(void)
{
	struct epoll_event none = { .events = EPOLLIN }, got;
	int poll_fd = epoll_create1(EPOLL_CLOEXEC), result;
	epoll_ctl(poll_fd, EPOLL_CTL_ADD, event, &none);
	result = epoll_wait(poll_fd, &got, 1, -1);
	close(poll_fd);
	return result == 1 ? 0 : errno;
}

static int in_poll(void)
{
	struct pollfd fd = { event, POLLIN, 0 };
	return poll(&fd, 1, 100000) == 1 ? 0 : errno;
}

static int in_select(void)
{
	fd_set set;
	struct timeval time = { 100, 0 };
	FD_ZERO(&set);
	FD_SET(event, &set);
	return select(event + 1, &set, NULL, NULL, &time) == 1 ? 0 : errno;
}

static int in_read(void)
{
	char byte;
	return recv(sockets[0], &byte, 1, 0) == 1 ? 0 : errno;
}

static int in_read_with_timeout(void)
{
	char byte;
	struct timeval time = { 100, 0 };
	setsockopt(sockets[0], SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
	return recv(sockets[0], &byte, 1, 0) == 1 ? 0 : errno;
}

static int in_futex(void)
{
	struct timespec time = { 100, 0 };
	while (__atomic_load_n(&word, __ATOMIC_SEQ_CST) == 0)
		if (syscall(SYS_futex, &word, FUTEX_WAIT, 0, &time, NULL, 0) != 0 && errno != EAGAIN)
			return errno;
	return 0;
}

static int in_sigtimedwait(void)
{
	sigset_t set;
	struct timespec time = { 100, 0 };
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	return sigtimedwait(&set, NULL, &time) == SIGUSR1 ? 0 : errno;
}

static int in_semaphore(void)
{
	struct sembuf take = { 0, -1, 0 };
	struct timespec time = { 100, 0 };
	return semtimedop(semaphores, &take, 1, &time) == 0 ? 0 : errno;
}

static int in_message_queue(void)
{
	struct { long type; char text[1]; } message;
	return msgrcv(queue, &message, 1, 0, 0) == 1 ? 0 : errno;
}

static void by_event(pthread_t thread)
{
	uint64_t one = 1;
	(void)thread;
	if (write(event, &one, sizeof one) != sizeof one)
		exit(99);
}

static void by_socket(pthread_t thread)
{
	(void)thread;
	if (send(sockets[1], "x", 1, 0) != 1)
		exit(99);
}

static void by_futex(pthread_t thread)
{
	(void)thread;
	__atomic_store_n(&word, 1, __ATOMIC_SEQ_CST);
	syscall(SYS_futex, &word, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static void by_signal(pthread_t thread)
{
	pthread_kill(thread, SIGUSR1);
}

static void by_semaphore(pthread_t thread)
{
	struct sembuf give = { 0, 1, 0 };
	(void)thread;
	semop(semaphores, &give, 1);
}

static void by_message(pthread_t thread)
{
	struct { long type; char text[1]; } message = { 1, { 'x' } };
	(void)thread;
	msgsnd(queue, &message, 1, 0);
}

static const struct way {
	const char *name;
	int (*sit)(void);
	void (*wake)(pthread_t);
} ways[] = {
	{ "epoll_wait", in_epoll, by_event },
	{ "epoll_wait without a limit", in_epoll_for_ever, by_event },
	{ "poll", in_poll, by_event },
	{ "select", in_select, by_event },
	{ "recv", in_read, by_socket },
	{ "recv with a limit", in_read_with_timeout, by_socket },
	{ "futex", in_futex, by_futex },
	{ "sigtimedwait", in_sigtimedwait, by_signal },
	{ "semtimedop", in_semaphore, by_semaphore },
	{ "msgrcv", in_message_queue, by_message },
};

/* Until the first thread sleeps in its call. */
static void await_sleep(void)
{
	char path[64], line[512], *state;
	snprintf(path, sizeof path, "/proc/self/task/%d/stat", getpid());
	for (;;) {
		FILE *file = fopen(path, "r");
		state = fgets(line, sizeof line, file) ? strrchr(line, ')') : NULL;
		fclose(file);
		if (state && state[2] == 'S')
			return;
		sched_yield();
	}
}

static void *disturb(void *way)
{
	for (int n = 0; n < 3; n++) {
		pid_t child;
		await_sleep();
		child = fork();
		if (child == 0)
			_exit(0);
		/* Its SIGCHLD is sent before the wait ends. */
		waitpid(child, NULL, 0);
		await_sleep();
		kill(getpid(), SIGURG);
		await_sleep();
		kill(getpid(), SIGUSR2);
	}
	await_sleep();
	((const struct way *)way)->wake(first);
	return NULL;
}

int main(void)
{
	sigset_t set;
	first = pthread_self();
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGUSR2, SIG_IGN);
	event = eventfd(0, EFD_CLOEXEC);
	queue = msgget(IPC_PRIVATE, 0600);
	semaphores = semget(IPC_PRIVATE, 1, 0600);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sockets))
		return 99;
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
		pthread_t thread;
		uint64_t count;
		int result;
		pthread_create(&thread, NULL, disturb, (void *)&ways[i]);
		result = ways[i].sit();
		printf("%s: %s\n", ways[i].name, result ? strerror(result) : "fine");
		fflush(stdout);
		/* One that was disturbed sits down again, so that the other thread comes to its end. */
		while (result)
			result = ways[i].sit();
		pthread_join(thread, NULL);
		/* Nothing of one way is left for the next. */
		if (ways[i].wake == by_event && read(event, &count, sizeof count) != sizeof count)
			return 99;
	}
	msgctl(queue, IPC_RMID, NULL);
	semctl(semaphores, 0, IPC_RMID);
	return 0;
}
