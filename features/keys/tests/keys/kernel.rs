//! A program puts keys into the kernel's rings, and we secrets into ours: both must be found in the same places.

use std::fmt::Write;
use std::sync::{Arc, Mutex};

use process_runtime::Supervisor;
use watchers::{Event, Task, task_watcher};
use watchers_keys::{Ring, get, owner, set};

use crate::support::{Feature, lines, require, run_with, tracee};

/// What the program should print if our rings are the kernel's.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<String>>);

impl Told {
    fn say(&self, line: &str) {
        writeln!(self.0.lock().unwrap(), "{line}").unwrap();
    }
}

const RINGS: [(Ring, &str); 3] = [(Ring::Thread, "t"), (Ring::Process, "p"), (Ring::Session, "s")];

fn found(task: &Task) -> String {
    let names = RINGS.iter().filter(|(_, name)| get(task, name, |secret| secret == b"x") == Some(true));
    names.map(|(_, name)| *name).collect()
}

/// Follows the program: it makes its keys after its first exec, and looks where a task is new.
#[task_watcher(clone, exec, uid, gid, order = 1)]
fn ours(task: &Task, event: Event<'_>) {
    let Some(told) = task.data::<Told>() else { return };
    match event {
        Event::Exec(_) if get(task, "s", |_| ()).is_none() => {
            for (ring, name) in RINGS {
                set(task, ring, name, b"x".to_vec());
            }
            told.say(&format!("self {}", found(task)));
        }
        Event::Exec(_) => told.say(&format!("exec {}", found(task))),
        Event::Clone(_) if task.parent_id().is_some() => {
            let who = if task.is_thread() { "thread" } else { "fork" };
            told.say(&format!("{who} {}", found(task)));
        }
        // The program looks after each pair of changes.
        Event::Gid(gid) if gid.new.effective != gid.old.effective => {}
        Event::Gid(_) => owners(told, task),
        Event::Uid(uid) if uid.new.effective != uid.old.effective => owners(told, task),
        _ => {}
    }
}

fn owners(told: &Told, task: &Task) {
    for (ring, name) in &RINGS[..2] {
        let owner = owner(task, *ring).unwrap();
        told.say(&format!("{name} {} {}", owner.uid, owner.gid));
    }
}

fn compare(arguments: &[&str]) -> String {
    let told = Told::default();
    let mut command = tracee("keyrings");
    command.args(arguments);
    let run = run_with(Supervisor::builder().data(told.clone()), command);
    let told = told.0.lock().unwrap().clone();
    assert_eq!((run.stdout(), run.verdict.status.as_str()), (&lines(&told), "code 0"), "{:?}", run.verdict);
    told
}

#[test]
fn process_keys_are_where_the_kernels_are() {
    assert_eq!(compare(&[]), "self tps\nthread ps\nfork s\nexec s\n");
}

#[test]
fn thread_keys_follow_the_fs_ids() {
    if require(Feature::Root) {
        assert_eq!(compare(&["5", "6"]), "self tps\nt 5 6\np 0 0\nt 5 6\np 0 0\n");
    }
}
