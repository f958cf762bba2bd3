/* What the kernel's keyrings do: puts a key into the thread's, the process's and the session's, and prints
 * which of the three ("t", "p", "s") a thread, a child and the next program find. With ids as arguments:
 * whose the rings are after setfsuid and setfsgid, and after setresuid and setresgid with the same fs ids. */
#include "tracee.h"
#include <linux/keyctl.h>

static const int rings[] = {KEY_SPEC_THREAD_KEYRING, KEY_SPEC_PROCESS_KEYRING, KEY_SPEC_SESSION_KEYRING};
static const char *names[] = {"t", "p", "s"};

static void found(const char *who) {
    char line[16] = "";
    for (int i = 0; i < 3; i++)
        if (syscall(SYS_request_key, "user", names[i], NULL, 0) != -1) strcat(line, names[i]);
    say("%s %s\n", who, line);
}

static void *thread(void *unused) { return found("thread"), unused; }

static void owners(void) {
    for (int i = 0; i < 2; i++) {
        char text[200] = "";
        unsigned uid, gid;
        MUST(syscall(SYS_keyctl, KEYCTL_DESCRIBE, rings[i], text, sizeof text));
        sscanf(text, "%*[^;];%u;%u", &uid, &gid);
        say("%s %u %u\n", names[i], uid, gid);
    }
}

int main(int argc, char **argv) {
    if (argc == 2) return found(argv[1]), 0;
    MUST(syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL));
    for (int i = 0; i < 3; i++) MUST(syscall(SYS_add_key, "user", names[i], "x", 1, rings[i]));
    found("self");
    if (argc == 3) {
        int uid = atoi(argv[1]), gid = atoi(argv[2]);
        setfsuid(uid), setfsgid(gid), owners();
        MUST(setresgid(-1, gid, -1)), MUST(setresuid(-1, uid, -1)), owners();
        return 0;
    }
    pthread_t other;
    pthread_create(&other, NULL, thread, NULL), pthread_join(other, NULL);
    pid_t child = MUST(fork());
    if (!child) return found("fork"), 0;
    reap(child);
    execl(argv[0], argv[0], "exec", NULL);
    return 1;
}
