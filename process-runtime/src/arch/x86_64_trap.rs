//! The trap instruction, and how a task passes the one that it stands in the place of.

#![cfg_attr(test, allow(unsafe_code, reason = "compares with what the processor itself does"))]

use super::x86_64::{CALL, CODE_64, Registers, TRAP_FLAG};

/// What of a task's signal mask `/proc/TID/status` does not show while it waits in a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HiddenMask {
    /// All of it is there.
    None,
    /// The call has one of its own.
    Unknown,
    /// The call has one of its own unless the word at this address is a null pointer.
    IfNotNull(u64),
    /// The signals of the set at this address, for which it waits, may be blocked otherwise.
    LessThan(u64),
}

/// How the call of this number and these arguments changes the mask for as long as it takes: ppoll, pselect6, epoll_pwait,
/// epoll_pwait2, io_pgetevents, io_uring_enter, rt_sigsuspend, rt_sigtimedwait. (A 32-bit call's number means another call here,
/// or none.)
pub(crate) fn hidden_mask(number: u64, args: &[u64; 6]) -> HiddenMask {
    let [set, _, _, fourth, fifth, sixth] = *args;
    match (number, fourth, fifth, sixth) {
        (271, 0, ..) | (281 | 426 | 441, _, 0, _) | (270 | 333, .., 0) => HiddenMask::None,
        (270 | 333, .., sixth) => HiddenMask::IfNotNull(sixth),
        (271 | 281 | 441 | 130, ..) => HiddenMask::Unknown,
        // IORING_ENTER_EXT_ARG: a struct that begins with the address of a mask.
        (426, flags, argument, _) if flags & 8 != 0 => HiddenMask::IfNotNull(argument),
        (426, ..) => HiddenMask::Unknown,
        (128, ..) => HiddenMask::LessThan(set),
        _ => HiddenMask::None,
    }
}

/// The instruction `int3`, by which a task traps.
pub(crate) const TRAP: u8 = 0xcc;

/// The instructions by which a task makes a system call: `syscall`, `sysenter`, `int 0x80`. With a prefix they do the same; compilers
/// and C libraries give them none.
pub(crate) const ENTRIES: [[u8; 2]; 3] = [CALL, [0x0f, 0x34], [0xcd, 0x80]];

/// How much of the text is needed to tell what an instruction does that a task is to be taken past.
pub(crate) const INSTRUCTION: usize = 15;

/// Where the trap is that a task has hit.
pub(crate) fn trap_address(registers: &Registers) -> u64 {
    registers.rip.wrapping_sub(1)
}

/// Where the task goes on.
pub(crate) fn instruction_of(registers: &Registers) -> u64 {
    registers.rip
}

/// The registers of a task that is to go on at this address.
pub(crate) fn at_instruction(registers: &Registers, address: u64) -> Registers {
    Registers { rip: address, ..*registers }
}

/// Whether the program has asked for a trap after each of its instructions.
pub(crate) fn steps_itself(registers: &Registers) -> bool {
    registers.eflags & TRAP_FLAG != 0
}

/// The registers after the instruction at which the task stands, of which `code` is the text; `None` for any but those few
/// that commonly follow a system call: cmp and test with rax, mov between registers, pop, ret, nop. `word` reads the stack.
pub(crate) fn passed_over(
    registers: &Registers,
    code: &[u8],
    word: impl FnOnce(u64) -> Option<u64>,
) -> Option<Registers> {
    if registers.cs != CODE_64 || steps_itself(registers) {
        return None;
    }
    let (prefix, rest) = match code {
        [prefix @ 0x40..=0x4f, rest @ ..] => (*prefix, rest),
        _ => (0, code),
    };
    let is_wide = prefix & 8 != 0;
    let (change, length) = match *rest {
        [0x90, ..] if prefix == 0 => (Effect::Nothing, 1),
        [0x3d, a, b, c, d, ..] => (Effect::Compare(i64::from(i32::from_le_bytes([a, b, c, d]))), 5),
        [0x83, 0xf8, a, ..] if prefix & 1 == 0 => (Effect::Compare(i64::from(a as i8)), 3),
        [0x85, 0xc0, ..] if prefix & 5 == 0 => (Effect::Test, 2),
        [0x89, modes @ 0xc0..=0xff, ..] => {
            (Effect::Move { to: base(prefix, modes), from: reg(prefix, modes) }, 2)
        }
        [0x8b, modes @ 0xc0..=0xff, ..] => {
            (Effect::Move { to: reg(prefix, modes), from: base(prefix, modes) }, 2)
        }
        [code @ 0x58..=0x5f, ..] => (Effect::Pop(base(prefix, code)), 1),
        [0xc3, ..] => (Effect::Return, 1),
        _ => return None,
    };
    let mut after = *registers;
    after.rip = after.rip.wrapping_add(length + u64::from(prefix != 0));
    let rax = if is_wide { registers.rax } else { u64::from(registers.rax as u32) };
    match change {
        Effect::Nothing => {}
        Effect::Compare(with) => after.eflags = compared(registers.eflags, rax, with, is_wide),
        Effect::Test => after.eflags = result_flags(registers.eflags, rax, is_wide),
        Effect::Move { to, from } => {
            let value = *general(&mut after, from);
            // A 32-bit result clears the upper half (Intel SDM, volume 1, 3.4.1.1).
            *general(&mut after, to) = if is_wide { value } else { u64::from(value as u32) };
        }
        Effect::Pop(to) => {
            let value = word(registers.rsp)?;
            after.rsp = after.rsp.wrapping_add(8);
            *general(&mut after, to) = value;
        }
        Effect::Return => {
            after.rip = word(registers.rsp)?;
            after.rsp = after.rsp.wrapping_add(8);
        }
    }
    Some(after)
}

