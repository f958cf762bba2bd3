//! Stage 4 for exec.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::rc::Rc;

use watchers::{Event, ExecEvent, Tid};

use super::Tracer;
use crate::notice::Notice;
use crate::resume::Action;
use crate::task::{Phase, Record};
use crate::tracee::Stopped;

impl Tracer {
    /// A new image is loaded. A former leader that did not call exec itself dies here, unreported by the
    /// kernel; the caller keeps its identity and takes the leader's tid.
    pub(super) fn exec(
        &mut self,
        stopped: &Stopped,
        leader: Option<Box<Record>>,
        old: Option<Tid>,
    ) -> Action {
        if let Some(leader) = leader {
            self.replaced(leader);
        }
        let Some(record) = self.table.get_mut(stopped.tid()) else { return Action::Continue(None) };
        record.phase = Phase::Alive;
        let (task, pid) = (record.task.clone(), record.group.pid);
        task.bind(stopped.tid(), pid);
        self.leave_address_space(pid);
        if Rc::get_mut(&mut self.image).is_none() {
            self.image = Rc::default();
        }
        self.image.show(Some(stopped.tid()));
        let event = ExecEvent::from_image(self.image.clone(), old);
        self.tell(&task, Event::Exec(&event), [Some(stopped.tid()), None]);
        self.image.show(None);
        self.tell_ids_of_exec(stopped);
        self.explain_ignored_set_id(stopped.tid());
        Action::Continue(None)
    }

    /// Says so when a set-id program runs without its ids because its tracer is an ordinary user.
    fn explain_ignored_set_id(&mut self, tid: Tid) {
        if !self.ordinary {
            return;
        }
        if let Some(path) = ignored_set_id(tid) {
            self.audience.notice(&Notice::SetIdIgnored { tid, path });
        }
    }
}

/// The program that a task runs, if it has a set-id bit whose id the task did not get.
#[cold]
fn ignored_set_id(tid: Tid) -> Option<PathBuf> {
    let exe = format!("/proc/{tid}/exe");
    let file = fs::metadata(&exe).ok()?;
    // KERNEL: S_ISGID without group execute permission marks mandatory locking, not a set-gid program.
    let set_gid = libc::S_ISGID | libc::S_IXGRP;
    let (has_uid, has_gid) = (file.mode() & libc::S_ISUID != 0, file.mode() & set_gid == set_gid);
    if !(has_uid || has_gid) {
        return None;
    }
    let ids = super::ids::credentials(tid)?;
    let by_uid = has_uid && file.uid() != ids.uid.effective;
    let by_gid = has_gid && file.gid() != ids.gid.effective;
    (by_uid || by_gid).then(|| fs::read_link(&exe).unwrap_or(exe.into()))
}
