//! Rules to instructions.

use super::bpf::{self, Instruction};
use super::rule::{Condition, Rule};
use crate::arch::{CALLS, CallTable};

/// The data that our filter's stops carry; a stop with other data is a filter of the tracee's own.
pub(crate) const COOKIE: u16 = 0x7457;

/// The filter for `rules`: what they name stops with [`COOKIE`], everything else is allowed, on every
/// architecture.
pub(crate) fn compile(rules: &[Rule]) -> Vec<Instruction> {
    let mut program = vec![bpf::load(bpf::ARCH)];
    for table in CALLS {
        let body = table_body(table, rules);
        // The body may be longer than a conditional jump reaches: step over an unconditional one.
        program.push(bpf::jump_if(bpf::JUMP_EQUAL, table.audit_arch, 1, 0));
        program.push(bpf::jump(body.len() as u32));
        program.extend(body);
    }
    program.push(bpf::finish(bpf::ALLOW));
    program
}

/// Loads the number and decides; every path returns.
fn table_body(table: &CallTable, rules: &[Rule]) -> Vec<Instruction> {
    let mut leaves: Vec<(u32, Vec<Instruction>)> = Vec::new();
    for (number, call) in table.calls {
        if let Some(rule) = rules.iter().find(|rule| rule.call == *call) {
            leaves.push((*number, leaf(rule.condition)));
        }
    }
    leaves.sort_by_key(|(number, _)| *number);
    let mut body = vec![bpf::load(bpf::NUMBER)];
    if table.mark != 0 {
        body.push(bpf::jump_if(bpf::JUMP_AT_LEAST, table.mark, 0, 1));
        body.push(bpf::and(!table.mark));
    }
    body.extend(tree(&leaves));
    body
}

/// A balanced search for the loaded number.
fn tree(leaves: &[(u32, Vec<Instruction>)]) -> Vec<Instruction> {
    match leaves {
        [] => vec![bpf::finish(bpf::ALLOW)],
        [(number, leaf)] => {
            let mut code = vec![bpf::jump_if(bpf::JUMP_EQUAL, *number, 1, 0), bpf::finish(bpf::ALLOW)];
            code.extend(leaf);
            code
        }
        _ => {
            let (low, high) = leaves.split_at(leaves.len() / 2);
            let pivot = high.first().map_or(0, |(number, _)| *number);
            let (low, high) = (tree(low), tree(high));
            let mut code = vec![bpf::jump_if(bpf::JUMP_AT_LEAST, pivot, 0, 1), bpf::jump(low.len() as u32)];
            code.extend(low);
            code.extend(high);
            code
        }
    }
}