/// What an instruction does.
enum Effect {
    Nothing,
    /// Compares rax, or eax, with this.
    Compare(i64),
    /// Compares it with zero.
    Test,
    Move {
        to: u8,
        from: u8,
    },
    Pop(u8),
    Return,
}

fn reg(prefix: u8, modes: u8) -> u8 {
    modes >> 3 & 7 | (prefix & 4) << 1
}

fn base(prefix: u8, modes: u8) -> u8 {
    modes & 7 | (prefix & 1) << 3
}

/// A general register by its number in instructions.
fn general(registers: &mut Registers, number: u8) -> &mut u64 {
    match number & 15 {
        0 => &mut registers.rax,
        1 => &mut registers.rcx,
        2 => &mut registers.rdx,
        3 => &mut registers.rbx,
        4 => &mut registers.rsp,
        5 => &mut registers.rbp,
        6 => &mut registers.rsi,
        7 => &mut registers.rdi,
        8 => &mut registers.r8,
        9 => &mut registers.r9,
        10 => &mut registers.r10,
        11 => &mut registers.r11,
        12 => &mut registers.r12,
        13 => &mut registers.r13,
        14 => &mut registers.r14,
        _ => &mut registers.r15,
    }
}

const CARRY: u64 = 1;
const PARITY: u64 = 1 << 2;
const ADJUST: u64 = 1 << 4;
const ZERO: u64 = 1 << 6;
const SIGN: u64 = 1 << 7;
const OVERFLOW: u64 = 1 << 11;

/// The flags after `cmp left, right`.
fn compared(flags: u64, left: u64, right: i64, is_wide: bool) -> u64 {
    let (right, top) = if is_wide { (right as u64, 63) } else { (u64::from(right as u32), 31) };
    let difference = left.wrapping_sub(right) & (u64::MAX >> (63 - top));
    let mut after = result_flags(flags, difference, is_wide);
    let mut set = |flag: u64, is_set: bool| after |= if is_set { flag } else { 0 };
    set(CARRY, left < right);
    set(ADJUST, left & 15 < right & 15);
    set(OVERFLOW, (left ^ right) & (left ^ difference) & 1 << top != 0);
    after
}

/// The flags of a result; carry, adjust and overflow clear.
fn result_flags(flags: u64, result: u64, is_wide: bool) -> u64 {
    let sign = if is_wide { result >> 63 } else { result >> 31 & 1 };
    let mut after = flags & !(CARRY | PARITY | ADJUST | ZERO | SIGN | OVERFLOW);
    let mut set = |flag: u64, is_set: bool| after |= if is_set { flag } else { 0 };
    set(ZERO, result == 0);
    set(SIGN, sign == 1);
    set(PARITY, (result as u8).count_ones() & 1 == 0);
    after
}

#[cfg(test)]
mod tests {
    use std::arch::asm;

    use proptest::prelude::*;

    use super::*;

    fn registers() -> Registers {
        // SAFETY: the struct is plain numbers.
        let zero: Registers = unsafe { std::mem::zeroed() };
        Registers { cs: CODE_64, rip: 0x1000, rsp: 0x8000, ..zero }
    }

    const FLAGS: u64 = CARRY | PARITY | ADJUST | ZERO | SIGN | OVERFLOW;

