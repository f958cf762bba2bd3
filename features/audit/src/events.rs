//! The watchers: which event makes which line.

use watchers::{
    CloneFlags, Errno, Event, EventKind, ExecEvent, FreeEvent, GroupDeadEvent, Ids, Stillborn, Task,
    task_watcher,
};

use crate::Audit;
use crate::life::Life;
use crate::record::{Record, What};
use crate::text::Text;

/// Refuses a command whose log cannot be opened.
#[task_watcher(init)]
fn audit_opens(task: &Task) -> Result<(), Errno> {
    Audit::of(task).map(drop)
}

/// Keeps the audit log.
#[task_watcher(clone, found, exec, uid, gid, free, group_dead)]
fn audit(task: &Task, event: Event<'_>) {
    let Ok(Some(audit)) = Audit::of(task) else { return };
    match event {
        Event::Clone(clone) => born(task, clone.flags),
        Event::Found(_) => Life::look(task),
        Event::Exec(exec) => audit.write(&run(task, exec)),
        Event::Uid(uid) => ids(audit, task, event.kind(), [uid.old, uid.new]),
        Event::Gid(gid) => ids(audit, task, event.kind(), [gid.old, gid.new]),
        Event::Free(FreeEvent { stillborn: Some(cause), .. }) => audit.write(&failed(task, *cause)),
        Event::GroupDead(end) => audit.write(&ended(task, end)),
        _ => {}
    }
}

fn born(task: &Task, flags: CloneFlags) {
    match task.parent() {
        // It has its creator's parent, as its creator's copy says.
        Some(_) if flags.thread() || flags.contains(CloneFlags::CLONE_PARENT) => {}
        Some(parent) => Life::of(task).borrow_mut().ppid = parent.pid().map(|pid| pid.as_raw()),
        None => Life::look(task),
    }
}

fn run(task: &Task, exec: &ExecEvent) -> Record {
    Life::of(task).borrow_mut().path = exec.path().map(Text::new);
    Life::look(task);
    let argv = exec.argv().map(|argv| argv.iter().map(Text::new).collect());
    let what = What::Run { exe: exec.exe().map(Text::new), cwd: exec.cwd().map(Text::new), argv };
    Record::about(Life::who(task), what)
}

fn ids(audit: &Audit, task: &Task, kind: EventKind, [old, new]: [Ids; 2]) {
    let mut life = Life::of(task).borrow_mut();
    let (what, place) = match kind {
        EventKind::Gid => ("gid", &mut life.gid),
        _ => ("uid", &mut life.uid),
    };
    *place = Some(new.into());
    drop(life);
    if old != new {
        audit.write(&Record::about(Life::who(task), What::Ids { what, old: old.into() }));
    }
}

fn ended(task: &Task, end: &GroupDeadEvent) -> Record {
    let started_ns = Life::of(task).borrow().started_ns;
    Record::about(Life::who(task), What::End { status: end.status.into(), started_ns })
}

/// Of a task that never came to be there is nothing to say but whose it would have been.
fn failed(task: &Task, cause: Stillborn) -> Record {
    let (cause, errno) = match cause {
        Stillborn::Denied => ("denied", None),
        Stillborn::Failed(errno) => ("failed", Some(errno)),
        Stillborn::Restarted => ("restarted", None),
        _ => ("killed", None),
    };
    let what = What::Failed { cause, errno: errno.map(|errno| errno.to_string()) };
    let mut who = Life::who(task);
    if let Some(caller) = task.parent() {
        who = Life::who(&caller);
        who.task = task.id().as_raw();
    }
    Record::about(who, what)
}
