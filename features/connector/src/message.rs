//! [`Message`]: one event in the kernel's bytes.

/// `struct nlmsghdr`, `struct cn_msg` and `struct proc_event`, one behind the other.
pub(crate) const LENGTH: usize = 76;

/// `enum proc_cn_event`: which event it is. Successive bits, so that sets are sums.
pub(crate) mod what {
    pub(crate) const NONE: u32 = 0;
    pub(crate) const FORK: u32 = 0x1;
    pub(crate) const EXEC: u32 = 0x2;
    pub(crate) const UID: u32 = 0x4;
    pub(crate) const GID: u32 = 0x40;
    pub(crate) const SID: u32 = 0x80;
    pub(crate) const PTRACE: u32 = 0x100;
    pub(crate) const COMM: u32 = 0x200;
    /// No event of its own, but a wish: exits whose status is not 0.
    pub(crate) const NONZERO_EXIT: u32 = 0x2000_0000;
    pub(crate) const COREDUMP: u32 = 0x4000_0000;
    pub(crate) const EXIT: u32 = 0x8000_0000;

    /// Whatever there is.
    pub(crate) const ALL: u32 =
        FORK | EXEC | UID | GID | SID | PTRACE | COMM | NONZERO_EXIT | COREDUMP | EXIT;
}

/// `CN_IDX_PROC` and `CN_VAL_PROC`, which happen to be the same.
pub(crate) const CN_PROC: u32 = 1;

const NLMSG_DONE: u32 = 3;
const CN_LENGTH: u32 = 20 + PROC_EVENT_LENGTH;
const PROC_EVENT_LENGTH: u32 = 40;

/// A task as the kernel's messages name it, "pid" being the thread and "tgid" the process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) tid: u32,
    pub(crate) pid: u32,
}

/// What there is to tell, in the order of its fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Message {
    /// The answer to a request: 0, or an errno; and the request's own `ack`.
    Ack {
        errno: u32,
        of: u32,
    },
    Fork {
        parent: Named,
        child: Named,
    },
    Exec(Named),
    Uid {
        task: Named,
        real: u32,
        effective: u32,
    },
    Gid {
        task: Named,
        real: u32,
        effective: u32,
    },
    Coredump {
        task: Named,
        parent: Named,
    },
    Exit {
        task: Named,
        code: u32,
        signal: u32,
        parent: Named,
    },
}

/// When and where a message is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) seq: u32,
    pub(crate) cpu: u32,
    pub(crate) nanoseconds: u64,
}

impl Message {
    pub(crate) fn what(&self) -> u32 {
        match self {
            Self::Ack { .. } => what::NONE,
            Self::Fork { .. } => what::FORK,
            Self::Exec(_) => what::EXEC,
            Self::Uid { .. } => what::UID,
            Self::Gid { .. } => what::GID,
            Self::Coredump { .. } => what::COREDUMP,
            Self::Exit { .. } => what::EXIT,
        }
    }

    /// Whether it is an exit with a status that is not 0.
    pub(crate) fn is_failure(&self) -> bool {
        matches!(self, Self::Exit { code: 1.., .. })
    }

    /// The bytes, as the kernel lays them out.
    ///
    /// KERNEL: drivers/connector/connector.c `cn_netlink_send_mult` and cn_proc.c. Pairs of 16 bits are one word here, which
    /// is right on little-endian machines, and there are no others for task watchers.
    pub(crate) fn encode(&self, stamp: Stamp) -> [u8; LENGTH] {
        let ack = if let Self::Ack { of, .. } = self { of.wrapping_add(1) } else { 0 };
        let header = [LENGTH as u32, NLMSG_DONE, stamp.seq, 0];
        let connector = [CN_PROC, CN_PROC, stamp.seq, ack, PROC_EVENT_LENGTH];
        let (low, high) = (stamp.nanoseconds as u32, (stamp.nanoseconds >> 32) as u32);
        let event = [self.what(), stamp.cpu, low, high];
        let words = header.into_iter().chain(connector).chain(event).chain(self.data());
        let mut bytes = [0; LENGTH];
        for (place, word) in bytes.chunks_exact_mut(4).zip(words) {
            place.copy_from_slice(&word.to_le_bytes());
        }
        bytes
    }

    /// `event_data`, whose longest member has six words.
    fn data(&self) -> [u32; 6] {
        match *self {
            Self::Ack { errno, .. } => [errno, 0, 0, 0, 0, 0],
            Self::Fork { parent, child } => [parent.tid, parent.pid, child.tid, child.pid, 0, 0],
            Self::Exec(task) => [task.tid, task.pid, 0, 0, 0, 0],
            Self::Uid { task, real, effective } | Self::Gid { task, real, effective } => {
                [task.tid, task.pid, real, effective, 0, 0]
            }
            Self::Coredump { task, parent } => [task.tid, task.pid, parent.tid, parent.pid, 0, 0],
            Self::Exit { task, code, signal, parent } => {
                [task.tid, task.pid, code, signal, parent.tid, parent.pid]
            }
        }
    }
}

const _: () = assert!(LENGTH == 16 + CN_LENGTH as usize);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exit_byte_for_byte() {
        let (task, parent) = (Named { tid: 0x0102, pid: 0x0304 }, Named { tid: 5, pid: 6 });
        let exit = Message::Exit { task, code: 0x2a00, signal: 17, parent };
        let bytes = exit.encode(Stamp { seq: 0x1122_3344, cpu: 7, nanoseconds: 0x0a0b_0c0d_0e0f });
        let rows = [
            "4c000000 0300 0000 44332211 00000000",
            "01000000 01000000 44332211 00000000 2800 0000",
            "00000080 07000000 0f0e0d0c0b0a0000",
            "02010000 04030000 002a0000 11000000 05000000 06000000",
        ];
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, rows.concat().replace(' ', ""));
        assert!(exit.is_failure() && exit.what() == what::EXIT);
    }

    #[test]
    fn an_answer_counts_the_requests_ack() {
        let ack = Message::Ack { errno: 22, of: 41 }.encode(Stamp { seq: 0, cpu: 0, nanoseconds: 0 });
        assert_eq!((ack[28], ack[52]), (42, 22));
    }
}
