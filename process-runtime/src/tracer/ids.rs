//! Stage 4 for changes of ids.

use watchers::{Credentials, Event, EventKind, GidEvent, Ids, Tid, UidEvent};

use super::Tracer;
use crate::auxiliary::Auxiliary;
use crate::proc::Status;
use crate::resume::Action;
use crate::syscall::{Call, Entry};
use crate::task::Pending;
use crate::tracee::Stopped;

impl Tracer {
    /// Notes the ids before the call; its end tells the event.
    pub(super) fn enter_ids(&mut self, stopped: &Stopped, entry: &Entry, call: Call) -> Action {
        let Some(now) = credentials(stopped.tid()) else { return Action::Continue(None) };
        let old = match call.ids_event() {
            Some(EventKind::Gid) => now.gid,
            _ => now.uid,
        };
        if let Some(record) = self.record(stopped) {
            record.pending = Pending::Ids { call, wanted: entry.args[0] as u32, old };
        }
        Action::ToSyscallStop(None)
    }

    /// The ids have changed, or were confirmed.
    pub(super) fn leave_ids(&mut self, stopped: &Stopped, call: Call, wanted: u32, old: Ids, result: i64) {
        let Some(now) = credentials(stopped.tid()) else { return };
        let new = match call.ids_event() {
            Some(EventKind::Gid) => now.gid,
            _ => now.uid,
        };
        let Some(record) = self.table.get_mut(stopped.tid()) else { return };
        record.credentials = Some(now);
        if accepted(call, wanted, new, result) {
            let task = record.task.clone();
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
        let were_equal = record.credentials.is_some_and(|ids| all_equal(ids.uid) && all_equal(ids.gid));
        if record.group.filters_itself.get() || !were_equal || !plain(stopped.tid()) {
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
pub(super) fn credentials(tid: Tid) -> Option<Credentials> {
    Status::read(tid)?.credentials()
}

fn all_equal(ids: Ids) -> bool {
    ids.effective == ids.real && ids.saved == ids.real && ids.fs == ids.real
}

/// KERNEL: an exec sets saved and file-system ids to the effective ones and never the real ones
/// (security/commoncap.c `cap_bprm_creds_from_file`). Where all were equal before, a change shows as an
/// effective id that is not the real one, which the auxiliary vector tells for a fifth of the price.
fn plain(tid: Tid) -> bool {
    Auxiliary::read(tid).is_some_and(|vector| vector.ids_are_plain())
}

/// KERNEL: setfsuid(2) and setfsgid(2) answer with the former id whether they changed it or not; the call
/// was accepted if the id is now the one asked for.
fn accepted(call: Call, wanted: u32, new: Ids, result: i64) -> bool {
    if call.answers_with_the_old_id() { new.fs == wanted } else { result == 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_counts_as_accepted() {
        let ids = Ids::new(0, 0, 0, 5);
        let table = [
            (Call::SetUid, 7, 0, true),
            (Call::SetUid, 7, -1, false),
            (Call::SetResGid, 7, 0, true),
            (Call::SetFsUid, 5, 0, true),
            (Call::SetFsUid, 6, 5, false),
            (Call::SetFsGid, u32::MAX, 5, false),
        ];
        for (call, wanted, result, expected) in table {
            assert_eq!(accepted(call, wanted, ids, result), expected, "{call:?} {wanted} {result}");
        }
    }
}
