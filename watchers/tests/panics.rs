//! Watchers and task data that panic: caught, told, and treated by policy; the others are called all the same.

#![allow(clippy::panic, reason = "panics are what is tested")]

use std::cell::{Cell, RefCell};
use std::panic::{panic_any, resume_unwind};
use std::rc::Rc;

use watchers::{
    CloneFlags, Errno, Event, EventKind, ExecEvent, ExitEvent, ExitStatus, FreeEvent, InitEvent, Outcome,
    PanicPolicy, Selection, SharedData, Task, data_panics, notify, task_data, task_watcher,
};

task_data! { static CALLS: Cell<u32> = |_, _| Cell::new(0); }

/// Which `init` watcher refuses besides.
struct Refuse(&'static str);

fn refuses(task: &Task, name: &str) -> Result<(), Errno> {
    if task.data::<Refuse>().is_some_and(|refuse| refuse.0 == name) { Err(Errno::EAGAIN) } else { Ok(()) }
}

#[task_watcher(init, order = 1)]
fn before(task: &Task) -> Result<(), Errno> {
    refuses(task, "before")
}

#[task_watcher(init, exec, order = 2)]
fn bad(_: &Task, event: Event<'_>) {
    panic!("bad at {}", event.kind());
}

#[task_watcher(init, order = 3)]
fn behind(task: &Task) -> Result<(), Errno> {
    CALLS.get(task).set(CALLS.get(task).get() + 1);
    refuses(task, "behind")
}

#[task_watcher(exec, order = 3)]
fn behind_exec(task: &Task) {
    CALLS.get(task).set(CALLS.get(task).get() + 1);
}

/// What it panics with panics when it is dropped.
struct Spiteful;

impl Drop for Spiteful {
    fn drop(&mut self) {
        resume_unwind(Box::new("once more"));
    }
}

#[task_watcher(exit, order = 1)]
fn spiteful(_: &Task) {
    panic_any(Spiteful);
}

#[task_watcher(exit, order = 2)]
fn plain(_: &Task) {
    panic_any("plain");
}

#[task_watcher(exit, order = 3)]
fn owned(_: &Task) {
    panic_any(String::from("owned"));
}

/// Who panicked on a walk that was begun by a watcher of another one.
#[derive(Default)]
struct Within(RefCell<Vec<String>>);

#[task_watcher(free, order = 1)]
fn first_of_free(_: &Task) {
    panic!("before the walk within");
}

#[task_watcher(free, order = 2)]
fn walks_within(task: &Task) {
    let Some(within) = task.data::<Within>() else { return };
    let exit = ExitEvent::new(ExitStatus::from_raw(0));
    let outcome =
        Selection::all().expect("a sound table").notify(task, Event::Exit(&exit), PanicPolicy::Ignore);
    within.0.borrow_mut().extend(told(&outcome).iter().map(|(who, _)| (*who).to_owned()));
    let _ = notify(task, Event::Exit(&exit));
}

#[task_watcher(free, order = 3)]
fn last_of_free(_: &Task) {
    panic!("behind the walk within");
}

fn init(task: &Task, policy: PanicPolicy) -> Outcome {
    let selection = Selection::all().expect("a sound table");
    selection.notify(task, Event::Init(&InitEvent::new(CloneFlags::FORK)), policy)
}

fn told(outcome: &Outcome) -> Vec<(&str, &str)> {
    outcome.panics().iter().map(|panicked| (panicked.watcher.function, panicked.message.as_str())).collect()
}

#[test]
fn ignored_is_told_and_nothing_more() {
    let task = Task::builder().build();
    let outcome = init(&task, PanicPolicy::default());
    assert_eq!(told(&outcome), [("bad", "bad at init")]);
    assert!(outcome.verdict().is_go() && !outcome.fatal());
    assert_eq!(CALLS.get(&task).get(), 1, "the watcher behind is called");
    assert!(notify(&task, Event::Init(&InitEvent::new(CloneFlags::FORK))).is_go(), "no report, no refusal");
    assert_eq!(CALLS.get(&task).get(), 2);
}

#[test]
fn denied_is_a_refusal_in_its_place() {
    for (refuse, errno, who) in [
        ("nobody", Errno::EPERM, "bad"),
        ("before", Errno::EAGAIN, "before"),
        ("behind", Errno::EPERM, "bad"),
    ] {
        let task = Task::builder().data(Refuse(refuse)).build();
        let refusal = init(&task, PanicPolicy::Deny).refusal().expect("it is refused");
        assert_eq!((refusal.errno, refusal.watcher.function), (errno, who), "{refuse} refuses besides");
    }
    let task = Task::builder().data(Refuse("behind")).build();
    let refusal = init(&task, PanicPolicy::Ignore).refusal().expect("it is refused");
    assert_eq!((refusal.errno, refusal.watcher.function), (Errno::EAGAIN, "behind"));
}

#[test]
fn denied_means_nothing_where_nothing_can_be_refused() {
    let selection = Selection::all().expect("a sound table");
    let exec = ExecEvent::new("ls", ["ls"]);
    let outcome = selection.notify(&Task::builder().build(), Event::Exec(&exec), PanicPolicy::Deny);
    assert!(outcome.refusal().is_none());
    assert_eq!(told(&outcome), [("bad", "bad at exec")]);

    let late = InitEvent::late(CloneFlags::FORK);
    let outcome = selection.notify(&Task::builder().build(), Event::Init(&late), PanicPolicy::Deny);
    assert!(outcome.refusal().is_none());
    assert_eq!(told(&outcome), [("bad", "bad at init")]);
}

#[test]
fn disabled_is_not_called_again_for_any_event() {
    let selection = Selection::all().expect("a sound table");
    let task = Task::builder().build();
    let (init, exec) = (InitEvent::new(CloneFlags::FORK), ExecEvent::new("ls", ["ls"]));

    let first = selection.notify(&task, Event::Exec(&exec), PanicPolicy::Disable);
    assert_eq!(told(&first), [("bad", "bad at exec")]);
    for event in [Event::Exec(&exec), Event::Init(&init)] {
        assert!(selection.notify(&task, event, PanicPolicy::Disable).panics().is_empty());
    }
    assert_eq!(CALLS.get(&task).get(), 3, "the others are");
    assert!(selection.events().contains(EventKind::Exec));

    let other = Selection::all().expect("a sound table");
    assert_eq!(
        other.notify(&task, Event::Exec(&exec), PanicPolicy::Ignore).panics().len(),
        1,
        "of another supervisor"
    );
}

#[test]
fn fatal_is_said() {
    let task = Task::builder().build();
    assert!(init(&task, PanicPolicy::KillTree).fatal());
}

#[test]
fn whatever_it_panics_with() {
    let selection = Selection::all().expect("a sound table");
    let exit = ExitEvent::new(ExitStatus::from_raw(0));
    let outcome = selection.notify(&Task::builder().build(), Event::Exit(&exit), PanicPolicy::Ignore);
    let expected = [("spiteful", "a panic without a message"), ("plain", "plain"), ("owned", "owned")];
    assert_eq!(told(&outcome), expected);
}

thread_local! { static DROPPED: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) }; }

