/* orphan: a grandchild whose parent is gone says who its parent is now. */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	int gate[2], done[2];
	pid_t outer = getppid(), command = getpid(), middle;
	char byte;
	if (pipe(gate) || pipe(done))
		return 99;
	middle = fork();
	if (middle == 0) {
		if (fork() == 0) {
			pid_t parent;
			close(gate[1]);
			/* The end of the file comes when the middle one, and the command's own end, are closed. */
			if (read(gate[0], &byte, 1) != 0)
				_exit(99);
			parent = getppid();
			puts(parent == outer ? "the command's parent" : parent == command ? "the command" : "another");
			fflush(stdout);
			_exit(0);
		}
		_exit(0);
	}
	waitpid(middle, NULL, 0);
	close(gate[1]);
	close(done[1]);
	/* The orphan's end of this pipe closes with it. */
	return read(done[0], &byte, 1) == 0 ? 0 : 99;
}
