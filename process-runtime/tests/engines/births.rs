//! Engines on children, from before their first instruction.

use std::sync::mpsc::channel;

use process_runtime::{Attach, EngineEvent, EngineEvents, ResumeAction, TaskExt};
use watchers::Task;

use super::scripted::{Log, Reply, Scripted, attach, run_deeds};
use super::support::{Mode, lines};

/// What is attached in report_clone sees the first call of the child.
#[test]
fn a_child_is_followed_from_its_first_instruction() {
    for (mode, way) in
        Mode::ALL.into_iter().flat_map(|mode| ["fork", "vfork", "thread"].map(|way| (mode, way)))
    {
        let log = Log::default();
        let to_child = log.clone();
        let events = EngineEvents::SYSCALLS | EngineEvent::Death;
        let parent =
            Scripted::new("parent", EngineEvent::Clone, &log).seeing_children(move |child: &Task, _| {
                drop(attach(child, Scripted::new("child", events, &to_child)))
            });
        run_deeds(mode, &[way], vec![parent]);
        let code = if way == "thread" { 0 } else { 3 };
        let clone = if way == "thread" { "parent clone thread" } else { "parent clone" };
        let expected = [
            clone,
            "child entry",
            "child exit of the call: a pid",
            &format!("child death exit code {code}"),
            "child dropped",
            "parent dropped",
        ];
        let lines: Vec<String> =
            log.lines().into_iter().filter(|line| line != "child exit of the call: 0").collect();
        assert_eq!(lines, expected, "{mode:?} {way}");
    }
}

/// STOP for a child in report_clone: it makes no call until it is let go, and nobody else waits for that.
#[test]
fn a_child_that_is_to_stop_has_run_no_instruction() {
    for (mode, way) in
        Mode::ALL.into_iter().flat_map(|mode| ["fork", "vfork", "thread"].map(|way| (mode, way)))
    {
        let log = Log::default();
        let (held, holding) = channel();
        let to_child = log.clone();
        let parent =
            Scripted::new("parent", EngineEvent::Clone, &log).seeing_children(move |child: &Task, _| {
                let engine = attach(child, Scripted::new("child", EngineEvents::SYSCALLS, &to_child));
                assert_eq!(engine.control(ResumeAction::Stop), Ok(()), "it stands still");
                held.send(engine).unwrap();
            });
        let writer = log.clone();
        let releases = std::thread::spawn(move || {
            let engine = holding.recv().unwrap();
            // Every request before this one was served, and the child has had time.
            for _ in 0..100 {
                engine.barrier().unwrap();
            }
            writer.write("let go");
            engine.control(ResumeAction::Resume).unwrap();
        });
        run_deeds(mode, &[way], vec![parent]);
        releases.join().unwrap();
        let lines: Vec<String> = log.lines().into_iter().filter(|line| !line.starts_with("parent")).collect();
        assert_eq!(lines[..2], ["let go", "child entry"], "{mode:?} {way}");
    }
}

/// A STOP at a vfork is before the wait for the child, and the child goes its way.
#[test]
fn a_stop_at_a_vfork_is_before_the_wait() {
    for mode in Mode::ALL {
        let log = Log::default();
        let (held, holding) = channel();
        let parent = Scripted::new("parent", EngineEvent::Clone, &log).answering(move |_, at| {
            held.send(at.hold()).unwrap();
            Reply::Resume(ResumeAction::Stop)
        });
        let releases = std::thread::spawn(move || holding.recv().unwrap().release());
        let run = run_deeds(mode, &["vfork"], vec![parent]);
        releases.join().unwrap();
        assert_eq!(*run.stdout(), lines("vfork: code 3"), "{mode:?}");
    }
}

/// What is attached while an event is told hears of the next one.
#[test]
fn who_comes_during_an_event_waits_for_the_next() {
    for mode in Mode::ALL {
        let log = Log::default();
        let late = log.clone();
        let mut is_first = true;
        let early = Scripted::new("early", EngineEvents::SYSCALLS, &log).answering(move |told, at| {
            if told == "entry" && std::mem::take(&mut is_first) {
                let late = Scripted::new("late", EngineEvent::SyscallExit, &late);
                at.task().attach(late, Attach::Shared).unwrap();
            }
            Reply::Unchanged
        });
        run_deeds(mode, &["call"], vec![early]);
        let expected = ["early entry", "early exit of the call: a pid", "late exit of the call: a pid"];
        assert_eq!(log.lines()[..3], expected, "{mode:?}");
    }
}
