//! What the registry says: who is in it, in which order, and what about each.

use std::thread;

use watchers::{Event, EventKind, OwnedWatcherInfo, Task, WatcherInfo, registry, start, task_watcher};

#[task_watcher(exec)]
fn written_first(_: &Task) {}

#[task_watcher(exec, order = -1)]
fn ordered_first(_: &Task) {}

const LINE: u32 = line!() + 3;

#[task_watcher(exec, order = 2147483647, name = "the.last")]
fn ordered_last(_: &Task) {}

mod a_module {
    use watchers::{Event, Task, task_watcher};

    #[task_watcher(exec, exit)]
    pub(super) fn of_two_events(_: &Task, _: Event<'_>) {}
}

#[task_watcher(exec)]
fn written_last(_: &Task) {}

fn functions(kind: EventKind) -> Vec<&'static str> {
    let all = registry().expect("a sound table").iter();
    all.filter(|watcher| watcher.event == kind).map(|watcher| watcher.function).collect()
}

/// By order; then by module, and the root's path is shorter; then by line.
#[test]
fn the_order_is_total() {
    let expected = ["ordered_first", "written_first", "written_last", "of_two_events", "ordered_last"];
    assert_eq!(functions(EventKind::Exec), expected);
    assert_eq!(functions(EventKind::Exit), ["of_two_events"]);
    assert_eq!(functions(EventKind::Init), [""; 0]);
    let kinds: Vec<EventKind> =
        registry().expect("a sound table").iter().map(|watcher| watcher.event).collect();
    assert!(kinds.is_sorted());
}

#[test]
fn a_watcher_is_described() {
    let last = registry().expect("a sound table").iter().find(|watcher| watcher.name == "the.last");
    let last: &WatcherInfo = last.expect("it is registered");
    assert_eq!((last.name, last.function, last.order), ("the.last", "ordered_last", i32::MAX));
    assert_eq!((last.krate, last.version), (env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION")));
    assert_eq!((last.module, last.event), (module_path!(), EventKind::Exec));
    assert_eq!((last.file, last.line), (file!(), LINE), "the line of the function's name");
    assert_eq!(last.path(), concat!(module_path!(), "::ordered_last"));
    let shown = format!("the.last (watchers {}, {}:{LINE})", env!("CARGO_PKG_VERSION"), file!());
    assert_eq!(last.to_string(), shown);
    assert_eq!(OwnedWatcherInfo::from(last).path(), last.path());
}

#[test]
fn starting_again_changes_nothing() {
    let first = registry().expect("a sound table");
    let again: Vec<_> = (0..8).map(|_| thread::spawn(|| (start(), registry()))).collect();
    for thread in again {
        let (started, registry) = thread.join().expect("no panic");
        assert_eq!(started, Ok(()));
        assert!(std::ptr::eq(registry.expect("a sound table"), first));
    }
}

#[test]
fn a_watcher_is_a_function_all_the_same() {
    let task = Task::builder().build();
    written_first(&task);
    a_module::of_two_events(&task, Event::Exec(&watchers::ExecEvent::new("ls", ["ls"])));
}
