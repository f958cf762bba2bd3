/* int80: the calls of a 32-bit program, which a 64-bit one can make too: fork, vfork, clone, waitpid, setuid. */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

static long call32(long number, long a, long b, long c)
{
	long result;
	__asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(a), "c"(b), "d"(c) : "memory", "r8", "r9", "r10", "r11");
	return (int)result;
}

int main(void)
{
	int *status = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	const int numbers[] = { 2 /* fork */, 120 /* clone */ };
	setvbuf(stdout, NULL, _IONBF, 0);
	printf("getpid: %d\n", call32(20, 0, 0, 0) == getpid());
	for (int i = 0; i < 2; i++) {
		long pid = call32(numbers[i], numbers[i] == 120 ? 17 : 0, 0, 0);
		if (pid == 0)
			call32(1 /* exit */, 40 + i, 0, 0);
		printf("made: %d", pid > 0);
		printf(", waited: %d", call32(7 /* waitpid */, pid, (long)status, 0) == pid);
		printf(", status %x\n", *status);
	}
	printf("setreuid32: %ld\n", call32(203, -1, -1, 0));
	printf("clone that is refused: %ld\n", call32(120, 0x800, 0, 0));
	printf("no such call: %ld\n", call32(9999, 0, 0, 0));
	return 14;
}
