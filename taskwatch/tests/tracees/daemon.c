/* daemon FIFO FILE STATUS: leaves a daemon behind (two forks, a session of its own) and ends with STATUS.
 * The daemon writes its pid to FILE, opens FIFO, waits until nobody has it open for writing, and writes
 * "done". The command ends when FIFO is open: before that, whoever kills what it leaves behind may be faster. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void serve(const char *fifo, const char *file, int ready)
{
	char byte;
	int in;
	FILE *out = fopen(file, "w");
	if (!out)
		_exit(99);
	fprintf(out, "%d\n", getpid());
	fflush(out);
	in = open(fifo, O_RDONLY);
	if (in < 0 || write(ready, "", 1) != 1)
		_exit(99);
	close(ready);
	while (read(in, &byte, 1) > 0)
		;
	fprintf(out, "done\n");
	fclose(out);
	_exit(0);
}

int main(int argc, char **argv)
{
	pid_t pid;
	int status, ready[2];
	char byte;
	if (argc != 4 || pipe(ready))
		return 99;
	pid = fork();
	if (pid == 0) {
		setsid();
		if (fork() == 0) {
			/* Nobody who waits for the command's output waits for the daemon. */
			for (int fd = 0; fd < 3; fd++) {
				close(fd);
				open("/dev/null", O_RDWR);
			}
			serve(argv[1], argv[2], ready[1]);
		}
		_exit(0);
	}
	waitpid(pid, &status, 0);
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		return 99;
	return atoi(argv[3]);
}
