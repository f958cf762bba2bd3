/* posix_spawn, posix_spawnp of a missing name, and system: what programs really use.
 * glibc makes them with clone or clone3 and CLONE_VM|CLONE_VFORK. */
#include "tracee.h"
#include <spawn.h>

extern char **environ;

int main(int argc, char **argv) {
    char *program = argc > 1 ? argv[1] : "/bin/true";
    char *args[] = {program, NULL};
    pid_t child;
    int error = posix_spawn(&child, program, NULL, NULL, args, environ);
    if (error) say("spawn: %s\n", strerrorname_np(error));
    else say("spawn: %s\n", reap(child));
    error = posix_spawnp(&child, "no-such-program-anywhere", NULL, NULL, args, environ);
    say("missing: %s\n", strerrorname_np(error));
    int status = system("exit 3");
    say("system: %s\n", verdict(status));
    return 0;
}
