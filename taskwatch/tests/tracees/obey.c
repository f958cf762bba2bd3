/* obey: says "ready", then the number of the first signal that is sent to it, and ends with 5. */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static volatile sig_atomic_t got;

static void note(int signal)
{
	got = signal;
}

int main(void)
{
	sigset_t all, old;
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &old);
	for (int number = 1; number < NSIG; number++)
		if (number != SIGCHLD)
			signal(number, note);
	printf("ready\n");
	fflush(stdout);
	while (!got)
		sigsuspend(&old);
	printf("got %d\n", (int)got);
	return 5;
}
