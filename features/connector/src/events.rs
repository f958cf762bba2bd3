//! The watchers: from an event to the message that the kernel would send.

use std::rc::Rc;

use watchers::{Errno, Event, ExitEvent, ExitStatus, Ids, Signal, Task, task_data, task_watcher};

use crate::Connector;
use crate::environment::Share;
use crate::message::{Message, Named};
use crate::process::{Process, name};

task_data! {
    /// What the environment asks for, in supervisors that have no connector of their own. A tree shares it.
    static SHARE: Option<Result<Rc<Share>, Errno>> = |task, parent| match parent {
        Some(parent) => SHARE.get(parent).clone(),
        None if task.data::<Connector>().is_some() => None,
        None => Share::take().map(|share| share.map(Rc::new)),
    };
}

/// The connector that the task's supervisor tells.
fn connector_of(task: &Task) -> Result<Option<&Connector>, Errno> {
    if let Some(connector) = task.data::<Connector>() {
        return Ok(Some(connector));
    }
    match SHARE.get(task) {
        Some(Ok(share)) => Ok(share.as_deref()),
        Some(Err(errno)) => Err(*errno),
        None => Ok(None),
    }
}

/// Refuses a command that could not be told of, and holds it back for clients that are awaited.
#[task_watcher(init)]
fn connector_opens(task: &Task) -> Result<(), Errno> {
    match connector_of(task)? {
        Some(connector) if task.parent_id().is_none() => connector.admit(),
        _ => Ok(()),
    }
}

/// Tells the process events connector.
#[task_watcher(clone, found, exec, uid, gid, exit)]
fn connector(task: &Task, event: Event<'_>) {
    let Ok(Some(connector)) = connector_of(task) else { return };
    let (process, Some(task_name)) = (Process::of(task), name(task)) else { return };
    match event {
        Event::Clone(clone) => {
            process.cloned(task, clone.flags);
            connector
                .tell(|| Some(Message::Fork { parent: process.parent_and_signal(task).0, child: task_name }));
        }
        // The kernel tells nothing of who is there already.
        Event::Found(_) => process.found(),
        Event::Exec(_) => {
            process.executed();
            connector.tell(|| Some(Message::Exec(task_name)));
        }
        Event::Uid(uid) => connector.tell(|| {
            let Ids { real, effective, .. } = uid.new;
            (uid.old != uid.new).then_some(Message::Uid { task: task_name, real, effective })
        }),
        Event::Gid(gid) => connector.tell(|| {
            let Ids { real, effective, .. } = gid.new;
            (gid.old != gid.new).then_some(Message::Gid { task: task_name, real, effective })
        }),
        Event::Exit(exit) => tell_end(connector, process, task, task_name, exit),
        _ => {}
    }
}

fn tell_end(connector: &Connector, process: &Process, task: &Task, task_name: Named, exit: &ExitEvent) {
    let was_alone = process.ended(task, exit.status);
    if dumps_core(exit.status) && (was_alone || exit.status.core_dumped()) {
        connector
            .tell(|| Some(Message::Coredump { task: task_name, parent: process.parent_and_signal(task).0 }));
    }
    connector.tell(|| {
        let (parent, signal) = process.parent_and_signal(task);
        let code = exit.status.as_raw().cast_unsigned();
        Some(Message::Exit { task: task_name, code, signal, parent })
    });
}

/// Whether the kernel tells of a core: for each death by one of these signals, written or not.
///
/// KERNEL: include/linux/signal.h `SIG_KERNEL_COREDUMP_MASK`, kernel/signal.c `get_signal`.
fn dumps_core(status: ExitStatus) -> bool {
    const DUMPING: [Signal; 10] = [
        Signal::SIGQUIT,
        Signal::SIGILL,
        Signal::SIGTRAP,
        Signal::SIGABRT,
        Signal::SIGFPE,
        Signal::SIGSEGV,
        Signal::SIGBUS,
        Signal::SIGSYS,
        Signal::SIGXCPU,
        Signal::SIGXFSZ,
    ];
    status.signal().is_some_and(|signal| DUMPING.contains(&signal))
}
