/* treegrow PROGRAM [FD::0]: grows a tree of tasks.
 *
 * PROGRAM is a row of steps; a `{block}` is itself a program. The grammar, and what each step does to
 * the tree, is in ../trees/program.rs, which also knows the tree that a program makes.
 *
 *   K{block}  make a task that runs block; K is one letter of spawn_task(), T and t are threads
 *   w         wait for all children of this thread          l     yield the processor
 *   s         wait until the newest child has stopped       h     stop this process (SIGSTOP)
 *   c         continue the newest child (SIGCONT)           kN    send signal N to the newest child
 *   p         park: never run again                         j     wait until every other thread parks or is gone
 *   x{block}  exec this file with block                     g     exec a file that is not there
 *   eN        exit_group(N)                                 qN    exit(N), this thread only
 *   zN        signal N to this process, then park           yN    signal N to this thread, then park
 *   f         a clone that the kernel refuses (EINVAL)      i     ignore SIGCHLD
 *   u  v      confirm the user ids, the group ids           r     a real-time signal, ignored
 *   m         a new session
 *
 * At the end of its block a process does e0 and a thread q0. With the second argument each task writes
 * what it does to FD, one line a step: a check of the model that needs no supervisor. (An exec hands its
 * own label and number of children on in that argument.)
 *
 * No C library: threads made by a bare clone have no thread-local storage, a static program execs fast,
 * and nothing but the program's own steps makes system calls.
 */
#if !defined(__x86_64__)
#error "treegrow knows x86_64 only"
#endif

#include <asm/signal.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <linux/wait.h>
#include <asm/unistd.h>

typedef unsigned long ulong;

enum { STACK = 32 * 1024, TASKS = 24, CHILDREN = 120, LABEL = 192 };

/* One thread group. A busy word is 0 when that thread is parked or gone: the kernel clears it at the
 * thread's death (CLONE_CHILD_CLEARTID), park() clears it itself. */
struct group {
	int members;
	int busy[TASKS];
};

struct task {
	struct group *group;
	int slot;
	const char *step;
	int newest;
	int log; /* a descriptor, or -1 */
	int children;
	int pids[CHILDREN];
	char label[LABEL];
	struct group own; /* used by a group's first task */
};

struct spawn {
	long number, args[5];
	void *stack;
	void (*run)(void *);
	void *argument;
};

long spawn_raw(struct spawn *);

/* The child leaves its creator's stack before it does anything, so that vfork is as safe as fork. */
__asm__(
	".globl spawn_raw\n"
	"spawn_raw:\n"
	"	push %rbx\n	push %r12\n	push %r13\n"
	"	mov 48(%rdi), %rbx\n	mov 56(%rdi), %r12\n	mov 64(%rdi), %r13\n"
	"	mov 0(%rdi), %rax\n	mov 40(%rdi), %r8\n	mov 32(%rdi), %r10\n"
	"	mov 24(%rdi), %rdx\n	mov 16(%rdi), %rsi\n	mov 8(%rdi), %rdi\n"
	"	syscall\n"
	"	test %rax, %rax\n	jz 1f\n"
	"	pop %r13\n	pop %r12\n	pop %rbx\n	ret\n"
	"1:	mov %rbx, %rsp\n	xor %ebp, %ebp\n	mov %r13, %rdi\n	call *%r12\n	hlt\n"
	".globl _start\n"
	"_start:\n"
	"	mov %rsp, %rdi\n	and $-16, %rsp\n	call begin\n	hlt\n");

static long call6(long n, long a, long b, long c, long d, long e, long f)
{
	long result;
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}
#define call4(n, a, b, c, d) call6(n, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)
#define call3(n, a, b, c) call4(n, a, b, c, 0)
#define call2(n, a, b) call3(n, a, b, 0)
#define call1(n, a) call2(n, a, 0)
#define call0(n) call1(n, 0)

void *memset(void *to, int byte, ulong n)
{
	for (ulong i = 0; i < n; i++)
		((volatile char *)to)[i] = byte;
	return to;
}

void *memcpy(void *to, const void *from, ulong n)
{
	for (ulong i = 0; i < n; i++)
		((volatile char *)to)[i] = ((const char *)from)[i];
	return to;
}

