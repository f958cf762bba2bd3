//! Tasks that wait for a decision.

use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::thread;

use process_runtime::{EngineError, EngineEvent, EngineEvents, Hold, Report, ResumeAction, SyscallAction};
use watchers::{EventKind, Signal};

use super::scripted::{Log, Reply, Scripted, run_deeds};
use super::support::{Mode, Session, lines, tracee};

const STOP: Reply = Reply::Resume(ResumeAction::Stop);

/// Holds at `what`, once, and hands the token to `decide` on another thread.
fn held_at(
    what: &'static str,
    decide: impl FnOnce(Hold) + Send + 'static,
) -> impl FnMut(&str, &mut Report<'_>) -> Reply + Send + 'static {
    let mut decide = Some(decide);
    move |told, at| match decide.take_if(|_| told == what) {
        Some(decide) => {
            let hold = at.hold();
            thread::spawn(move || decide(hold));
            STOP
        }
        None => Reply::Unchanged,
    }
}

/// Every event that a task can be held at; it stands still there until it is let go, and notices nothing.
#[test]
fn at_every_event() {
    let cases = [
        ("exec", EngineEvent::Exec),
        ("entry", EngineEvent::SyscallEntry),
        ("exit of the call: a pid", EngineEvent::SyscallExit),
        ("clone", EngineEvent::Clone),
        ("Signal SIGUSR1 Deliver", EngineEvent::Signal),
        ("exit exit code 5", EngineEvent::Exit),
    ];
    for (mode, (what, event)) in Mode::ALL.into_iter().flat_map(|mode| cases.map(|case| (mode, case))) {
        let log = Log::default();
        let writer = log.clone();
        let engine = Scripted::new("holds", event, &log).answering(held_at(what, move |hold| {
            // It does not run: what it does next would be told.
            (0..100).for_each(|_| hold.engine().barrier().unwrap());
            writer.write("let go");
            hold.release();
        }));
        let after = Scripted::new("after", EngineEvent::Quiesce | EngineEvent::Death, &log);
        let deeds = ["exec", "call", "handle:10", "raise:10", "fork", "exit:5"];
        let run = run_deeds(mode, &deeds, vec![engine, after]);
        assert_eq!(*run.stdout(), lines("call: made\nraise: handled 1\nfork: code 3"), "{mode:?} {what}");
        assert_eq!(run.verdict.status, "code 5");
        let lines = log.lines();
        let at = lines.iter().position(|line| *line == format!("holds {what}")).unwrap();
        let next = lines[at + 1..].iter().find(|line| !line.starts_with("after quiesce"));
        assert_eq!(next.map(String::as_str), Some("let go"), "{mode:?} {what}: {lines:#?}");
    }
}

/// The answer of another thread decides the call: the engine is asked again.
#[test]
fn a_call_that_is_decided_elsewhere() {
    for (mode, answer) in Mode::ALL.into_iter().flat_map(|mode| ["yes", "no"].map(|answer| (mode, answer))) {
        let log = Log::default();
        let decided = Arc::new(Mutex::new(None));
        let decision = decided.clone();
        let mut hold = held_at("entry", move |hold: Hold| {
            *decision.lock().unwrap() = Some(answer);
            hold.report();
        });
        let engine =
            Scripted::new("asks", EngineEvent::SyscallEntry, &log).answering(move |told, at| match *decided
                .lock()
                .unwrap()
            {
                Some("no") => Reply::Call(SyscallAction::Abort(-i64::from(libc::EACCES))),
                Some(_) => Reply::Resume(ResumeAction::Resume),
                None => hold(told, at),
            });
        let run = run_deeds(mode, &["call"], vec![engine]);
        let printed = if answer == "yes" { "call: made" } else { "call: EACCES" };
        assert_eq!(*run.stdout(), lines(printed), "{mode:?}");
        assert_eq!(log.lines(), ["asks entry", "asks entry again", "asks dropped"]);
    }
}

/// A stop at the entry keeps what was said of the call with it.
#[test]
fn an_abort_outlasts_the_stop() {
    for mode in Mode::ALL {
        let log = Log::default();
        let mut hold = held_at("entry", Hold::release);
        let engine = Scripted::new("aborts", EngineEvent::SyscallEntry, &log).answering(move |told, at| {
            let _ = hold(told, at);
            Reply::StopAndCall(SyscallAction::Abort(-1))
        });
        let run = run_deeds(mode, &["call"], vec![engine]);
        assert_eq!(*run.stdout(), lines("call: EPERM"), "{mode:?}");
    }
}

/// A task that two engines hold goes on when both let it.
#[test]
fn two_hold_and_one_lets_go() {
    for mode in Mode::ALL {
        let log = Log::default();
        let (first, second) = (channel::<Hold>(), channel::<Hold>());
        let keep = |sender: std::sync::mpsc::Sender<Hold>| {
            move |_: &str, at: &mut Report<'_>| {
                sender.send(at.hold()).unwrap();
                STOP
            }
        };
        let engines = vec![
            Scripted::new("a", EngineEvent::SyscallEntry, &log).answering(keep(first.0)),
            Scripted::new("b", EngineEvent::SyscallEntry, &log).answering(keep(second.0)),
        ];
        let writer = log.clone();
        let releases = thread::spawn(move || {
            let (first, second) = (first.1.recv().unwrap(), second.1.recv().unwrap());
            first.release();
            second.engine().barrier().unwrap();
            writer.write("one left");
            second.release();
        });
        run_deeds(mode, &["call"], engines);
        releases.join().unwrap();
        assert_eq!(log.lines(), ["b entry", "a entry", "one left", "a dropped", "b dropped"], "{mode:?}");
    }
}

