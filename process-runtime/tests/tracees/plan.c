/* Runs a plan: a tree of lives written as text, so that a test can compute what must be seen.
 *   f(..) F(..)  fork a child that runs what is inside; awaited at once, or at the caller's end
 *   t(..) T(..)  the same with a thread
 *   v  vfork and execute $PROGRAM or true      s  posix_spawn true
 *   e  execute ourselves with the rest (a leader without other threads)
 *   u g  change the saved uid, gid      n  a setuid that changes nothing
 *   0..9 end with this code              k  die by SIGKILL
 * `plan FILE [OFFSET]`. */
#include "tracee.h"
#include <spawn.h>

extern char **environ;
static char *file, *text;
static char *quiet[] = {"true", NULL};

static char *run(char *at, int is_thread);

static char *skip(char *at) { /* Past the matching parenthesis. */
    for (int depth = 0;; at++)
        if (*at == '(') depth++;
        else if (*at == ')' && --depth == 0) return at + 1;
}

static void *thread_main(void *arg) {
    run(arg, 1);
    return NULL;
}

static void collect(int n, pid_t *children, int n_threads, pthread_t *threads) {
    for (int i = 0; i < n; i++) reap(children[i]);
    for (int i = 0; i < n_threads; i++) pthread_join(threads[i], NULL);
}

/* Adds one to the saved id: real and effective stay, so that a privileged task stays one. */
static void change(long get, long set) {
    int id[3];
    syscall(get, &id[0], &id[1], &id[2]);
    syscall(set, -1, -1, id[0] == 0 ? id[2] + 1 : id[2]);
}

static char *run(char *at, int is_thread) {
    pid_t children[64];
    pthread_t threads[64];
    int n = 0, n_threads = 0;
    for (;; at++) switch (*at) {
        case 'f': case 'F': {
            pid_t child = fork();
            if (child == 0) run(at + 2, 0), _exit(0);
            if (child > 0 && *at == 'f') reap(child);
            else if (child > 0) children[n++] = child;
            at = skip(at + 1) - 1;
            break;
        }
        case 't': case 'T': {
            pthread_t thread;
            if (pthread_create(&thread, NULL, thread_main, at + 2)) _exit(96);
            if (*at == 't') pthread_join(thread, NULL);
            else threads[n_threads++] = thread;
            at = skip(at + 1) - 1;
            break;
        }
        case 'v': {
            pid_t child = vfork();
            if (child == 0) execv(getenv("PROGRAM") ?: "/bin/true", quiet), _exit(9);
            if (child > 0) reap(child);
            break;
        }
        case 's': {
            pid_t child;
            if (posix_spawn(&child, "/bin/true", NULL, NULL, quiet, environ) == 0) reap(child);
            break;
        }
        case 'e': {
            collect(n, children, n_threads, threads);
            char offset[24];
            snprintf(offset, sizeof offset, "%ld", (long)(at + 1 - text));
            execl("/proc/self/exe", "plan", file, offset, NULL);
            _exit(97);
        }
        case 'u': change(SYS_getresuid, SYS_setresuid); break;
        case 'g': change(SYS_getresgid, SYS_setresgid); break;
        case 'n': syscall(SYS_setuid, getuid()); break;
        case 'k': kill(getpid(), SIGKILL); break;
        default:
            collect(n, children, n_threads, threads);
            if (*at >= '0' && *at <= '9' && !is_thread) _exit(*at - '0');
            return at;
    }
}
int main(int argc, char **argv) {
    file = argv[1];
    int fd = MUST(open(file, O_RDONLY | O_CLOEXEC));
    off_t size = MUST(lseek(fd, 0, SEEK_END));
    text = calloc(1, size + 1);
    MUST(pread(fd, text, size, 0));
    close(fd);
    run(text + (argc > 2 ? atol(argv[2]) : 0), 0);
    return 0;
}