static char *put_text(char *at, const char *s)
{
	while (*s)
		*at++ = *s++;
	*at = 0;
	return at;
}

static char *put_number(char *at, long n)
{
	char digits[24];
	int i = 0;
	if (n < 0) {
		*at++ = '-';
		n = -n;
	}
	do
		digits[i++] = '0' + n % 10;
	while ((n /= 10));
	while (i)
		*at++ = digits[--i];
	*at = 0;
	return at;
}

static long number(const char **at)
{
	long n = 0;
	while (**at >= '0' && **at <= '9')
		n = n * 10 + (*(*at)++ - '0');
	return n;
}

/* Something that no program may meet: every thread ends with status 99, and the reason is on stderr. */
static void fail(const char *what, long value)
{
	char text[80], *at = put_text(text, "treegrow: ");
	at = put_text(at, what);
	at = put_text(at, " ");
	at = put_number(at, value);
	at = put_text(at, "\n");
	call3(__NR_write, 2, text, at - text);
	for (;;)
		call1(__NR_exit_group, 99);
}

static void record(struct task *t, char what, const char *label, int child, long value)
{
	char line[LABEL + 64], *at = line;
	if (t->log < 0)
		return;
	*at++ = what;
	*at++ = ' ';
	at = put_text(at, label);
	if (child >= 0) {
		*at++ = '.';
		at = put_number(at, child);
	}
	*at++ = ' ';
	at = put_number(at, value);
	*at++ = '\n';
	call3(__NR_write, t->log, line, at - line);
}

static void park(void)
{
	for (;;)
		call0(__NR_pause);
}

/* The block that starts at step, and the step behind it. */
static const char *block_end(const char *step)
{
	int depth = 1;
	if (*step++ != '{')
		fail("no block at", *(step - 1));
	for (; *step; step++) {
		if (*step == '{')
			depth++;
		else if (*step == '}' && --depth == 0)
			return step + 1;
	}
	fail("unfinished block", depth);
	return step;
}

static void run(struct task *t);

static void task_main(void *argument)
{
	struct task *t = argument;
	if (t->group == &t->own) {
		t->own.members = 1;
		t->own.busy[0] = 1;
		call1(__NR_set_tid_address, &t->own.busy[0]);
	}
	record(t, 'B', t->label, -1, 0);
	run(t);
}

static struct task *new_task(struct task *creator, const char *block)
{
	char *memory = (char *)call6(__NR_mmap, 0, STACK, 3 /* read, write */, 0x22 /* private, anonymous */, -1, 0);
	struct task *t = (struct task *)(memory + STACK - ((sizeof(struct task) + 63) & ~63ul));
	char *at;
	if ((ulong)memory > -4096ul)
		fail("mmap", (long)memory);
	t->group = &t->own;
	t->step = block + 1;
	t->log = creator->log;
	at = put_text(t->label, creator->label);
	*at++ = '.';
	at = put_number(at, creator->children);
	if (at - t->label > LABEL - 8 || creator->children >= CHILDREN)
		fail("too large", creator->children);
	return t;
}

