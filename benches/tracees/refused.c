/* Forks that fail with EAGAIN: `refused limit|watcher N`. At a limit of its own, or where a watcher refuses. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    struct rlimit none = { 0, 0 };
    if (argc < 3)
        return 125;
    /* The limit does not hold for root. */
    if (strcmp(argv[1], "limit") == 0 &&
        ((getuid() == 0 && setresuid(65534, 65534, 65534) != 0) || setrlimit(RLIMIT_NPROC, &none) != 0))
        return 124;
    for (int left = atoi(argv[2]); left > 0; left--)
        if (fork() != -1 || errno != EAGAIN)
            return 123;
    return 0;
}
