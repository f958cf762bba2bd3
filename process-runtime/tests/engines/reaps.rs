//! REAP: when the parent has reaped the task, and what can be asked of it before that.

use process_runtime::{Attached, EngineError, EngineEvent, EngineEvents, ResumeAction};
use watchers::EventKind;

use std::sync::mpsc::channel;

use super::ready::begun;
use super::scripted::{Log, Scripted, attach, run_deeds};
use super::support::{Mode, Session};

const END: EngineEvents = EngineEvents::of([EngineEvent::Death, EngineEvent::Reap]);

/// A parent with an engine that attaches one to each child, and hands it over.
fn parent(log: &Log, events: EngineEvents, attached: impl Fn(Attached) + Send + 'static) -> Scripted {
    let to_child = log.clone();
    Scripted::new("parent", EngineEvent::Clone, log).seeing_children(move |child, _| {
        attached(attach(child, Scripted::new("child", events, &to_child).in_detail()));
    })
}

/// REAP comes when the real parent reaps, however late that is; until then the engine is attached to the dead.
#[test]
fn reap_is_when_the_parent_reaps() {
    for mode in Mode::ALL {
        let (log, (sender, engines)) = (Log::default(), channel());
        let mut engine = Some(parent(&log, END, move |engine| sender.send(engine).unwrap()));
        let builder = mode.builder().observe(EventKind::Exec, move |task: &watchers::Task, _, _| {
            engine.take().into_iter().for_each(|engine| drop(attach(task, engine)));
        });
        let session = Session::start(builder);
        let mut it = begun(&session, &["zombie", "wait"]);
        assert_eq!(it.next_line(), "dead");
        let engine = engines.recv().unwrap();
        assert_eq!(engine.barrier(), Ok(()));
        log.write("not reaped");
        it.go_on();
        assert_eq!((it.next_line(), it.next_line()), ("zombie: code 3".to_owned(), "ready".to_owned()));
        while engine.barrier() != Err(EngineError::NoSuchTask) {
            std::thread::yield_now();
        }
        log.write("reaped");
        it.end_of_input();
        it.child.wait().unwrap();
        session.finish();
        let expected = [
            "parent clone",
            "child death exit code 3 last Sent(SIGCHLD(17))",
            "not reaped",
            "child reap",
            "child dropped",
            "reaped",
            "parent dropped",
        ];
        assert_eq!(log.lines(), expected, "{mode:?}");
    }
}

/// What control and set_events answer for a task that is dead and not reaped.
#[test]
fn what_the_dead_answer() {
    for mode in Mode::ALL {
        let (log, (sender, engines)) = (Log::default(), channel());
        let mut engine = Some(parent(&log, END, move |engine| sender.send(engine).unwrap()));
        let builder = mode.builder().observe(EventKind::Exec, move |task: &watchers::Task, _, _| {
            engine.take().into_iter().for_each(|engine| drop(attach(task, engine)));
        });
        let session = Session::start(builder);
        let mut it = begun(&session, &["zombie"]);
        assert_eq!(it.next_line(), "dead");
        let engine = engines.recv().unwrap();
        let gone = Err(EngineError::NoSuchTask);
        for action in [ResumeAction::Stop, ResumeAction::Resume, ResumeAction::Interrupt] {
            assert_eq!(engine.control(action), gone, "{action:?}");
        }
        assert_eq!(engine.set_events(END | EngineEvent::Quiesce), Err(EngineError::Already));
        assert_eq!(engine.set_events(EngineEvent::Reap), Ok(()), "DEATH was told");
        assert_eq!(engine.control(ResumeAction::Detach), Ok(()));
        assert_eq!((engine.control(ResumeAction::Detach), engine.barrier()), (gone, gone));
        it.go_on();
        it.child.wait().unwrap();
        session.finish();
        let expected = [
            "parent clone",
            "child death exit code 3 last Sent(SIGCHLD(17))",
            "child dropped",
            "parent dropped",
        ];
        assert_eq!(log.lines(), expected, "{mode:?}");
    }
}

/// The parent of a leader that ends before another thread hears when that has ended, too.
#[test]
fn death_of_a_delayed_leader() {
    for mode in Mode::ALL {
        let log = Log::default();
        run_deeds(mode, &["leave"], vec![Scripted::new("it", END, &log).in_detail()]);
        assert_eq!(log.lines(), ["it death exit code 4 DelayedLeader", "it reap", "it dropped"], "{mode:?}");
    }
}

/// Nobody waits for a thread: its REAP follows its DEATH.
#[test]
fn reap_of_a_thread_is_at_once() {
    for mode in Mode::ALL {
        let log = Log::default();
        run_deeds(mode, &["thread", "exit:0"], vec![parent(&log, END, drop)]);
        let expected = [
            "parent clone thread",
            "child death exit code 0 SelfReaping",
            "child reap",
            "child dropped",
            "parent dropped",
        ];
        assert_eq!(log.lines(), expected, "{mode:?}");
    }
}

/// A supervisor that ends waits for nobody's parent.
#[test]
fn reap_is_told_when_the_supervisor_ends() {
    for mode in Mode::ALL {
        let log = Log::default();
        let mut engine = Some(parent(&log, END, drop));
        let builder = mode.builder().observe(EventKind::Exec, move |task: &watchers::Task, _, _| {
            engine.take().into_iter().for_each(|engine| drop(attach(task, engine)));
        });
        let session = Session::start(builder);
        let mut it = begun(&session, &["zombie"]);
        assert_eq!(it.next_line(), "dead");
        session.drop_it();
        let told = log.lines();
        assert_eq!(told.iter().filter(|line| *line == "child reap").count(), 1, "{mode:?}: {told:?}");
        assert_eq!(told.iter().filter(|line| *line == "child dropped").count(), 1, "{mode:?}: {told:?}");
    }
}
