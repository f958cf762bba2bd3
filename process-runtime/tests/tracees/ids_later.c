/* `ids_later UID EUID`: is UID already; after SIGUSR1 ("handled") and a byte on standard input it sets EUID as its effective uid, which its
 * saved uid allows no more than root's capabilities do. */
#include "tracee.h"

static void handler(int sig) { say("handled\n"), (void)sig; }

int main(int argc, char **argv) {
    if (argc != 3) return 99;
    MUST(signal(SIGUSR1, handler) == SIG_ERR ? -1 : 0);
    MUST(prctl(PR_SET_KEEPCAPS, 1));
    MUST(prctl(PR_SET_SECUREBITS, 1 << 2)); /* SECBIT_NO_SETUID_FIXUP: the capabilities stay. */
    MUST(syscall(SYS_setresuid, atoi(argv[1]), atoi(argv[1]), atoi(argv[1])));
    MUST(prctl(PR_SET_DUMPABLE, 1));
    say("ready\n");
    take(0);
    MUST(syscall(SYS_setresuid, -1, atoi(argv[2]), -1));
    return 0;
}