/// The end of a search that found its number.
fn leaf(condition: Condition) -> Vec<Instruction> {
    let trace = bpf::finish(bpf::TRACE | COOKIE as u32);
    let allow = bpf::finish(bpf::ALLOW);
    match condition {
        Condition::Always => vec![trace],
        Condition::AnyBit { argument, bits } => {
            vec![
                bpf::load(bpf::argument(argument)),
                bpf::jump_if(bpf::JUMP_ANY_BIT, bits, 1, 0),
                allow,
                trace,
            ]
        }
        Condition::OneOf { argument, values } => {
            let each = |&value: &u32| [bpf::jump_if(bpf::JUMP_EQUAL, value, 0, 1), trace];
            let tests = values.iter().flat_map(each);
            [bpf::load(bpf::argument(argument))].into_iter().chain(tests).chain([allow]).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use watchers::{EventKind, EventSet};

    use super::*;
    use crate::filter::rules;
    use crate::syscall::Call;

    /// What a program says about a call: an interpreter of the instructions that `bpf` has.
    fn run(program: &[Instruction], arch: u32, number: u32, args: [u64; 6]) -> u32 {
        let word = |offset: u32| match offset {
            bpf::NUMBER => number,
            bpf::ARCH => arch,
            _ => args[(offset as usize - 16) / 8] as u32,
        };
        let (mut at, mut a) = (0usize, 0u32);
        loop {
            let i = program[at];
            at += 1;
            let branch = |taken: bool| if taken { i.jump_true as usize } else { i.jump_false as usize };
            match i.code {
                bpf::LOAD => a = word(i.k),
                bpf::AND => a &= i.k,
                bpf::JUMP => at += i.k as usize,
                bpf::JUMP_EQUAL => at += branch(a == i.k),
                bpf::JUMP_AT_LEAST => at += branch(a >= i.k),
                bpf::JUMP_ANY_BIT => at += branch(a & i.k != 0),
                bpf::RETURN => return i.k,
                other => panic!("no such instruction: {other:#x}"),
            }
        }
    }

    const STOPS: u32 = bpf::TRACE | COOKIE as u32;

    fn interests() -> impl Iterator<Item = EventSet> {
        let kinds = [EventKind::Init, EventKind::Uid, EventKind::Gid, EventKind::Creds];
        (0..16u32).map(move |mask| {
            kinds.iter().enumerate().filter(|(n, _)| mask & (1 << n) != 0).map(|(_, kind)| *kind).collect()
        })
    }

    #[test]
    fn exactly_the_rules_stop_for_every_number_of_every_architecture() {
        for interest in interests() {
            let rules = rules(interest);
            let program = compile(&rules);
            for table in CALLS {
                for number in 0..1024 {
                    let call = crate::arch::call(table.audit_arch, number.into());
                    let always = call.is_some_and(|call| {
                        rules.iter().any(|rule| rule.call == call && rule.condition == Condition::Always)
                    });
                    // Arguments that satisfy no condition.
                    let got = run(&program, table.audit_arch, number, [0x2000_0007; 6].map(|x: u64| x));
                    assert_eq!(got == STOPS, always, "{interest:?} {:#x} {number}", table.audit_arch);
                    assert!(got == STOPS || got == bpf::ALLOW);
                }
            }
        }
    }

    #[test]
    fn conditions_look_at_their_argument() {
        let program = compile(&rules(EventKind::Creds.into()));
        let native = crate::arch::NATIVE;
        let stops = |number, args| run(&program, native, number, args) == STOPS;
        let number = |wanted: Call| {
            let table = CALLS.iter().find(|table| table.audit_arch == native).unwrap();
            table.calls.iter().find(|(_, call)| *call == wanted).unwrap().0
        };
        let [clone, unshare, ptrace, prctl, seccomp] =
            [Call::Clone, Call::Unshare, Call::Ptrace, Call::Prctl, Call::Seccomp].map(number);
        assert!(stops(clone, [0x0080_0011, 0, 0, 0, 0, 0]));
        assert!(!stops(clone, [0x0000_0011, 0x0080_0000, 0, 0, 0, 0]));
        assert!(stops(unshare, [0x1002_0000, 0, 0, 0, 0, 0]));
        assert!(!stops(unshare, [0x0002_0000, 0x1000_0000, 0, 0, 0, 0]));
        assert!(stops(ptrace, [0, 9, 9, 9, 9, 9]));
        assert!(stops(ptrace, [16, 0, 0, 0, 0, 0]));
        assert!(stops(ptrace, [0x4206, 0, 0, 0, 0, 0]));
        assert!(!stops(ptrace, [3, 0, 0, 0, 0, 0]));
        assert!(stops(prctl, [22, 1, 0, 0, 0, 0]));
        assert!(!stops(prctl, [4, 22, 0, 0, 0, 0]));
        assert!(stops(seccomp, [0, 0, 0, 0, 0, 0]));
        assert!(stops(seccomp, [1, 0, 0, 0, 0, 0]));
        assert!(!stops(seccomp, [2, 0, 0, 0, 0, 0]));
    }

    #[test]
    fn another_architecture_and_x32_are_not_killed() {
        let program = compile(&rules(EventSet::ALL));
        assert_eq!(run(&program, 0xc000_00b7, 220, [0; 6]), bpf::ALLOW);
        assert_eq!(run(&program, crate::arch::NATIVE, 0x4000_0000 | 57, [0; 6]), STOPS);
        assert_eq!(run(&program, crate::arch::NATIVE, u32::MAX, [0; 6]), bpf::ALLOW);
    }

    #[test]
    fn every_jump_stays_inside() {
        for interest in interests() {
            let program = compile(&rules(interest));
            assert!(program.len() < 4096);
            for (at, i) in program.iter().enumerate() {
                let reach = match i.code {
                    bpf::JUMP => i.k as usize,
                    bpf::JUMP_EQUAL | bpf::JUMP_AT_LEAST | bpf::JUMP_ANY_BIT => {
                        usize::from(i.jump_true.max(i.jump_false))
                    }
                    _ => continue,
                };
                assert!(at + 1 + reach < program.len());
            }
        }
    }
}
