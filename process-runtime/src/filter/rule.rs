//! Which calls stop, for a given interest.

use watchers::{EventKind, EventSet};

use crate::syscall::Call;

/// When a call of a rule stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Condition {
    /// Every time.
    Always,
    /// When argument `argument` has one of `bits`.
    AnyBit { argument: u8, bits: u32 },
    /// When the low half of `argument` is one of `values`.
    OneOf { argument: u8, values: &'static [u32] },
}

/// A call and when it stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(crate) call: Call,
    pub(crate) condition: Condition,
}

impl Condition {
    fn holds(self, arguments: &[u64; 6]) -> bool {
        let value = |argument: u8| arguments.get(usize::from(argument)).map_or(0, |value| *value as u32);
        match self {
            Condition::Always => true,
            Condition::AnyBit { argument, bits } => value(argument) & bits != 0,
            Condition::OneOf { argument, values } => values.contains(&value(argument)),
        }
    }
}

/// Whether the filter for `interest` stops this call.
pub(crate) fn stops(interest: EventSet, call: Call, arguments: &[u64; 6]) -> bool {
    rules(interest).iter().any(|rule| rule.call == call && rule.condition.holds(arguments))
}

/// CLONE_UNTRACED.
const UNTRACED: u32 = 0x0080_0000;
/// CLONE_NEWUSER.
const NEW_USER: u32 = 0x1000_0000;
/// PTRACE_TRACEME, PTRACE_ATTACH, PTRACE_SEIZE.
const BECOMES_TRACED: &[u32] = &[0, 16, 0x4206];
/// prctl(PR_SET_SECCOMP, …).
const SECCOMP_BY_PRCTL: &[u32] = &[22];
/// seccomp(SECCOMP_SET_MODE_STRICT, …) and seccomp(SECCOMP_SET_MODE_FILTER, …).
const SET_MODE: &[u32] = &[0, 1];

/// The rules for `interest`.
///
/// Besides what is watched, four kinds of call always stop. A clone with CLONE_UNTRACED would leave the
/// tree without a tracer but with our filter; clone3 keeps its flags in memory, where a filter cannot
/// look; ptrace and strict seccomp fail under supervision, which deserves one line of explanation; and a
/// filter of the task's own may hide later calls.
pub(crate) fn rules(interest: EventSet) -> Vec<Rule> {
    let always = |call| Rule { call, condition: Condition::Always };
    let mut rules = vec![
        always(Call::Clone3),
        Rule { call: Call::Ptrace, condition: Condition::OneOf { argument: 0, values: BECOMES_TRACED } },
        Rule { call: Call::Prctl, condition: Condition::OneOf { argument: 0, values: SECCOMP_BY_PRCTL } },
        Rule { call: Call::Seccomp, condition: Condition::OneOf { argument: 0, values: SET_MODE } },
    ];
    if interest.contains(EventKind::Init) {
        rules.extend([Call::Clone, Call::Fork, Call::Vfork].map(always));
    } else {
        rules.push(Rule { call: Call::Clone, condition: Condition::AnyBit { argument: 0, bits: UNTRACED } });
    }
    if interest.contains(EventKind::Uid) {
        rules.extend([Call::SetUid, Call::SetReUid, Call::SetResUid, Call::SetFsUid].map(always));
    }
    if interest.contains(EventKind::Gid) {
        rules.extend([Call::SetGid, Call::SetReGid, Call::SetResGid, Call::SetFsGid].map(always));
    }
    if interest.contains(EventKind::Creds) {
        rules.extend([Call::SetGroups, Call::CapSet, Call::SetNs].map(always));
        rules
            .push(Rule { call: Call::Unshare, condition: Condition::AnyBit { argument: 0, bits: NEW_USER } });
    }
    rules
}
