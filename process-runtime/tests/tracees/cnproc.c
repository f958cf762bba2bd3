/* The kernel's own record: subscribes to the process events connector and prints one line for each
 * fork, exec, uid, gid and exit of the whole machine, "ready" before the first, "overrun" if the
 * kernel had to drop any (the socket's or a sequence number's word). Ends when it is killed or when
 * nobody reads. Needs CAP_NET_ADMIN in the first namespaces; exit 77 says that it may not. */
#include "tracee.h"
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <sys/stat.h>

static unsigned next_of[4096]; /* The connector numbers its messages for each CPU. */

static void line(FILE *out, const struct cn_msg *message) {
    const struct proc_event *event = (const void *)message->data;
    unsigned *next = &next_of[event->cpu % 4096];
    if (*next && message->seq != *next)
        fprintf(out, "overrun: message %u of processor %u instead of %u\n", message->seq, event->cpu, *next);
    *next = message->seq + 1; /* PROC_EVENT_NONE answers somebody's subscription, and is counted too. */
    switch (event->what) {
    case PROC_EVENT_FORK:
        fprintf(out, "fork %d %d %d %d\n", event->event_data.fork.parent_pid, event->event_data.fork.parent_tgid,
                event->event_data.fork.child_pid, event->event_data.fork.child_tgid);
        break;
    case PROC_EVENT_EXEC:
        fprintf(out, "exec %d %d\n", event->event_data.exec.process_pid, event->event_data.exec.process_tgid);
        break;
    case PROC_EVENT_UID: case PROC_EVENT_GID:
        fprintf(out, "%s %d %d %u %u\n", event->what == PROC_EVENT_UID ? "uid" : "gid", event->event_data.id.process_pid,
                event->event_data.id.process_tgid, event->event_data.id.r.ruid, event->event_data.id.e.euid);
        break;
    case PROC_EVENT_EXIT:
        fprintf(out, "exit %d %d %u\n", event->event_data.exit.process_pid, event->event_data.exit.process_tgid,
                event->event_data.exit.exit_code);
        break;
    default: break;
    }
}

int main(void) {
    int fd = MUST(socket(PF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_CONNECTOR)), size = 256 << 20;
    struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = CN_IDX_PROC};
    if (bind(fd, (void *)&address, sizeof address) == -1) return say("%s\n", strerrorname_np(errno)), 77;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
    struct __attribute__((aligned(NLMSG_ALIGNTO))) {
        struct nlmsghdr header;
        struct __attribute__((packed)) { struct cn_msg message; enum proc_cn_mcast_op op; };
    } subscribe = {.header = {.nlmsg_len = sizeof subscribe, .nlmsg_type = NLMSG_DONE},
                   .message = {.id = {CN_IDX_PROC, CN_VAL_PROC}, .len = sizeof subscribe.op},
                   .op = PROC_CN_MCAST_LISTEN};
    if (send(fd, &subscribe, sizeof subscribe, 0) == -1) return say("%s\n", strerrorname_np(errno)), 77;
    /* KERNEL: a subscription is answered at once, and ignored outside of the first pid namespace (drivers/connector/
     * cn_proc.c `cn_proc_mcast_ctl`). */
    struct timeval patience = {.tv_sec = 10};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    char buffer[65536] __attribute__((aligned(8)));
    FILE *out = fdopen(1, "w");
    for (int ready = 0;;) {
        ssize_t got = recv(fd, buffer, sizeof buffer, ready ? MSG_DONTWAIT : 0);
        if (got == -1 && errno == EAGAIN) { /* All that was there is told: let the reader have it. */
            if (fflush(out)) return 0;
            got = recv(fd, buffer, sizeof buffer, 0);
        }
        if (got == -1 && errno == ENOBUFS) { fprintf(out, "overrun: ENOBUFS\n"); continue; }
        if (got == -1 && errno == EAGAIN) {
            if (ready) continue;
            return say("no answer\n"), 77;
        }
        MUST(got);
        if (!ready++) fprintf(out, "ready\n"), fflush(out); /* What came first was sent after the subscription. */
        for (struct nlmsghdr *header = (void *)buffer; NLMSG_OK(header, got); header = NLMSG_NEXT(header, got))
            line(out, NLMSG_DATA(header));
    }
}
