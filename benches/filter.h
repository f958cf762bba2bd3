/* The supervisor's seccomp filter, for programs that must run under the same one without it.
 *
 * Keep in step with process-runtime/src/filter/ and the tables in process-runtime/src/arch/: the same rules,
 * laid out as the same balanced search. */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum interest { NOTHING, EVERYTHING };

enum condition { ALWAYS, UNTRACED, BECOMES_TRACED, STRICT_PRCTL, STRICT_SECCOMP, IF_ALL };

struct rule {
    unsigned nr;
    enum condition when;   /* IF_ALL: always, but only if everything is watched */
};

/* Sorted by number. The clone calls of the two rows are below, in `condition_of`. */
static const struct rule native_rules[] = {
    {56, UNTRACED},  {57, IF_ALL},  {58, IF_ALL},  {101, BECOMES_TRACED}, {105, IF_ALL},       {106, IF_ALL},
    {113, IF_ALL},   {114, IF_ALL}, {117, IF_ALL}, {119, IF_ALL},         {122, IF_ALL},       {123, IF_ALL},
    {157, STRICT_PRCTL},            {317, STRICT_SECCOMP},                {435, ALWAYS},
};
static const struct rule i386_rules[] = {
    {2, IF_ALL},    {23, IF_ALL},  {26, BECOMES_TRACED}, {46, IF_ALL},  {70, IF_ALL},  {71, IF_ALL},
    {120, UNTRACED}, {138, IF_ALL}, {139, IF_ALL},       {164, IF_ALL}, {170, IF_ALL}, {172, STRICT_PRCTL},
    {190, IF_ALL},  {203, IF_ALL}, {204, IF_ALL},        {208, IF_ALL}, {210, IF_ALL}, {213, IF_ALL},
    {214, IF_ALL},  {215, IF_ALL}, {216, IF_ALL},        {354, STRICT_SECCOMP},        {435, ALWAYS},
};

static struct sock_filter program[512];
static unsigned n_program;

static void put(unsigned short code, unsigned k, unsigned char yes, unsigned char no)
{
    program[n_program++] = (struct sock_filter){code, yes, no, k};
}

static void load(unsigned offset) { put(BPF_LD | BPF_W | BPF_ABS, offset, 0, 0); }
static void finish(unsigned action) { put(BPF_RET | BPF_K, action, 0, 0); }
static void if_equal(unsigned k, unsigned char yes, unsigned char no) { put(BPF_JMP | BPF_JEQ | BPF_K, k, yes, no); }

static void put_argument_rule(enum condition when)
{
    const unsigned trace = SECCOMP_RET_TRACE | 0x7457, allow = SECCOMP_RET_ALLOW;
    const unsigned first = offsetof(struct seccomp_data, args[0]), second = offsetof(struct seccomp_data, args[1]);
    load(first);
    switch (when) {
    case UNTRACED:
        put(BPF_JMP | BPF_JSET | BPF_K, 0x00800000, 1, 0), finish(allow);
        break;
    case BECOMES_TRACED:
        if_equal(0, 0, 1), finish(trace), if_equal(16, 0, 1), finish(trace), if_equal(0x4206, 0, 1);
        break;
    case STRICT_PRCTL:
        if_equal(22, 1, 0), finish(allow), load(second), if_equal(1, 1, 0), finish(allow);
        break;
    default:
        if_equal(0, 1, 0), finish(allow);
    }
    finish(trace);
    if (when == BECOMES_TRACED)
        finish(allow);
}

static void put_leaf(enum condition when)
{
    if (when == ALWAYS)
        finish(SECCOMP_RET_TRACE | 0x7457);
    else
        put_argument_rule(when);
}

static void put_search(const struct rule *rules, unsigned n)
{
    if (n == 1) {
        if_equal(rules->nr, 1, 0), finish(SECCOMP_RET_ALLOW), put_leaf(rules->when);
        return;
    }
    unsigned low = n / 2;
    put(BPF_JMP | BPF_JGE | BPF_K, rules[low].nr, 0, 1);
    unsigned jump = n_program;
    put(BPF_JMP | BPF_JA, 0, 0, 0);
    put_search(rules, low);
    program[jump].k = n_program - jump - 1;
    put_search(rules + low, n - low);
}

static enum condition condition_of(struct rule rule, enum interest interest)
{
    return interest == EVERYTHING && rule.when == UNTRACED ? ALWAYS : rule.when;
}

static void put_table(unsigned arch, const struct rule *rules, unsigned n, enum interest interest)
{
    struct rule kept[64];
    unsigned n_kept = 0;
    for (unsigned i = 0; i < n; i++) {
        struct rule rule = {rules[i].nr, condition_of(rules[i], interest)};
        if (rule.when == IF_ALL && interest != EVERYTHING)
            continue;
        kept[n_kept++] = (struct rule){rule.nr, rule.when == IF_ALL ? ALWAYS : rule.when};
    }
    if_equal(arch, 1, 0);
    unsigned jump = n_program;
    put(BPF_JMP | BPF_JA, 0, 0, 0);
    load(offsetof(struct seccomp_data, nr));
    if (arch == AUDIT_ARCH_X86_64) {
        put(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1);
        put(BPF_ALU | BPF_AND | BPF_K, ~0x40000000u, 0, 0);
    }
    put_search(kept, n_kept);
    program[jump].k = n_program - jump - 1;
}

/* Installs the filter in the calling thread. Exits if that cannot be done. */
static void install_filter(enum interest interest)
{
    load(offsetof(struct seccomp_data, arch));
    put_table(AUDIT_ARCH_X86_64, native_rules, sizeof native_rules / sizeof *native_rules, interest);
    put_table(AUDIT_ARCH_I386, i386_rules, sizeof i386_rules / sizeof *i386_rules, interest);
    finish(SECCOMP_RET_ALLOW);
    struct sock_fprog fprog = {n_program, program};
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &fprog) == 0)
        return;
    if (errno == EACCES && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
        syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &fprog) == 0)
        return;
    perror("seccomp");
    exit(125);
}

static enum interest interest_of(const char *word)
{
    return strcmp(word, "everything") == 0 ? EVERYTHING : NOTHING;
}