    /// The flags that the processor has after `cmp rax, imm`, `cmp eax, imm` and `test rax, rax`, of which `adjust` is undefined.
    fn by_the_processor(rax: u64, with: i64) -> [u64; 3] {
        let (wide, narrow, test): (u64, u64, u64);
        // SAFETY: compares numbers, and copies the flags over the stack.
        unsafe {
            asm!("cmp {a}, {b}", "pushfq", "pop {f}", a = in(reg) rax, b = in(reg) with, f = lateout(reg) wide);
            asm!("cmp {a:e}, {b:e}", "pushfq", "pop {f}", a = in(reg) rax, b = in(reg) with, f = lateout(reg) narrow);
            asm!("test {a}, {a}", "pushfq", "pop {f}", a = in(reg) rax, f = lateout(reg) test);
        }
        [wide & FLAGS, narrow & FLAGS, test & FLAGS & !ADJUST]
    }

    proptest! {
        #[test]
        fn comparisons_are_those_of_the_processor(
            rax in prop_oneof![any::<u64>(), (-5000i64..5000).prop_map(|n| n as u64)],
            with in prop_oneof![any::<i32>(), -4096..4096],
        ) {
            let before = Registers { rax, eflags: 0x246, ..registers() };
            let [a, b, c, d] = with.to_le_bytes();
            let codes: [&[u8]; 3] = [&[0x48, 0x3d, a, b, c, d], &[0x3d, a, b, c, d], &[0x48, 0x85, 0xc0]];
            let after = codes.map(|code| passed_over(&before, code, |_| None).unwrap());
            let flags = after.map(|after| after.eflags & FLAGS);
            prop_assert_eq!(flags, by_the_processor(rax, with.into()));
            prop_assert_eq!(after.map(|after| after.rip), [0x1006, 0x1005, 0x1003]);
        }
    }

    #[test]
    fn instructions_that_follow_system_calls() {
        let before = Registers { rax: 0xffff_ffff_0000_0007, rdi: 1, r8: 2, ..registers() };
        let word = |at| (at == 0x8000).then_some(0x77);
        let passed = |code: &[u8]| passed_over(&before, code, word);
        let text = |registers: Option<Registers>| format!("{registers:x?}");
        let with = |change: fn(&mut Registers)| {
            let mut after = before;
            change(&mut after);
            Some(after)
        };
        let table: [(&[u8], Option<Registers>); 12] = [
            (&[0x90], with(|after| after.rip = 0x1001)),
            (&[0xc3], with(|after| (after.rip, after.rsp) = (0x77, 0x8008))),
            (&[0x5f], with(|after| (after.rip, after.rsp, after.rdi) = (0x1001, 0x8008, 0x77))),
            (&[0x41, 0x58], with(|after| (after.rip, after.rsp, after.r8) = (0x1002, 0x8008, 0x77))),
            // mov edi, r8d; mov r8, rax; mov edi, eax by the other opcode.
            (&[0x44, 0x89, 0xc7], with(|after| (after.rip, after.rdi) = (0x1003, 2))),
            (&[0x49, 0x89, 0xc0], with(|after| (after.rip, after.r8) = (0x1003, after.rax))),
            (&[0x8b, 0xf8], with(|after| (after.rip, after.rdi) = (0x1002, 7))),
            // Those are left to the processor: mov to memory, a call, a 16-bit comparison, xchg r8 with rax, nothing.
            (&[0x89, 0x07], None),
            (&[0xe8, 0, 0, 0, 0], None),
            (&[0x66, 0x3d, 0, 0], None),
            (&[0x49, 0x90], None),
            (&[], None),
        ];
        for (code, expected) in table {
            assert_eq!(text(passed(code)), text(expected), "{code:x?}");
        }
        let stepping = Registers { eflags: TRAP_FLAG, ..before };
        assert!(passed_over(&stepping, &[0x90], word).is_none(), "the program steps itself");
        assert!(passed_over(&Registers { cs: 0x23, ..before }, &[0x90], word).is_none(), "32-bit code");
    }

    #[test]
    fn masks_that_calls_hide() {
        let args = |at: usize| {
            let mut args = [0; 6];
            args[at] = 9;
            args
        };
        let table = [
            (232, args(4), HiddenMask::None),
            (271, args(3), HiddenMask::Unknown),
            (271, args(2), HiddenMask::None),
            (281, args(4), HiddenMask::Unknown),
            (441, args(0), HiddenMask::None),
            (270, args(5), HiddenMask::IfNotNull(9)),
            (333, args(5), HiddenMask::IfNotNull(9)),
            (426, [3, 0, 1, 1, 9, 8], HiddenMask::Unknown),
            (426, [3, 0, 1, 9, 9, 24], HiddenMask::IfNotNull(9)),
            (426, [3, 0, 1, 1, 0, 0], HiddenMask::None),
            (130, args(0), HiddenMask::Unknown),
            (128, args(0), HiddenMask::LessThan(9)),
        ];
        for (number, args, hidden) in table {
            assert_eq!(hidden_mask(number, &args), hidden, "{number} {args:?}");
        }
    }
}
