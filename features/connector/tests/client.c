/* A client of the process events connector: prints one line for each event, "ready" before the first.
 * Without an argument it listens to the kernel, which before Linux 6.6 takes CAP_NET_ADMIN (exit 77 says that it may not);
 * with a path to a supervisor's connector. Nothing but the address differs. A second argument is the set
 * of events that it asks for. After each line's words come the message's bytes. */
#include <errno.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int address(int argc, char **argv) {
    if (argc > 1) {
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        strncpy(address.sun_path, argv[1], sizeof address.sun_path - 1);
        int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
        return connect(fd, (void *)&address, sizeof address) ? -1 : fd;
    }
    struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = CN_IDX_PROC};
    int fd = socket(PF_NETLINK, SOCK_DGRAM, NETLINK_CONNECTOR), size = 64 << 20;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
    return bind(fd, (void *)&address, sizeof address) ? -1 : fd;
}

static int listen_to(int fd, const char *events) {
    struct __attribute__((aligned(NLMSG_ALIGNTO))) {
        struct nlmsghdr header;
        struct __attribute__((packed)) { struct cn_msg message; __u32 input[2]; };
    } request = {.header = {.nlmsg_type = NLMSG_DONE}, .message = {.id = {CN_IDX_PROC, CN_VAL_PROC}}};
    request.input[0] = PROC_CN_MCAST_LISTEN;
    request.input[1] = events ? strtoul(events, 0, 0) : 0;
    request.message.len = events ? 8 : 4;
    request.header.nlmsg_len = NLMSG_LENGTH(sizeof request.message + request.message.len);
    return send(fd, &request, request.header.nlmsg_len, 0) == -1 ? -1 : 0;
}

static void tell(const struct proc_event *event) {
    const __typeof__(event->event_data) *data = &event->event_data;
    switch ((unsigned)event->what) {
    case PROC_EVENT_FORK:
        printf("fork %d %d %d %d", data->fork.parent_pid, data->fork.parent_tgid, data->fork.child_pid,
               data->fork.child_tgid);
        break;
    case PROC_EVENT_EXEC: printf("exec %d %d", data->exec.process_pid, data->exec.process_tgid); break;
    case PROC_EVENT_UID: case PROC_EVENT_GID:
        printf("%s %d %d %u %u", event->what == PROC_EVENT_UID ? "uid" : "gid", data->id.process_pid,
               data->id.process_tgid, data->id.r.ruid, data->id.e.euid);
        break;
    case PROC_EVENT_COREDUMP:
        printf("coredump %d %d %d %d", data->coredump.process_pid, data->coredump.process_tgid,
               data->coredump.parent_pid, data->coredump.parent_tgid);
        break;
    case PROC_EVENT_EXIT:
        printf("exit %d %d %u %d %d %d", data->exit.process_pid, data->exit.process_tgid, data->exit.exit_code,
               (int)data->exit.exit_signal, data->exit.parent_pid, data->exit.parent_tgid);
        break;
    case PROC_EVENT_NONE: printf("ack %u", data->ack.err); break;
    default: printf("other %#x", event->what);
    }
}

int main(int argc, char **argv) {
    int fd = address(argc, argv);
    if (fd == -1 || listen_to(fd, argc > 2 ? argv[2] : 0)) return perror("client"), 77;
    puts("ready"), fflush(stdout);
    char buffer[8192] __attribute__((aligned(8)));
    for (ssize_t got; (got = recv(fd, buffer, sizeof buffer, 0)) != 0;) {
        if (got == -1) return perror("client"), 1;
        for (struct nlmsghdr *header = (void *)buffer; NLMSG_OK(header, got); header = NLMSG_NEXT(header, got)) {
            const struct cn_msg *message = NLMSG_DATA(header);
            if (message->id.idx != CN_IDX_PROC || message->id.val != CN_VAL_PROC) continue;
            tell((const void *)message->data);
            printf(" |");
            for (unsigned at = 0; at < header->nlmsg_len; at++) printf(" %02x", ((unsigned char *)header)[at]);
            puts("");
        }
        fflush(stdout);
    }
    return 0;
}