static void spawn_task(struct task *t, char kind, const char *block)
{
	struct task *child = new_task(t, block);
	char *memory = (char *)(((ulong)child + sizeof *child + 63) & ~63ul) - STACK;
	struct clone_args args;
	struct spawn how = { 0 };
	ulong thread = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM |
		       CLONE_CHILD_CLEARTID;
	ulong flags = 0, exit_signal = SIGCHLD;
	int by_clone3 = 0;
	long tid;

	how.stack = (void *)((ulong)child & ~15ul);
	how.run = task_main;
	how.argument = child;
	switch (kind) {
	case 'F': how.number = __NR_fork; break;
	case 'V': how.number = __NR_vfork; break;
	case 'C': break;
	case 'D': by_clone3 = 1; break;
	case 'M': flags = CLONE_VM | CLONE_VFORK; break;
	case 'N': flags = CLONE_VM | CLONE_VFORK; by_clone3 = 1; break;
	case 'L': flags = CLONE_VM; break;
	case 'P': flags = CLONE_PARENT; break;
	case 'O': exit_signal = 0; break;
	case 'R': flags = CLONE_FS | CLONE_FILES; exit_signal = SIGURG; break;
	case 'U': flags = CLONE_UNTRACED; break;
	case 'A': flags = CLONE_UNTRACED; by_clone3 = 1; break;
	case 'B': flags = CLONE_CLEAR_SIGHAND; by_clone3 = 1; break;
	case 'T': flags = thread; exit_signal = 0; break;
	case 't': flags = thread; exit_signal = 0; by_clone3 = 1; break;
	default: fail("unknown kind", kind);
	}
	if (flags & CLONE_THREAD) {
		child->group = t->group;
		child->slot = t->group->members;
		if (child->slot >= TASKS)
			fail("too many threads", child->slot);
		child->group->busy[child->slot] = 1;
		t->group->members++;
	}
	if (by_clone3) {
		memset(&args, 0, sizeof args);
		args.flags = flags;
		args.exit_signal = exit_signal;
		if (flags & CLONE_VM) {
			args.stack = (ulong)memory;
			args.stack_size = (ulong)how.stack - (ulong)memory;
		}
		args.child_tid = (ulong)(child->group->busy + child->slot);
		how.number = __NR_clone3;
		how.args[0] = (long)&args;
		how.args[1] = sizeof args;
	} else if (how.number == 0) {
		how.number = __NR_clone;
		how.args[0] = (long)(flags | exit_signal);
		how.args[1] = flags & CLONE_VM ? (long)how.stack : 0;
		how.args[3] = (long)(child->group->busy + child->slot);
	}
	t->newest = 0;
	/* EAGAIN: another thread is in exec and owns what CLONE_FS would share. It is about to end this thread. */
	while ((tid = spawn_raw(&how)) == -11)
		call0(__NR_sched_yield);
	if (tid < 0)
		fail("no task, error", tid);
	t->newest = tid;
	t->pids[t->children++] = flags & (CLONE_THREAD | CLONE_PARENT) ? -1 : tid;
}

static void refused_clone(struct task *t)
{
	long tid = call6(__NR_clone, CLONE_SIGHAND | SIGCHLD, 0, 0, 0, 0, 0);
	if (tid != -22)
		fail("a clone that should have been refused", tid);
	t->pids[t->children++] = -1;
}

static void wait_all(struct task *t)
{
	for (;;) {
		int status = 0, i;
		long pid = call4(__NR_wait4, -1, &status, __WALL | __WNOTHREAD, 0);
		if (pid == -10)
			return;
		if (pid == -4)
			continue;
		if (pid < 0)
			fail("wait4", pid);
		for (i = 0; i < t->children; i++)
			if (t->pids[i] == pid) {
				t->pids[i] = -1;
				record(t, 'W', t->label, i, status);
			}
	}
}

static void wait_stopped(struct task *t)
{
	char info[128];
	long result;
	do
		result = call4(__NR_waitid, 1 /* P_PID */, t->newest, info, WSTOPPED | __WALL);
	while (result == -4);
	if (result)
		fail("the newest child did not stop", result);
}

static void barrier(struct task *t)
{
	struct group *g = t->group;
	for (int i = 0; i < *(volatile int *)&g->members; i++) {
		volatile int *busy = &g->busy[i];
		int seen;
		if (i == t->slot)
			continue;
		while ((seen = *busy) != 0)
			call4(__NR_futex, busy, FUTEX_WAIT, seen, 0);
	}
}

static void park_idle(struct task *t)
{
	*(volatile int *)&t->group->busy[t->slot] = 0;
	call3(__NR_futex, &t->group->busy[t->slot], FUTEX_WAKE, 1 << 30);
	park();
}

static void signal_action(int signal, void *handler)
{
	struct { void *handler; ulong flags; void *restorer; ulong mask; } action = { handler, 0, 0, 0 };
	call4(__NR_rt_sigaction, signal, &action, 0, 8);
}

