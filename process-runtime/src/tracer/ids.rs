//! Stage 4 for changes of ids.

use std::fs;

use watchers::{Credentials, Event, EventKind, GidEvent, Ids, Tid, UidEvent};

use super::Tracer;
use crate::auxiliary::has_plain_ids;
use crate::proc::Status;
use crate::resume::Action;
use crate::syscall::{Call, Entry};
use crate::task::Pending;
use crate::tracee::Stopped;

impl Tracer {
    /// Notes the ids before the call; its end tells the event.
    #[cold]
    pub(super) fn enter_ids(&mut self, stopped: &Stopped, entry: &Entry, call: Call) -> Action {
        let Some(now) = credentials(stopped.tid()) else { return Action::Continue(None) };
        let old = of_kind(now, call);
        if let Some(record) = self.record(stopped) {
            record.pending = Pending::Ids { call, wanted: entry.ids(), old };
        }
        Action::ToSyscallStop(None)
    }

    /// The ids have changed, or were confirmed.
    #[cold]
    pub(super) fn leave_ids(
        &mut self,
        stopped: &Stopped,
        call: Call,
        wanted: [u32; 3],
        old: Ids,
        result: i64,
    ) {
        let Some(now) = credentials(stopped.tid()) else { return };
        let new = of_kind(now, call);
        let Some(record) = self.table.get_mut(stopped.tid()) else { return };
        record.credentials = Some(now);
        let confirmed = || confirms(call, wanted, new) || is_in_another_namespace(stopped.tid());
        if succeeded(call, result) && (new != old || confirmed()) {
            let task = record.task.clone();
            self.tell_ids(&task, call.ids_event(), old, new, stopped.tid());
        }
    }

    /// It was killed in the call, which may have changed ids before that; whether it confirmed them is lost.
    #[cold]
    pub(super) fn resolve_ids_of_the_dying(&mut self, stopped: &Stopped, call: Call, old: Ids) {
        let Some(now) = credentials(stopped.tid()) else { return };
        let Some(record) = self.record(stopped) else { return };
        record.credentials = Some(now);
        let task = record.task.clone();
        let new = of_kind(now, call);
        if new != old {
            self.tell_ids(&task, call.ids_event(), old, new, stopped.tid());
        }
    }

    fn tell_ids(&mut self, task: &watchers::Task, kind: Option<EventKind>, old: Ids, new: Ids, tid: Tid) {
        match kind {
            Some(EventKind::Gid) => self.tell(task, Event::Gid(&GidEvent::new(old, new)), [Some(tid), None]),
            _ => self.tell(task, Event::Uid(&UidEvent::new(old, new)), [Some(tid), None]),
        }
    }

    /// An exec may have changed ids: a set-id file, or effective ids that became the saved ones.
    pub(super) fn tell_ids_of_exec(&mut self, stopped: &Stopped) {
        if !self.interest.wants_ids() {
            return;
        }
        let Some(record) = self.table.get(stopped.tid()) else { return };
        // KERNEL: an exec sets saved and file-system ids to the effective ones and never the real ones
        // (security/commoncap.c `cap_bprm_creds_from_file`). Where all were equal before, a change shows as an
        // effective id that is not the real one, which the auxiliary vector tells for a tenth of the price.
        let were_equal = record.credentials.is_some_and(|ids| all_equal(ids.uid) && all_equal(ids.gid));
        if record.group.filters_itself.get() || !were_equal || !has_plain_ids(stopped) {
            self.tell_untold_ids(stopped);
        }
    }

    /// A filter of the task's own may have let calls that change ids pass by ours.
    pub(super) fn tell_hidden_ids(&mut self, stopped: &Stopped) {
        if self.table.get(stopped.tid()).is_some_and(|record| record.group.filters_itself.get()) {
            self.tell_untold_ids(stopped);
        }
    }

    /// Tells what has changed since ids were last told.
    #[cold]
    fn tell_untold_ids(&mut self, stopped: &Stopped) {
        let (uids, gids) = (self.interest.wants(EventKind::Uid), self.interest.wants(EventKind::Gid));
        let tid = stopped.tid();
        if !(uids || gids) {
            return;
        }
        let Some(now) = credentials(tid) else { return };
        let Some(record) = self.table.get_mut(tid) else { return };
        let Some(before) = record.credentials.replace(now) else { return };
        let task = record.task.clone();
        if uids && before.uid != now.uid {
            self.tell_ids(&task, Some(EventKind::Uid), before.uid, now.uid, tid);
        }
        if gids && before.gid != now.gid {
            self.tell_ids(&task, Some(EventKind::Gid), before.gid, now.gid, tid);
        }
    }
}

/// Both sets of ids, from the kernel.
#[inline(never)]
pub(super) fn credentials(tid: Tid) -> Option<Credentials> {
    Status::read(tid)?.credentials()
}

/// Those that the call is about.
fn of_kind(ids: Credentials, call: Call) -> Ids {
    match call.ids_event() {
        Some(EventKind::Gid) => ids.gid,
        _ => ids.uid,
    }
}

fn all_equal(ids: Ids) -> bool {
    ids.effective == ids.real && ids.saved == ids.real && ids.fs == ids.real
}

/// Whether the result tells no failure.
///
/// KERNEL: setfsuid(2) and setfsgid(2) answer with the former id, whether they changed it or not.
fn succeeded(call: Call, result: i64) -> bool {
    call.answers_with_the_old_id() || result == 0
}

/// Whether ids that have not changed are those asked for. If not, a setfs*id call was refused, or somebody
/// else answered in the kernel's place (seccomp user notification).
fn confirms(call: Call, [first, second, third]: [u32; 3], new: Ids) -> bool {
    let is = |wanted: u32, id: u32| wanted == u32::MAX || wanted == id;
    match call {
        Call::SetFsUid | Call::SetFsGid => first == new.fs,
        Call::SetReUid | Call::SetReGid => is(first, new.real) && is(second, new.effective),
        Call::SetResUid | Call::SetResGid => {
            is(first, new.real) && is(second, new.effective) && is(third, new.saved)
        }
        _ => first == new.effective,
    }
}

/// Whether a task's ids have other numbers than ours, so that its arguments cannot be compared.
fn is_in_another_namespace(tid: Tid) -> bool {
    let namespace = |who: &str| fs::read_link(format!("/proc/{who}/ns/user")).ok();
    namespace(&tid.to_string()) != namespace("self")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_confirms_ids() {
        const ANY: u32 = u32::MAX;
        let ids = Ids::new(1, 2, 3, 5);
        let table = [
            (Call::SetUid, [2, 0, 0], true),
            (Call::SetUid, [1, 0, 0], false),
            (Call::SetReUid, [ANY, 2, 0], true),
            (Call::SetReGid, [1, ANY, 9], true),
            (Call::SetReUid, [2, 2, 0], false),
            (Call::SetResUid, [1, 2, 3], true),
            (Call::SetResGid, [ANY, ANY, 4], false),
            (Call::SetFsUid, [5, 0, 0], true),
            (Call::SetFsGid, [ANY, 0, 0], false),
        ];
        for (call, wanted, expected) in table {
            assert_eq!(confirms(call, wanted, ids), expected, "{call:?} {wanted:?}");
        }
    }

    #[test]
    fn what_succeeds() {
        assert!(succeeded(Call::SetUid, 0));
        assert!(!succeeded(Call::SetUid, -1));
        assert!(succeeded(Call::SetFsUid, 1000));
    }
}
