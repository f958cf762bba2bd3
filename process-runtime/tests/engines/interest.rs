//! Who stops because of an engine: its task, and nobody else.

use process_runtime::{EngineEvent, EngineEvents};

use super::scripted::{Log, Reply, Scripted, attach, run_deeds};
use super::support::{Mode, lines};

/// An engine that wants the system calls of one task stops that one at each of them, and its child and its threads at
/// none; where everybody stops anyway, everybody does.
#[test]
fn only_the_task_of_an_engine_stops() {
    let (free, stopped) = ("at full speed", "stopped");
    let cases = [
        (Mode::Filter, EngineEvents::SYSCALLS, [free, free, stopped]),
        (Mode::Filter, EngineEvent::SyscallEntry.into(), [free, free, stopped]),
        (Mode::Filter, EngineEvents::ALL - EngineEvents::SYSCALLS, [free, free, free]),
        (Mode::SyscallStops, EngineEvents::EMPTY, [stopped, stopped, stopped]),
    ];
    for (mode, events, [child, thread, itself]) in cases {
        let engine = Scripted::new("it", events, &Log::default());
        let run = run_deeds(mode, &["others:1000"], vec![engine]);
        let expected = format!("child: {child}\nthread: {thread}\nitself: {itself}");
        assert_eq!(*run.stdout(), lines(&expected), "{mode:?} {events:?}");
    }
}

/// The stops end with the engine.
#[test]
fn who_is_detached_stops_nobody() {
    let log = Log::default();
    let to_others = log.clone();
    let engine = Scripted::new("it", EngineEvents::SYSCALLS | EngineEvent::Clone, &log)
        .seeing_children(move |child, _| {
            drop(attach(child, Scripted::new("child", EngineEvents::SYSCALLS, &to_others)))
        })
        .answering(|told, _| match told {
            "clone thread" => Reply::Resume(process_runtime::ResumeAction::Detach),
            _ => Reply::Unchanged,
        });
    let run = run_deeds(Mode::Filter, &["others:1000"], vec![engine]);
    let expected = "child: stopped\nthread: stopped\nitself: at full speed";
    assert_eq!(*run.stdout(), lines(expected));
}
