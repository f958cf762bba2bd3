//! Classic BPF as seccomp(2) runs it: the few instructions that a filter needs.
//!
//! Constants from linux/bpf_common.h, linux/seccomp.h.

/// One instruction, laid out as the kernel's `struct sock_filter`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Instruction {
    pub(crate) code: u16,
    pub(crate) jump_true: u8,
    pub(crate) jump_false: u8,
    pub(crate) k: u32,
}

const _: () = assert!(size_of::<Instruction>() == size_of::<libc::sock_filter>());

/// BPF_LD | BPF_W | BPF_ABS
pub(super) const LOAD: u16 = 0x20;
/// BPF_ALU | BPF_AND | BPF_K
pub(super) const AND: u16 = 0x54;
/// BPF_JMP | BPF_JEQ | BPF_K
pub(super) const JUMP_EQUAL: u16 = 0x15;
/// BPF_JMP | BPF_JGE | BPF_K
pub(super) const JUMP_AT_LEAST: u16 = 0x35;
/// BPF_JMP | BPF_JSET | BPF_K
pub(super) const JUMP_ANY_BIT: u16 = 0x45;
/// BPF_JMP | BPF_JA
pub(super) const JUMP: u16 = 0x05;
/// BPF_RET | BPF_K
pub(super) const RETURN: u16 = 0x06;

/// SECCOMP_RET_ALLOW
pub(super) const ALLOW: u32 = 0x7fff_0000;
/// SECCOMP_RET_TRACE
pub(super) const TRACE: u32 = 0x7ff0_0000;

/// `offsetof(struct seccomp_data, nr)`
pub(super) const NUMBER: u32 = 0;
/// `offsetof(struct seccomp_data, arch)`
pub(super) const ARCH: u32 = 4;

/// The low half of argument `n`: `offsetof(struct seccomp_data, args[n])` on a little-endian machine.
pub(super) const fn argument(n: u8) -> u32 {
    16 + 8 * n as u32
}

pub(super) const fn load(offset: u32) -> Instruction {
    Instruction { code: LOAD, jump_true: 0, jump_false: 0, k: offset }
}

pub(super) const fn jump_if(code: u16, k: u32, jump_true: u8, jump_false: u8) -> Instruction {
    Instruction { code, jump_true, jump_false, k }
}

pub(super) const fn jump(distance: u32) -> Instruction {
    Instruction { code: JUMP, jump_true: 0, jump_false: 0, k: distance }
}

pub(super) const fn and(mask: u32) -> Instruction {
    Instruction { code: AND, jump_true: 0, jump_false: 0, k: mask }
}

pub(super) const fn finish(action: u32) -> Instruction {
    Instruction { code: RETURN, jump_true: 0, jump_false: 0, k: action }
}
