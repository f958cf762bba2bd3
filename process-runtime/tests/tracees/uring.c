/* io_uring's kernel workers: threads of the process to the kernel and in /proc (`iou-sqp-*`,
 * `iou-wrk-*`), forks to the process connector, but not traceable: no event tells of them. Makes a
 * ring with a polling thread and one with a worker, prints how many are seen and their tids. */
#include "tracee.h"
#include <dirent.h>
#include <linux/io_uring.h>
#include <sys/mman.h>

static int ring_of(unsigned flags, struct io_uring_params *params) {
    memset(params, 0, sizeof *params);
    params->flags = flags, params->sq_thread_idle = 1;
    return syscall(SYS_io_uring_setup, 4, params);
}

/* One read of an empty pipe that must go to a worker (IOSQE_ASYNC). */
static void worker(int ring, const struct io_uring_params *params, int fd) {
    static char byte;
    size_t size = params->sq_off.array + params->sq_entries * sizeof(unsigned);
    char *queue = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQ_RING);
    struct io_uring_sqe *entry =
        mmap(NULL, params->sq_entries * sizeof *entry, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQES);
    MUST(queue == MAP_FAILED || entry == MAP_FAILED ? -1 : 0);
    memset(entry, 0, sizeof *entry);
    entry->opcode = IORING_OP_READ, entry->flags = IOSQE_ASYNC, entry->fd = fd;
    entry->addr = (uintptr_t)&byte, entry->len = 1;
    *(unsigned *)(queue + params->sq_off.array) = 0;
    __atomic_store_n((unsigned *)(queue + params->sq_off.tail), 1, __ATOMIC_RELEASE);
    MUST(syscall(SYS_io_uring_enter, ring, 1, 0, 0, NULL, 0));
}

/* How many of the kernel's threads there are in this process; `told`: prints their tids. */
static int seen(int told) {
    int n = 0;
    DIR *dir = opendir("/proc/self/task");
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        char path[300];
        snprintf(path, sizeof path, "/proc/self/task/%s/comm", entry->d_name);
        if (!strncmp(proc_line(path, ""), "iou-", 4)) n++, told ? say("worker %s\n", entry->d_name) : 0;
    }
    closedir(dir);
    return n;
}

int main(void) {
    struct io_uring_params params;
    int polling = ring_of(IORING_SETUP_SQPOLL, &params), ring = ring_of(0, &params), data[2];
    if (ring == -1 || polling == -1) return say("%s\n", strerrorname_np(errno)), 77;
    MUST(pipe(data));
    worker(ring, &params, data[0]);
    while (seen(0) < 2) sched_yield(); /* They name themselves when they first run. */
    say("%d workers\n", seen(1));
    pid_t child = MUST(fork());
    if (child == 0) _exit(3);
    say("%s\n", reap(child));
    return 0;
}
