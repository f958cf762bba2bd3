//! One event on its way along its watchers: who is called, with what, and who can end it.

use std::cell::RefCell;
use std::ops::ControlFlow;
use std::time::Duration;

use watchers::{
    CloneFlags, Errno, Event, ExecEvent, ExitStatus, FreeEvent, Ids, InitEvent, Outcome, PanicPolicy,
    Selection, Task, UidEvent, Verdict, WatcherInfo, notify, task_data, task_watcher,
};

task_data! {
    /// Who was called, in order.
    static CALLED: RefCell<Vec<String>> = |_, _| RefCell::new(Vec::new());
}

/// What the `init` watchers say: the nth character is for the nth of them.
struct Script(&'static str);

fn said(task: &Task, name: &str, nth: usize) -> char {
    CALLED.get(task).borrow_mut().push(name.to_owned());
    task.data::<Script>().and_then(|script| script.0.chars().nth(nth)).unwrap_or(' ')
}

#[task_watcher(init, order = 1)]
fn one(task: &Task) -> Result<(), Errno> {
    if said(task, "one", 0) == 'd' { Err(Errno::EAGAIN) } else { Ok(()) }
}

#[task_watcher(init, order = 2)]
fn two(task: &Task, init: &InitEvent) -> Verdict {
    assert_eq!(init.flags, CloneFlags::FORK);
    match said(task, "two", 1) {
        'd' => Verdict::deny(Errno::ENOMEM),
        's' => Verdict::stop(Errno::EACCES),
        _ => Verdict::GO,
    }
}

#[task_watcher(init, order = 3)]
fn three(task: &Task) -> ControlFlow<Errno> {
    if said(task, "three", 2) == 's' { ControlFlow::Break(Errno::EPERM) } else { ControlFlow::Continue(()) }
}

#[task_watcher(init, order = 4)]
fn four(task: &Task) {
    said(task, "four", 3);
}

#[task_watcher(exec, free)]
fn any(task: &Task, event: Event<'_>) {
    said(task, event.kind().name(), 0);
}

#[task_watcher(free, order = 1)]
fn last(task: &Task, free: &FreeEvent) {
    said(task, &format!("{:?}", free.status.and_then(ExitStatus::code)), 0);
}

fn called(task: &Task) -> String {
    CALLED.get(task).take().join(" ")
}

fn selection() -> Selection {
    Selection::all().expect("a sound table")
}

/// The kernel has acted: an answer is no refusal and ends nothing.
#[test]
fn a_late_init_is_told_and_not_asked() {
    for script in ["d   ", " s  ", "ds  "] {
        let task = Task::builder().data(Script(script)).build();
        let init = InitEvent::late(CloneFlags::FORK);
        let outcome = selection().notify(&task, Event::Init(&init), PanicPolicy::Deny);
        assert_eq!((outcome.refusal(), called(&task)), (None, "one two three four".to_owned()), "{script:?}");
        let verdict = notify(&task, Event::Init(&init));
        assert_eq!((verdict, called(&task)), (Verdict::GO, "one two three four".to_owned()), "{script:?}");
    }
}

#[test]
fn the_first_refusal_counts_and_only_a_stop_ends_the_walk() {
    const ALL: &str = "one two three four";
    for (script, errno, refuser, stops, who) in [
        ("    ", None, None, false, ALL),
        ("d   ", Some(Errno::EAGAIN), Some("one"), false, ALL),
        (" d  ", Some(Errno::ENOMEM), Some("two"), false, ALL),
        ("dd  ", Some(Errno::EAGAIN), Some("one"), false, ALL),
        (" s  ", Some(Errno::EACCES), Some("two"), true, "one two"),
        ("ds  ", Some(Errno::EAGAIN), Some("one"), true, "one two"),
        ("  s ", Some(Errno::EPERM), Some("three"), true, "one two three"),
        (" ds ", Some(Errno::ENOMEM), Some("two"), true, "one two three"),
    ] {
        let task = Task::builder().data(Script(script)).build();
        let init = InitEvent::new(CloneFlags::FORK);

        let verdict = notify(&task, Event::Init(&init));
        assert_eq!((verdict.errno(), verdict.stops_walk()), (errno, stops), "{script:?}");
        assert_eq!(called(&task), who, "{script:?}");

        let outcome = selection().notify(&task, Event::Init(&init), PanicPolicy::Ignore);
        assert_eq!(outcome.refusal().map(|refusal| refusal.errno), errno, "{script:?}");
        assert_eq!(outcome.refusal().map(|refusal| refusal.watcher.function), refuser, "{script:?}");
        assert_eq!(outcome.verdict().errno(), errno, "{script:?}");
        assert_eq!(called(&task), who, "{script:?}");
    }
}

/// With a clock the walk is the same, and who is too slow is named: here everybody who was called, or nobody.
#[test]
fn a_walk_with_a_clock() {
    for (script, disabled, errno, who) in [
        ("    ", None, None, "one two three four"),
        ("dd  ", None, Some(Errno::EAGAIN), "one two three four"),
        (" s  ", None, Some(Errno::EACCES), "one two"),
        (" ds ", Some("two"), Some(Errno::EPERM), "one three"),
    ] {
        let selection = selection();
        disabled.into_iter().for_each(|name| selection.disable_named(name).unwrap());
        let (task, init) = (Task::builder().data(Script(script)).build(), InitEvent::new(CloneFlags::FORK));
        for (patience, is_named) in [(Duration::ZERO, true), (Duration::MAX, false)] {
            let mut named = Vec::new();
            let slow = |watcher: &WatcherInfo, _| named.push(watcher.function);
            let outcome =
                selection.notify_timed(&task, Event::Init(&init), PanicPolicy::Ignore, patience, slow);
            assert_eq!(outcome.refusal().map(|refusal| refusal.errno), errno, "{script:?}");
            assert_eq!(called(&task), who, "{script:?}");
            assert_eq!(named.join(" "), if is_named { who } else { "" }, "{script:?}");
        }
    }
}

#[test]
fn each_event_reaches_its_own() {
    let task = Task::builder().build();
    let exec = ExecEvent::new("ls", ["ls"]);
    let free = FreeEvent::died(ExitStatus::from_raw(7 << 8));
    for event in [Event::Exec(&exec), Event::Free(&free)] {
        assert!(notify(&task, event).is_go());
        let outcome: Outcome = selection().notify(&task, event, PanicPolicy::Ignore);
        assert!(outcome.verdict().is_go() && outcome.panics().is_empty() && !outcome.fatal());
    }
    assert_eq!(called(&task), "exec exec free Some(7) free Some(7)");
}

/// The table has no lock to hang on.
#[task_watcher(uid)]
fn notifies_again(task: &Task) {
    said(task, "uid", 0);
    let exec = ExecEvent::new("ls", ["ls"]);
    let _ = notify(task, Event::Exec(&exec));
    said(task, "/uid", 0);
}

#[test]
fn an_event_may_happen_in_a_watcher() {
    let task = Task::builder().build();
    let ids = Ids::new(0, 0, 0, 0);
    let _ = notify(&task, Event::Uid(&UidEvent::new(ids, ids)));
    assert_eq!(called(&task), "uid exec /uid");
}
