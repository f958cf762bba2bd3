/* sitter: says "running", and "continued" after each stop, until it is ended. Whoever reads that knows that it
 * is in the foreground: a shell gives it the terminal before it lets it run. */
#include <signal.h>
#include <unistd.h>

static void say(int signal)
{
	static const char text[] = "continued\n";
	(void)signal;
	if (write(1, text, sizeof text - 1) < 0)
		_exit(99);
}

int main(void)
{
	signal(SIGCONT, say);
	if (write(1, "running\n", 8) != 8)
		return 99;
	for (;;)
		pause();
}
