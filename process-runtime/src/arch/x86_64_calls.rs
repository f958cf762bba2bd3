//! The numbers of the system calls that the runtime knows.

use super::CallTable;
use crate::syscall::Call;

/// AUDIT_ARCH_X86_64.
pub(crate) const NATIVE: u32 = 0xc000_003e;

/// AUDIT_ARCH_I386.
pub(super) const I386: u32 = 0x4000_0003;

/// __X32_SYSCALL_BIT: set in the numbers of x32 calls, which carry AUDIT_ARCH_X86_64.
const X32: u32 = 0x4000_0000;

/// Numbers from arch/x86/entry/syscalls/syscall_{64,32}.tbl. A table is searched from the front: the calls that stop most tasks are the
/// first of the one that most programs use.
pub(crate) const CALLS: &[CallTable] = &[
    CallTable {
        audit_arch: NATIVE,
        mark: X32,
        calls: &[
            (56, Call::Clone),
            (57, Call::Fork),
            (58, Call::Vfork),
            (435, Call::Clone3),
            (0, Call::Wait),
            (1, Call::Write),
            (19, Call::Wait),
            (42, Call::Wait),
            (43, Call::Wait),
            (44, Call::Wait),
            (45, Call::Wait),
            (46, Call::Wait),
            (47, Call::Wait),
            (65, Call::Wait),
            (101, Call::Ptrace),
            (105, Call::SetUid),
            (106, Call::SetGid),
            (113, Call::SetReUid),
            (114, Call::SetReGid),
            (116, Call::SetGroups),
            (117, Call::SetResUid),
            (119, Call::SetResGid),
            (122, Call::SetFsUid),
            (123, Call::SetFsGid),
            (126, Call::CapSet),
            (128, Call::Wait),
            (157, Call::Prctl),
            (208, Call::Wait),
            (220, Call::Wait),
            (232, Call::Wait),
            (272, Call::Unshare),
            (281, Call::Wait),
            (288, Call::Wait),
            (299, Call::Wait),
            (308, Call::SetNs),
            (317, Call::Seccomp),
            (333, Call::Wait),
            (426, Call::Wait),
            (441, Call::Wait),
        ],
        of_16_bits: &[],
    },
    CallTable {
        audit_arch: I386,
        mark: 0,
        calls: &[
            (2, Call::Fork),
            (3, Call::Wait),
            (23, Call::SetUid),
            (26, Call::Ptrace),
            (46, Call::SetGid),
            (70, Call::SetReUid),
            (71, Call::SetReGid),
            (81, Call::SetGroups),
            (120, Call::Clone),
            (138, Call::SetFsUid),
            (139, Call::SetFsGid),
            (164, Call::SetResUid),
            (170, Call::SetResGid),
            (172, Call::Prctl),
            (177, Call::Wait),
            (185, Call::CapSet),
            (190, Call::Vfork),
            (203, Call::SetReUid),
            (204, Call::SetReGid),
            (206, Call::SetGroups),
            (208, Call::SetResUid),
            (210, Call::SetResGid),
            (213, Call::SetUid),
            (214, Call::SetGid),
            (215, Call::SetFsUid),
            (216, Call::SetFsGid),
            (256, Call::Wait),
            (310, Call::Unshare),
            (319, Call::Wait),
            (346, Call::SetNs),
            (354, Call::Seccomp),
            (362, Call::Wait),
            (364, Call::Wait),
            (369, Call::Wait),
            (370, Call::Wait),
            (371, Call::Wait),
            (372, Call::Wait),
            (420, Call::Wait),
            (421, Call::Wait),
            (435, Call::Clone3),
        ],
        of_16_bits: &[23, 46, 70, 71, 81, 138, 139, 164, 170],
    },
];