/// Says that it is dropped, and panics then in a task with [`Spite`] in its data.
struct Careless {
    name: &'static str,
    spite: bool,
}

impl Careless {
    fn of(name: &'static str, task: &Task) -> Self {
        Self { name, spite: task.data::<Spite>().is_some() }
    }
}

impl Drop for Careless {
    fn drop(&mut self) {
        DROPPED.with_borrow_mut(|dropped| dropped.push(self.name));
        assert!(!self.spite, "{} on purpose", self.name);
    }
}

struct Spite;

struct Unmade;

task_data! {
    static FIRST: Careless = |task, _| Careless::of("first", task);
    static SECOND: Unmade = |task, _| {
        assert!(task.data::<Spite>().is_none(), "second on purpose");
        Unmade
    };
    static THIRD: Careless = |task, _| Careless::of("third", task);
}

#[test]
fn data_that_panics_spares_the_rest_and_is_told() {
    let told = || data_panics().into_iter().map(|told| told.to_string()).collect::<Vec<_>>();
    let message =
        |kind: &str, name: &str| format!("task data of type panics::{kind} panicked: {name} on purpose");
    for _ in 0..2 {
        let task = Task::builder().data(Spite).build();
        assert_eq!(told(), [message("Unmade", "second")]);
        let _ = (FIRST.get(&task), THIRD.get(&task));
        drop(task);
        assert_eq!(DROPPED.take(), ["first", "third"]);
        assert_eq!(told(), [message("Careless", "first"), message("Careless", "third")]);
    }
    let task = Task::builder().build();
    let _ = SECOND.get(&task);
    drop(task);
    assert_eq!((DROPPED.take(), told()), (vec!["first", "third"], vec![]));
}

#[test]
fn a_walk_within_a_walk_hears_of_its_own_watchers_only() {
    let mut shared = SharedData::new();
    shared.insert(Within::default()).expect("the only one");
    let task = Task::builder().shared(Rc::new(shared)).build();
    let free = FreeEvent::died(ExitStatus::from_raw(0));
    let selection = Selection::all().expect("a sound table");
    let outcome = selection.notify(&task, Event::Free(&free), PanicPolicy::Ignore);
    let expected = [("first_of_free", "before the walk within"), ("last_of_free", "behind the walk within")];
    assert_eq!(told(&outcome), expected);
    let within = task.data::<Within>().expect("it was put there");
    assert_eq!(*within.0.borrow(), ["spiteful", "plain", "owned"]);
}
