/* Again and again: a byte on standard input, "go", and a fork that takes long, as there are many mappings to be copied; "forked", a byte,
 * and the child, which waits, is killed; "gone". */
#include "tracee.h"
#include <sys/mman.h>

int main(void) {
    enum { MAPPINGS = 40000, PAGE = 4096 };
    char *memory = mmap(NULL, (size_t)MAPPINGS * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (long n = 0; n < MAPPINGS; n += 2) MUST(mprotect(memory + n * PAGE, PAGE, PROT_READ));
    say("ready\n");
    for (char byte; read(0, &byte, 1) == 1;) {
        say("go\n");
        pid_t child = MUST(fork());
        if (!child) for (;;) pause();
        say("forked\n");
        take(0);
        MUST(kill(child, SIGKILL));
        reap(child);
        say("gone\n");
    }
    return 0;
}