static void exec_self(struct task *t, const char *block)
{
	ulong n = block_end(block) - block - 2;
	char text[n + 1], state[LABEL + 32], *at;
	const char *argv[4] = { "treegrow", text, 0, 0 };
	memcpy(text, block + 1, n);
	text[n] = 0;
	if (t->log >= 0) {
		at = put_number(state, t->log);
		*at++ = ':';
		at = put_text(at, t->label);
		*at++ = ':';
		put_number(at, t->children);
		argv[2] = state;
	}
	record(t, 'X', t->label, -1, t->children);
	/* Not /proc/self: a leader that is gone has no file. */
	fail("exec", call3(__NR_execve, "/proc/thread-self/exe", argv, argv + 3));
}

static void confirm_ids(struct task *t, int get, int set, char what)
{
	unsigned ids[3];
	call3(get, &ids[0], &ids[1], &ids[2]);
	record(t, what, t->label, -1, 0);
	if (call3(set, ids[0], ids[1], ids[2]) != 0)
		fail("ids were not confirmed", set);
}

static void end(struct task *t, char how, long code)
{
	record(t, how, t->label, -1, code);
	for (;;)
		call1(how == 'E' ? __NR_exit_group : __NR_exit, code);
}

static void signal_self(struct task *t, int thread_only, int signal)
{
	long pid = call0(__NR_getpid);
	record(t, 'K', t->label, -1, signal);
	signal_action(signal, 0);
	if (thread_only)
		call3(__NR_tgkill, pid, call0(__NR_gettid), signal);
	else
		call2(__NR_kill, pid, signal);
	park();
}

static void run(struct task *t)
{
	for (;;) {
		char step = *t->step++;
		const char *block = t->step;
		switch (step) {
		case 0:
		case '}': end(t, t->slot ? 'Q' : 'E', 0); break;
		case 'e': end(t, 'E', number(&t->step)); break;
		case 'q': end(t, 'Q', number(&t->step)); break;
		case 'z': signal_self(t, 0, number(&t->step)); break;
		case 'y': signal_self(t, 1, number(&t->step)); break;
		case 'k': call2(__NR_kill, t->newest, number(&t->step)); break;
		case 'c': call2(__NR_kill, t->newest, SIGCONT); break;
		case 'h':
			/* To this thread, which then goes no step further; a process's signal may be another's. */
			call3(__NR_tgkill, call0(__NR_getpid), call0(__NR_gettid), SIGSTOP);
			break;
		case 's': wait_stopped(t); break;
		case 'w': wait_all(t); break;
		case 'l': call0(__NR_sched_yield); break;
		case 'p': park_idle(t); break;
		case 'j': barrier(t); break;
		case 'f': refused_clone(t); break;
		case 'i': signal_action(SIGCHLD, (void *)1); break;
		case 'm': call0(__NR_setsid); break;
		case 'u': confirm_ids(t, __NR_getresuid, __NR_setresuid, 'U'); break;
		case 'v': confirm_ids(t, __NR_getresgid, __NR_setresgid, 'G'); break;
		case 'g': call3(__NR_execve, "/nonexistent/treegrow", 0, 0); break;
		case 'r':
			signal_action(SIGRTMIN + 5, (void *)1);
			call3(__NR_tgkill, call0(__NR_getpid), call0(__NR_gettid), SIGRTMIN + 5);
			break;
		case 'x': exec_self(t, block); break;
		default:
			t->step = block_end(block);
			spawn_task(t, step, block);
		}
	}
}

static struct task first;

void begin(long *stack)
{
	const char **argv = (const char **)(stack + 1);
	if (stack[0] < 2)
		fail("arguments", stack[0]);
	first.group = &first.own;
	first.step = argv[1];
	first.log = -1;
	put_text(first.label, "0");
	if (stack[0] > 2) {
		const char *state = argv[2];
		char *at = first.label;
		first.log = number(&state);
		for (state++; *state != ':'; state++)
			*at++ = *state;
		*at = 0;
		state++;
		first.children = number(&state);
		for (int i = 0; i < first.children; i++)
			first.pids[i] = -1;
		first.own.members = 1;
		first.own.busy[0] = 1;
		call1(__NR_set_tid_address, &first.own.busy[0]);
		if (first.label[0])
			run(&first);
		put_text(first.label, "0");
	}
	task_main(&first);
}
