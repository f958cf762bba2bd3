/* A shell's job control over a terminal of its own (a pty): ^Z stops the foreground job, the shell
 * takes the terminal back and continues the job, a job in the background that reads stops with
 * SIGTTIN, ^C ends the foreground job and nobody else. */
#include "tracee.h"
#include <sys/ioctl.h>
#include <termios.h>

static int master, ready[2];

static pid_t job(int reads) {
    pid_t pid = MUST(fork());
    if (pid == 0) {
        setpgid(0, 0);
        for (int sig = 1; sig < 32; sig++) signal(sig, SIG_DFL);
        give(ready[1]);
        char byte;
        if (reads) (void)!read(0, &byte, 1);
        for (;;) pause();
    }
    setpgid(pid, pid);
    take(ready[0]);
    return pid;
}

static void said(const char *what, pid_t pid) {
    int status;
    MUST(waitpid(pid, &status, WUNTRACED | WCONTINUED));
    dprintf(3, "%s: %s\n", what, verdict(status));
}

static void press(char key) { MUST(write(master, &key, 1)); }

static void shell(const char *slave) {
    MUST(setsid());
    int tty = MUST(open(slave, O_RDWR));
    MUST(ioctl(tty, TIOCSCTTY, 0));
    MUST(dup2(tty, 0)), close(tty);
    signal(SIGTTOU, SIG_IGN), signal(SIGTSTP, SIG_IGN), signal(SIGINT, SIG_IGN);
    pid_t fore = job(0);
    MUST(tcsetpgrp(0, fore));
    press(26);
    said("^Z", fore);
    MUST(tcsetpgrp(0, getpgrp()));
    pid_t back = job(1);
    said("background read", back);
    MUST(tcsetpgrp(0, fore));
    MUST(kill(-fore, SIGCONT));
    said("fg", fore);
    press(3);
    said("^C", fore);
    MUST(kill(-back, SIGKILL));
    said("kill", back);
    MUST(tcsetpgrp(0, getpgrp()));
    _exit(0);
}

int main(void) {
    MUST(dup2(1, 3));
    MUST(pipe(ready));
    master = MUST(posix_openpt(O_RDWR | O_NOCTTY));
    MUST(grantpt(master)), MUST(unlockpt(master));
    pid_t pid = MUST(fork());
    if (pid == 0) shell(ptsname(master));
    say("%s\n", reap(pid));
    return 0;
}
