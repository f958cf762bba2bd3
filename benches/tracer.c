/* The smallest tracer that takes the supervisor's stops: tracer nothing|everything|asking|stops COMMAND [ARG]...
 *
 * Seizes the command with the same options and the same filter, and resumes. Two system calls per stop, no
 * question asked, no table, nothing told to anybody: what the kernel's part of supervision costs.
 * With `asking` it takes the stops of `everything`, and asks what no tracer can tell the events without: which call, which
 * child, which exit status, whether an exec has changed ids, whether an ignored signal has ended a call.
 * With `stops` there is no filter, and every system call stops at both ends. */
#define _GNU_SOURCE
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>

#include "filter.h"

static const int options = PTRACE_O_TRACESECCOMP | PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                           PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT | PTRACE_O_EXITKILL;

static void die(const char *what)
{
    perror(what);
    exit(125);
}

static int stops_at_calls, asks;

static void run(enum interest interest, int gate, char **command)
{
    char byte;
    if (!stops_at_calls)
        install_filter(interest);
    if (read(gate, &byte, 1) != 1)
        _exit(125);
    execvp(command[0], command);
    _exit(127);
}

/* The ids of a new image are in the auxiliary vector, which is on its new stack. */
static void ask_for_ids(pid_t tid)
{
    char head[1536];
    long stack = ptrace(PTRACE_PEEKUSER, tid, offsetof(struct user_regs_struct, rsp), 0);
    struct iovec here = {head, sizeof head}, there = {(void *)stack, sizeof head};
    process_vm_readv(tid, &here, 1, &there, 1, 0);
}

/* The answers are not looked at. */
static void ask(pid_t tid, int status)
{
    struct __ptrace_syscall_info call;
    unsigned long message;
    switch (status >> 16) {
    case PTRACE_EVENT_SECCOMP:
        ptrace(PTRACE_GET_SYSCALL_INFO, tid, sizeof call, &call);
        break;
    case PTRACE_EVENT_EXEC:
        ask_for_ids(tid);
        break;
    case PTRACE_EVENT_STOP:
        break;
    case 0:
        ptrace(PTRACE_PEEKUSER, tid, offsetof(struct user_regs_struct, rax), 0);
        break;
    default:
        ptrace(PTRACE_GETEVENTMSG, tid, 0, &message);
    }
}

/* A system call that is watched is followed to its end; a fork that succeeds has no end of its own, because its
 * event stop is resumed with CONT. */
static void resume(enum interest interest, pid_t tid, int status)
{
    int signal = WSTOPSIG(status), go_on = stops_at_calls ? PTRACE_SYSCALL : PTRACE_CONT;
    switch (status >> 16) {
    case PTRACE_EVENT_SECCOMP:
        ptrace(interest == EVERYTHING ? PTRACE_SYSCALL : PTRACE_CONT, tid, 0, 0);
        break;
    case PTRACE_EVENT_STOP:
        ptrace(signal == SIGTRAP ? PTRACE_CONT : PTRACE_LISTEN, tid, 0, 0);
        break;
    case 0:
        ptrace(go_on, tid, 0, signal == (SIGTRAP | 0x80) ? 0 : signal);
        break;
    default:
        ptrace(go_on, tid, 0, 0);
    }
}

int main(int argc, char **argv)
{
    int gate[2], status, answer = 0;
    if (argc < 3 || pipe2(gate, O_CLOEXEC) != 0)
        die("tracer nothing|everything|asking|stops COMMAND");
    stops_at_calls = strcmp(argv[1], "stops") == 0;
    asks = strcmp(argv[1], "asking") == 0;
    enum interest interest = asks ? EVERYTHING : stops_at_calls ? NOTHING : interest_of(argv[1]);
    pid_t command = fork();
    if (command == 0)
        run(interest, gate[0], argv + 2);
    if (ptrace(PTRACE_SEIZE, command, 0, options) != 0)
        die("PTRACE_SEIZE");
    if (write(gate[1], "", 1) != 1)
        die("write");
    for (;;) {
        pid_t tid = wait4(-1, &status, __WALL, NULL);
        if (tid < 0)
            break;
        if (WIFSTOPPED(status)) {
            if (asks)
                ask(tid, status);
            resume(interest, tid, status);
        } else if (tid == command) {
            answer = status;
        }
    }
    return WIFEXITED(answer) ? WEXITSTATUS(answer) : 128 + WTERMSIG(answer);
}
