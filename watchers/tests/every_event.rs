//! Every event reaches its watchers, with its own payload, and nobody else's.

use std::cell::RefCell;

use watchers::{
    CloneEvent, CloneFlags, CredsChange, CredsEvent, Event, EventKind, EventSet, ExecEvent, ExitEvent,
    ExitStatus, FoundEvent, FoundState, FreeEvent, GidEvent, GroupDeadEvent, Ids, InitEvent,
    OwnedWatcherInfo, PanicPolicy, Selection, Task, UidEvent, notify, read_object, registry, task_watcher,
};

/// What the watchers of one task's events have said.
#[derive(Default)]
struct Said(RefCell<Vec<String>>);

fn say(task: &Task, what: String) {
    task.data::<Said>().expect("each test gives one").0.borrow_mut().push(what);
}

macro_rules! watch {
    ($($event:ident($Payload:ident)),*) => {$(
        #[task_watcher($event)]
        fn $event(task: &Task, payload: &$Payload) {
            say(task, format!("{payload:?}"));
        }
    )*};
}

watch! {
    init(InitEvent), clone(CloneEvent), exec(ExecEvent), uid(UidEvent), gid(GidEvent), exit(ExitEvent),
    free(FreeEvent), found(FoundEvent), creds(CredsEvent), group_dead(GroupDeadEvent)
}

#[task_watcher(init, clone, exec, uid, gid, exit, free, found, creds, group_dead, order = 1, name = "all")]
fn all(task: &Task, event: Event<'_>) {
    say(task, event.kind().to_string());
}

/// One event of each kind, in their order.
fn each(visit: &mut dyn FnMut(Event<'_>, String)) {
    let (ids, flags, status) = (Ids::new(1, 2, 3, 4), CloneFlags::FORK, ExitStatus::exited(7));
    macro_rules! visit {
        ($($payload:expr),*) => {$({
            let payload = $payload;
            visit(Event::from(&payload), format!("{payload:?}"));
        })*};
    }
    visit! {
        InitEvent::late(flags), CloneEvent::new(flags), ExecEvent::new("ls", ["ls"]), UidEvent::new(ids, ids),
        GidEvent::new(ids, ids), ExitEvent::new(status), FreeEvent::died(status),
        FoundEvent::new(FoundState::ZombieLeader), CredsEvent::new(CredsChange::Capabilities),
        GroupDeadEvent::new(status)
    }
}

fn said(tell: impl FnOnce(&Task)) -> Vec<String> {
    let task = Task::builder().data(Said::default()).build();
    tell(&task);
    task.data::<Said>().expect("given above").0.take()
}

#[test]
fn each_is_told_to_those_who_watch_it() {
    let selection = Selection::all().expect("a sound table");
    let mut kinds = Vec::new();
    each(&mut |event, payload| {
        let expected = [payload, event.kind().to_string()];
        assert_eq!(said(|task| assert!(notify(task, event).is_go())), expected);
        let outcome = |task: &Task| drop(selection.notify(task, event, PanicPolicy::Ignore));
        assert_eq!(said(outcome), expected);
        kinds.push(event.kind());
    });
    assert_eq!(kinds, EventKind::ALL);
}

#[test]
fn each_can_be_left_out_alone() {
    let all = Selection::all().expect("a sound table").only("all").expect("it is there");
    assert_eq!(all.events(), EventSet::ALL);
    each(&mut |event, _| {
        let kind = event.kind().name();
        let told = |task: &Task| drop(all.notify(task, event, PanicPolicy::Ignore));
        assert_eq!(said(told), [kind]);
        let one = Selection::all().expect("a sound table").only(kind).expect("it is there");
        assert_eq!(one.events(), EventSet::from(event.kind()));
    });
}

#[test]
fn each_is_listed_in_memory_and_in_the_file() {
    let watchers = registry().expect("a sound table");
    let listed: Vec<(EventKind, &str)> = watchers.iter().map(|one| (one.event, one.function)).collect();
    let expected: Vec<(EventKind, &str)> =
        EventKind::ALL.into_iter().flat_map(|kind| [(kind, kind.name()), (kind, "all")]).collect();
    assert_eq!(listed, expected);
    let this = std::env::current_exe().expect("Linux knows");
    let in_memory: Vec<OwnedWatcherInfo> = watchers.iter().map(OwnedWatcherInfo::from).collect();
    assert_eq!(read_object(&this).expect("there are watchers"), in_memory);
}
