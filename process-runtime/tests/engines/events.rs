//! The fourteen events, each alone: what an engine is told that wants this one and no other.

use process_runtime::{EngineEvent, EngineEvents, ResumeAction};

use super::scripted::{Log, Reply, Scripted, attach, run_deeds};
use super::support::Mode;

/// What an engine is told of a task that does this, up to the engine's end.
fn told(event: EngineEvent, deeds: &[&str], expected: &[&str]) {
    for mode in Mode::ALL {
        let log = Log::default();
        run_deeds(mode, deeds, vec![Scripted::new("it", event, &log)]);
        let whole: Vec<String> = expected.iter().map(|line| format!("it {line}")).collect();
        assert_eq!(log.lines(), [whole, vec!["it dropped".to_owned()]].concat(), "{mode:?}");
    }
}

/// It goes before the events of others, and comes alone where a report was asked for.
#[test]
fn quiesce() {
    told(EngineEvent::Quiesce, &["call", "exit:0"], &["quiesce Death"]);
    for mode in Mode::ALL {
        let log = Log::default();
        let engines = vec![
            Scripted::new("it", EngineEvent::Quiesce, &log),
            Scripted::new("other", EngineEvents::SYSCALLS, &log).answering(|told, _| match told {
                "exit of the call: a pid" => Reply::Resume(ResumeAction::Report),
                _ => Reply::Unchanged,
            }),
        ];
        run_deeds(mode, &["call", "exit:0"], engines);
        let expected = [
            "other entry",
            "other exit of the call: a pid",
            "it quiesce",
            "it quiesce Death",
            "it dropped",
            "other dropped",
        ];
        assert_eq!(log.lines(), expected, "{mode:?}");
    }
}

#[test]
fn reap() {
    told(EngineEvent::Reap, &["exit:0"], &["reap"]);
}

#[test]
fn clone() {
    told(EngineEvent::Clone, &["fork", "vfork", "thread"], &["clone", "clone", "clone thread"]);
}

#[test]
fn exec() {
    told(EngineEvent::Exec, &["exec", "exec", "exit:0"], &["exec", "exec"]);
}

#[test]
fn exit() {
    told(EngineEvent::Exit, &["exit:3"], &["exit exit code 3"]);
}

#[test]
fn death() {
    told(EngineEvent::Death, &["exit:3"], &["death exit code 3"]);
}

#[test]
fn syscall_entry() {
    told(EngineEvent::SyscallEntry, &["call", "call", "exit:0"], &["entry", "entry"]);
}

/// An engine that is not told of entries is told of every end.
#[test]
fn syscall_exit() {
    for mode in Mode::ALL {
        let log = Log::default();
        run_deeds(mode, &["call"], vec![Scripted::new("it", EngineEvent::SyscallExit, &log)]);
        let is_an_end = |line: &String| line.starts_with("it exit of the call: ");
        let (ends, others): (Vec<String>, Vec<String>) = log.lines().into_iter().partition(is_an_end);
        assert!(ends.contains(&"it exit of the call: a pid".to_owned()), "{mode:?}: {ends:?}");
        assert_eq!(others, ["it dropped"], "{mode:?}");
    }
}

const SIGNALS: [&str; 9] = [
    "handle:10",
    "raise:10",
    "raise:28",
    "ignore:12",
    "raise:12",
    "stop:20",
    "raise:10",
    "ignore:3",
    "raise:15",
];

#[test]
fn signal() {
    told(EngineEvent::Signal, &SIGNALS, &["Signal SIGUSR1 Deliver", "Signal SIGUSR1 Deliver"]);
}

#[test]
fn signal_ign() {
    let ignored = ["SignalIgn SIGWINCH Ign", "SignalIgn SIGUSR2 Ign", "SignalIgn SIGCHLD Ign"];
    told(EngineEvent::SignalIgn, &["raise:28", "ignore:12", "raise:12", "fork"], &ignored);
}

#[test]
fn signal_stop() {
    for mode in Mode::ALL {
        let log = Log::default();
        let to_child = log.clone();
        let parent =
            Scripted::new("parent", EngineEvent::Clone, &Log::default()).seeing_children(move |child, _| {
                drop(attach(child, Scripted::new("it", EngineEvent::SignalStop, &to_child)))
            });
        run_deeds(mode, &["stop:19", "stop:20"], vec![parent]);
        let expected =
            ["it SignalStop SIGSTOP Stop", "it dropped", "it SignalStop SIGTSTP Tstp", "it dropped"];
        assert_eq!(log.lines(), expected, "{mode:?}");
    }
}

#[test]
fn signal_term() {
    told(EngineEvent::SignalTerm, &SIGNALS, &["SignalTerm SIGTERM Term"]);
}

#[test]
fn signal_core() {
    told(EngineEvent::SignalCore, &["raise:6"], &["SignalCore SIGABRT Core"]);
}

#[test]
fn jctl() {
    for mode in Mode::ALL {
        let log = Log::default();
        let to_child = log.clone();
        let parent =
            Scripted::new("parent", EngineEvent::Clone, &Log::default()).seeing_children(move |child, _| {
                drop(attach(child, Scripted::new("it", EngineEvent::Jctl, &to_child)))
            });
        run_deeds(mode, &["stop"], vec![parent]);
        assert_eq!(log.lines(), ["it Stopped SIGSTOP", "it Continued SIGCONT", "it dropped"], "{mode:?}");
    }
}

/// Of no event at all.
#[test]
fn nothing() {
    for mode in Mode::ALL {
        let log = Log::default();
        let engine = Scripted::new("it", EngineEvents::EMPTY, &log);
        run_deeds(mode, &["fork", "exec", "handle:10", "raise:10", "exit:0"], vec![engine]);
        assert_eq!(log.lines(), ["it dropped"], "{mode:?}");
    }
}