/// A token for a stop that is over means nothing to the next one.
#[test]
fn a_stale_token_ends_no_other_stop() {
    for mode in Mode::ALL {
        let log = Log::default();
        let (tokens, received) = channel::<Hold>();
        let engine = Scripted::new("holds", EngineEvent::SyscallEntry, &log).answering(move |_, at| {
            tokens.send(at.hold()).unwrap();
            STOP
        });
        let writer = log.clone();
        let decides = thread::spawn(move || {
            let first = received.recv().unwrap();
            first.engine().control(ResumeAction::Resume).unwrap();
            let second = received.recv().unwrap();
            drop(first);
            second.engine().barrier().unwrap();
            writer.write("still held");
            second.release();
        });
        run_deeds(mode, &["call", "call", "exit:0"], vec![engine]);
        decides.join().unwrap();
        assert_eq!(log.lines(), ["holds entry", "holds entry", "still held", "holds dropped"], "{mode:?}");
    }
}

/// A held task holds nobody up, and SIGKILL ends every stop.
#[test]
fn a_held_task_can_be_killed_and_others_run() {
    for mode in Mode::ALL {
        let log = Log::default();
        let (tokens, received) = channel::<Hold>();
        let events = EngineEvents::SYSCALLS | EngineEvent::Exit | EngineEvent::Death | EngineEvent::Reap;
        let mut engine = Some(Scripted::new("holds", events, &log).answering(move |told, at| match told {
            "entry" => {
                tokens.send(at.hold()).unwrap();
                STOP
            }
            // Not even here.
            _ => STOP,
        }));
        let session =
            Session::start(mode.builder().observe(EventKind::Exec, move |task: &watchers::Task, _, _| {
                engine.take().into_iter().for_each(|engine| drop(super::scripted::attach(task, engine)));
            }));
        let mut command = tracee("deeds");
        command.args(["call"]).stdout(std::process::Stdio::null());
        let mut held = session.spawn(command).unwrap();
        let token = received.recv().unwrap();
        let mut other = session.spawn(std::process::Command::new("/bin/true")).unwrap();
        assert!(other.wait().unwrap().success(), "{mode:?}");
        held.signal(Signal::SIGKILL).unwrap();
        assert_eq!(std::os::unix::process::ExitStatusExt::signal(&held.wait().unwrap()), Some(9));
        let engine = token.engine().clone();
        drop(token);
        session.finish();
        assert_eq!(engine.control(ResumeAction::Resume), Err(EngineError::NoSuchTask));
        let lines = log.lines();
        let tail = &lines[lines.len() - 5..];
        let expected =
            ["holds entry", "holds exit SIGKILL", "holds death SIGKILL", "holds reap", "holds dropped"];
        assert_eq!(tail, expected, "{mode:?}");
    }
}

/// A supervisor that is dropped takes held tasks with it, those before their death too.
#[test]
fn a_dropped_supervisor_holds_nobody() {
    for (mode, what) in
        Mode::ALL.into_iter().flat_map(|mode| ["entry", "exit exit code 0"].map(|at| (mode, at)))
    {
        let log = Log::default();
        let (tokens, received) = channel::<Hold>();
        let events = EngineEvent::SyscallEntry | EngineEvent::Exit;
        let mut engine = Some(Scripted::new("holds", events, &log).answering(move |told, at| {
            if told != what {
                return Reply::Unchanged;
            }
            tokens.send(at.hold()).unwrap();
            STOP
        }));
        let session =
            Session::start(mode.builder().observe(EventKind::Exec, move |task: &watchers::Task, _, _| {
                engine.take().into_iter().for_each(|engine| drop(super::scripted::attach(task, engine)));
            }));
        let mut command = tracee("deeds");
        command.args(["call"]).stdout(std::process::Stdio::null());
        let _child = session.spawn(command).unwrap();
        let token = received.recv().unwrap();
        session.drop_it();
        token.release();
    }
}
