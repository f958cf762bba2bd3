//! A module with everything that a module can have: watchers of several events, a refusal, task data, a panic, statics.
#![forbid(unsafe_code)]

use std::{
    any::Any,
    cell::{Cell, RefCell},
    rc::Rc,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

use watchers::{CloneFlags, Errno, Event, ExitEvent, InitEvent, Task, task_data, task_watcher};

/// What the host gives it to write to, by a type that both know.
type Diary = RefCell<Vec<String>>;

static N_CALLS: AtomicU64 = AtomicU64::new(0);

task_data! {
    /// How many events the task has had, and its parent's before it was made.
    static EVENTS: Cell<u64> = |_task, parent| Cell::new(parent.map_or(0, |parent| EVENTS.get(parent).get()));
    static LAST: RefCell<Noted> = |task, _parent| {
        RefCell::new(Noted { what: String::from("nothing"), ends: task.data::<Ends>().cloned() })
    };
}

/// Where the host sees what ends.
type Ends = Rc<RefCell<Vec<String>>>;

/// A task that the module is to remember for another, as something that both know.
type Friend = RefCell<Option<Box<dyn Any>>>;

task_data! {
    static FRIEND: Friend = |task, _parent| {
        RefCell::new(task.data::<Friend>().and_then(|friend| friend.borrow_mut().take()))
    };
}

/// What happened last to the task; its end is told to the host.
struct Noted {
    what: String,
    ends: Option<Ends>,
}

impl Drop for Noted {
    fn drop(&mut self) {
        if let Some(ends) = &self.ends {
            ends.borrow_mut().push(self.what.clone());
        }
    }
}

#[task_watcher(init, order = -5)]
fn bounded(task: &Task, init: &InitEvent) -> Result<(), Errno> {
    note(task, "init");
    if init.flags.contains(CloneFlags::CLONE_NEWUSER) { Err(Errno::EUSERS) } else { Ok(()) }
}

#[task_watcher(clone, exec, free)]
fn diary(task: &Task, event: Event<'_>) {
    note(task, event.kind().name());
}

#[task_watcher(exit)]
fn clumsy(task: &Task, exit: &ExitEvent) {
    note(task, "exit");
    assert!(exit.status.code() != Some(77), "exit code {} is not allowed", 77);
}

fn note(task: &Task, what: &str) {
    N_CALLS.fetch_add(1, Relaxed);
    let events = EVENTS.get(task);
    events.set(events.get() + 1);
    let _ = FAULTY.get(task);
    LAST.get(task).borrow_mut().what = what.to_owned();
    if let Some(diary) = task.data::<Diary>() {
        diary.borrow_mut().push(format!("{what} {} of {}", events.get(), N_CALLS.load(Relaxed)));
    }
}

/// When the value below is to panic, by a type that both know.
type Fault = Cell<&'static str>;

/// Panics with text that is the module's own.
struct Faulty(&'static str);

impl Drop for Faulty {
    fn drop(&mut self) {
        assert!(self.0 != "dropped", "{} as it was told", self.0);
    }
}

task_data! {
    static FAULTY: Faulty = |task, _parent| {
        let fault = task.data::<Fault>().map_or("", Cell::get);
        assert!(fault != "made", "{fault} as it was told");
        Faulty(fault)
    };
}
