//! Stage 4 for changes of groups, capabilities and the user namespace.

use std::fs;
use std::os::unix::ffi::OsStringExt;

use watchers::{CredsChange, CredsEvent, Event, EventKind, Tid};

use super::Tracer;
use crate::resume::Action;
use crate::syscall::{Call, Entry};
use crate::task::{CredsCall, Pending};
use crate::tracee::Stopped;

impl Tracer {
    /// Whether the call is one that `creds` may tell of, and somebody listens.
    pub(super) fn changes_creds(&self, call: Call, entry: &Entry) -> bool {
        self.interest.wants(EventKind::Creds) && call.creds_change(entry.args).is_some()
    }

    /// Notes what is about to be changed; the call's end tells the event.
    #[cold]
    pub(super) fn enter_creds(&mut self, stopped: &Stopped, entry: &Entry, call: Call) -> Action {
        let Some(change) = call.creds_change(entry.args) else { return Action::Continue(None) };
        let before = now(stopped.tid(), change);
        if let Some(record) = self.record(stopped) {
            record.pending = Pending::Creds(CredsCall { call, change, before });
        }
        Action::ToSyscallStop(None)
    }

    /// Credentials have changed, or were set to what they were.
    #[cold]
    pub(super) fn leave_creds(&mut self, stopped: &Stopped, call: &CredsCall, result: i64) {
        let Some(record) = self.table.get(stopped.tid()) else { return };
        let answered =
            if record.group.filters_itself.get() { Answered::Perhaps } else { Answered::ByTheKernel };
        if result == 0 && has_acted(call, now(stopped.tid(), call.change), answered) {
            self.tell_creds(stopped, call);
        }
    }

    /// It was killed in the call, which may have acted before that; whether it set what was there already is lost.
    #[cold]
    pub(super) fn resolve_creds_of_the_dying(&mut self, stopped: &Stopped, call: &CredsCall) {
        let after = now(stopped.tid(), call.change);
        if call.before.is_some() && after.is_some() && call.before != after {
            self.tell_creds(stopped, call);
        }
    }

    fn tell_creds(&mut self, stopped: &Stopped, call: &CredsCall) {
        let Some(task) = self.table.get(stopped.tid()).map(|record| record.task.clone()) else { return };
        self.tell(&task, Event::Creds(&CredsEvent::new(call.change)), [Some(stopped.tid()), None]);
    }
}

/// Who has answered a call.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Answered {
    ByTheKernel,
    /// Perhaps somebody else, whom a filter of the program's own has asked (seccomp user notification).
    Perhaps,
}

/// Whether a call that has answered 0 has done what it says.
fn has_acted(call: &CredsCall, after: Option<Vec<u8>>, answered: Answered) -> bool {
    match (&call.before, after) {
        (Some(before), Some(after)) if *before != after => true,
        // The same namespace: setns(2) has entered one of another kind.
        (Some(_), Some(_)) => call.change != CredsChange::UserNamespace && answered == Answered::ByTheKernel,
        // Unreadable. Only setns(2) may have succeeded and not done it.
        _ => call.call != Call::SetNs && answered == Answered::ByTheKernel,
    }
}

/// What the kernel says now of what a call changes.
fn now(tid: Tid, change: CredsChange) -> Option<Vec<u8>> {
    match change {
        CredsChange::UserNamespace => {
            fs::read_link(format!("/proc/{tid}/ns/user")).ok().map(|name| name.into_os_string().into_vec())
        }
        CredsChange::Groups => status_lines(tid, &["Groups:"]),
        _ => status_lines(tid, &["CapInh:", "CapPrm:", "CapEff:"]),
    }
}

/// The lines of `/proc/TID/status` with these keys. A task may have so many groups that the file is long.
fn status_lines(tid: Tid, keys: &[&str]) -> Option<Vec<u8>> {
    let status = fs::read(format!("/proc/{tid}/status")).ok()?;
    let lines = status.split(|byte| *byte == b'\n');
    let wanted = lines.filter(|line| keys.iter().any(|key| line.starts_with(key.as_bytes())));
    Some(wanted.collect::<Vec<_>>().join(&b'\n'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_acted() {
        use Answered::{ByTheKernel, Perhaps};
        use CredsChange::{Capabilities, Groups, UserNamespace};
        let said = |text: &str| (text != "?").then(|| text.as_bytes().to_vec());
        let table = [
            (Call::SetGroups, Groups, "1", "2", Perhaps, true),
            (Call::SetGroups, Groups, "1", "1", ByTheKernel, true),
            (Call::SetGroups, Groups, "1", "1", Perhaps, false),
            (Call::CapSet, Capabilities, "?", "1", ByTheKernel, true),
            (Call::Unshare, UserNamespace, "1", "2", ByTheKernel, true),
            (Call::Unshare, UserNamespace, "1", "1", Perhaps, false),
            (Call::Unshare, UserNamespace, "?", "?", ByTheKernel, true),
            (Call::SetNs, UserNamespace, "1", "2", Perhaps, true),
            (Call::SetNs, UserNamespace, "1", "1", ByTheKernel, false),
            (Call::SetNs, UserNamespace, "1", "?", ByTheKernel, false),
        ];
        for (call, change, before, after, answered, expected) in table {
            let call = CredsCall { call, change, before: said(before) };
            assert_eq!(has_acted(&call, said(after), answered), expected, "{call:?} {after}");
        }
    }

    #[test]
    fn the_kernel_says_something_of_each() {
        let me = Tid::from_raw(rustix::thread::gettid().as_raw_pid()).unwrap();
        for change in [CredsChange::Groups, CredsChange::Capabilities, CredsChange::UserNamespace] {
            assert!(now(me, change).is_some_and(|text| !text.is_empty()), "{change}");
        }
    }
}
