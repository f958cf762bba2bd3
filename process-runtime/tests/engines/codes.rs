//! What calls for engines answer, on live tasks: the rows of the tables that need one.

use watchers::Signal;

use super::ready::{Ready, ready};
use super::scripted::{Log, Scripted};
use super::support::{Mode, Session};
use process_runtime::{
    Attach, Attached, Engine, EngineError, EngineEvent, EngineEvents, Matching, ResumeAction, Role,
};

impl Ready {
    fn attach(&self, session: &Session, events: impl Into<EngineEvents>, log: &Log) -> Attached {
        let engine = Scripted::new("it", events, log);
        session.supervisor.handle().attach(self.task, engine, Attach::Shared).unwrap()
    }

    /// Returns when it waits in its call.
    fn blocks(&self) {
        let stat = format!("/proc/{}/stat", self.child.id());
        while !std::fs::read_to_string(&stat).unwrap().contains(") S ") {
            std::thread::yield_now();
        }
    }
}

/// Has it stopped, whatever it does.
fn stops(engine: &Attached) {
    while engine.control(ResumeAction::Stop).is_err() {
        std::thread::yield_now();
    }
}

/// A task that waits in a call is stopped, looked at and let go any number of times, and its call has never ended.
#[test]
fn a_blocked_task_does_not_notice() {
    for mode in Mode::ALL {
        let (log, session) = (Log::default(), Session::start(mode.builder()));
        let mut it = ready(&session, &["wait", "call"]);
        let engine = it.attach(&session, EngineEvent::Quiesce, &log);
        for _ in 0..50 {
            it.blocks();
            assert_eq!(engine.control(ResumeAction::Stop), Err(EngineError::InProgress));
            while engine.control(ResumeAction::Stop).is_err() {
                std::thread::yield_now();
            }
            assert_eq!(engine.control(ResumeAction::Resume), Ok(()));
        }
        assert_eq!(engine.control(ResumeAction::Report), Ok(()));
        it.end_of_input();
        assert_eq!(it.next_line(), "wait: served", "{mode:?}");
        assert_eq!(it.next_line(), "call: made", "{mode:?}");
        it.child.wait().unwrap();
        session.finish();
    }
}

/// Only INTERRUPT takes a task out of its call, and there is a report before it runs.
#[test]
fn an_interrupted_task_has_a_report() {
    for mode in Mode::ALL {
        let (log, session) = (Log::default(), Session::start(mode.builder()));
        let mut it = ready(&session, &["wait"]);
        let engine = it.attach(&session, EngineEvent::Quiesce, &log);
        it.blocks();
        assert_eq!(engine.control(ResumeAction::Interrupt), Ok(()));
        assert_eq!(it.next_line(), "wait: EINTR", "{mode:?}");
        it.child.wait().unwrap();
        session.finish();
        assert_eq!(log.lines()[0], "it quiesce", "{mode:?}");
    }
}

/// A task that computes is stopped too; what comes meanwhile is there when it goes on.
#[test]
fn a_task_that_computes_is_stopped() {
    for mode in Mode::ALL {
        let (log, session) = (Log::default(), Session::start(mode.builder()));
        let mut it = ready(&session, &["handle:10", "spin"]);
        let engine = it.attach(&session, EngineEvent::Signal, &log);
        while engine.control(ResumeAction::Stop).is_err() {
            std::thread::yield_now();
        }
        it.child.signal(Signal::SIGUSR1).unwrap();
        (0..100).for_each(|_| engine.barrier().unwrap());
        assert_eq!(log.lines(), [""; 0], "{mode:?}: it stands still");
        engine.control(ResumeAction::Resume).unwrap();
        assert_eq!(it.next_line(), "spin: over", "{mode:?}");
        it.child.wait().unwrap();
        session.finish();
        assert_eq!(log.lines(), ["it Signal SIGUSR1 Deliver", "it dropped"], "{mode:?}");
    }
}

/// prepare_examine and finish_examine: EINVAL, EAGAIN, ESRCH.
#[test]
fn examine_answers() {
    for mode in Mode::ALL {
        let (log, session) = (Log::default(), Session::start(mode.builder()));
        let mut it = ready(&session, &["wait", "call"]);
        let engine = it.attach(&session, EngineEvent::Quiesce, &log);
        let where_it_stands = || engine.examine(|task| task.register(Role::Instruction).unwrap());
        assert_eq!(where_it_stands(), Err(EngineError::NotHeld));
        assert_eq!(engine.prepare_examine().map(drop), Err(EngineError::NotHeld));
        it.blocks();
        stops(&engine);
        let stands = where_it_stands().unwrap();
        let look = engine.prepare_examine().unwrap();
        let wchan = std::fs::read_to_string(format!("/proc/{}/stat", it.child.id())).unwrap();
        assert_eq!((look.finish(), wchan.contains(") t ")), (Ok(()), true), "{mode:?}");
        let look = engine.prepare_examine().unwrap();
        engine.control(ResumeAction::Resume).unwrap();
        it.blocks();
        stops(&engine);
        assert_eq!(look.finish(), Err(EngineError::Again), "{mode:?}: it has run meanwhile");
        assert_eq!(where_it_stands(), Ok(stands), "in the same call");
        it.child.kill().unwrap();
        it.child.wait().unwrap();
        session.finish();
        assert_eq!(where_it_stands(), Err(EngineError::NoSuchTask), "{mode:?}");
    }
}

/// A look that panics does so where it was asked for.
#[test]
fn examine_that_panics() {
    let (log, session) = (Log::default(), Session::start(Mode::Filter.builder()));
    let mut it = ready(&session, &["wait"]);
    let engine = it.attach(&session, EngineEvent::Quiesce, &log);
    stops(&engine);
    let asked = engine.clone();
    let panicked = std::thread::spawn(move || asked.examine(|_| panic!("of no use"))).join().unwrap_err();
    assert_eq!(panicked.downcast_ref(), Some(&"of no use"));
    assert_eq!(engine.control(ResumeAction::Resume), Ok(()), "the supervisor lives");
    it.end_of_input();
    it.child.wait().unwrap();
    session.finish();
}

/// Panics when it is asked what it wants, or when it is dropped.
struct Broken {
    events: bool,
}

impl Engine for Broken {
    fn events(&self) -> EngineEvents {
        assert!(!self.events, "of no use");
        EngineEvents::EMPTY
    }
}

impl Drop for Broken {
    fn drop(&mut self) {
        assert!(self.events, "of no use");
    }
}

/// An engine that panics elsewhere than in a report does so where it was attached, or to nobody's harm.
#[test]
fn an_engine_that_is_broken() {
    let session = Session::start(Mode::Filter.builder());
    let mut it = ready(&session, &["wait"]);
    let (handle, task) = (session.supervisor.handle(), it.task);
    let attached = handle.attach(task, Broken { events: false }, Attach::Shared).unwrap();
    let taken = Attach::Exclusive(Matching::any());
    assert_eq!(handle.attach(task, Broken { events: false }, taken).unwrap_err(), EngineError::Exists);
    assert_eq!(attached.control(ResumeAction::Detach), Ok(()));
    let attach = move || handle.attach(task, Broken { events: true }, Attach::Shared).map(drop);
    let panicked = std::thread::spawn(attach).join().unwrap_err();
    assert_eq!(panicked.downcast_ref(), Some(&"of no use"));
    assert_eq!(session.supervisor.tasks().unwrap().len(), 1, "the supervisor lives");
    it.end_of_input();
    assert!(it.child.wait().unwrap().success());
    session.finish();
}

/// STOP of a task that is stopped with its group: it stands still for its engines at once, can be looked at, and stays so
/// when the group goes on; DETACH puts the stop of the group back.
#[test]
fn control_of_a_task_that_is_stopped_with_its_group() {
    for (mode, way) in Mode::ALL
        .into_iter()
        .flat_map(|mode| [ResumeAction::Resume, ResumeAction::Detach].map(|way| (mode, way)))
    {
        let (log, session) = (Log::default(), Session::start(mode.builder()));
        let mut it = ready(&session, &["wait", "call"]);
        let others = EngineEvent::Jctl | EngineEvent::Quiesce;
        let (engine, other) =
            (it.attach(&session, EngineEvents::EMPTY, &log), it.attach(&session, others, &log));
        it.child.signal(Signal::SIGSTOP).unwrap();
        while !log.lines().contains(&"it Stopped SIGSTOP".to_owned()) {
            std::thread::yield_now();
        }
        for action in [ResumeAction::Resume, ResumeAction::Report, ResumeAction::SingleStep] {
            assert_eq!(other.control(action), Ok(()), "{action:?}");
        }
        assert_eq!(engine.control(ResumeAction::Stop), Ok(()));
        while engine.examine(|_| ()) == Err(EngineError::Again) {
            std::thread::yield_now();
        }
        assert_eq!(engine.examine(|_| ()), Ok(()), "{mode:?}");
        assert_eq!(engine.control(way), Ok(()));
        log.write("back");
        it.child.signal(Signal::SIGCONT).unwrap();
        it.end_of_input();
        while it.next_line() != "call: made" {}
        it.child.wait().unwrap();
        session.finish();
        let told: Vec<String> = log
            .lines()
            .into_iter()
            .filter(|line| !line.contains("quiesce") && !line.contains("dropped"))
            .collect();
        assert_eq!(told, ["it Stopped SIGSTOP", "back", "it Continued SIGCONT"], "{mode:?} {way:?}");
    }
}

/// attach: ENOENT, EEXIST, ESRCH.
#[test]
fn attach_answers() {
    for mode in Mode::ALL {
        let (log, session) = (Log::default(), Session::start(mode.builder()));
        let mut it = ready(&session, &["wait"]);
        let (handle, task) = (session.supervisor.handle(), it.task);
        let find = |these| handle.find_engine(task, these).map(drop);
        let exclusive = |these| {
            let engine = Scripted::new("three", EngineEvents::EMPTY, &log);
            handle.attach(task, engine, Attach::Exclusive(these)).map(drop)
        };
        let ours = Matching::any().of_type::<Scripted>();
        assert_eq!(find(Matching::any()), Err(EngineError::NotFound));
        assert_eq!(exclusive(Matching::any()), Ok(()));
        assert_eq!(find(ours.with_data(5)), Ok(()), "by its type and the length of its name");
        assert_eq!(find(ours.with_data(4)), Err(EngineError::NotFound));
        assert_eq!(find(Matching::any().of_type::<Other>()), Err(EngineError::NotFound));
        assert_eq!(exclusive(ours), Err(EngineError::Exists));
        assert_eq!(exclusive(ours.with_data(4)), Ok(()));
        it.end_of_input();
        it.child.wait().unwrap();
        session.supervisor.handle().tasks().unwrap();
        let late = handle.attach(task, Scripted::new("late", EngineEvents::EMPTY, &log), Attach::Shared);
        session.finish();
        assert_eq!(late.map(drop), Err(EngineError::NoSuchTask), "{mode:?}");
    }
}

struct Other;
impl process_runtime::Engine for Other {}

/// control and set_events on what is detached, and on what does not want QUIESCE.
#[test]
fn control_answers() {
    for mode in Mode::ALL {
        let (log, session) = (Log::default(), Session::start(mode.builder()));
        let mut it = ready(&session, &["wait"]);
        let engine = it.attach(&session, EngineEvents::EMPTY, &log);
        for action in [ResumeAction::Report, ResumeAction::SingleStep, ResumeAction::BlockStep] {
            assert_eq!(engine.control(action), Err(EngineError::Invalid), "{action:?}");
        }
        assert_eq!(engine.set_events(EngineEvent::Quiesce), Ok(()));
        assert_eq!(engine.control(ResumeAction::Report), Ok(()));
        assert_eq!(engine.barrier(), Ok(()));
        assert_eq!(engine.control(ResumeAction::Detach), Ok(()));
        let gone = Err(EngineError::NoSuchTask);
        assert_eq!(engine.control(ResumeAction::Detach), gone);
        assert_eq!((engine.set_events(EngineEvents::EMPTY), engine.barrier()), (gone, gone));
        it.end_of_input();
        assert_eq!(it.next_line(), "wait: served", "{mode:?}");
        it.child.wait().unwrap();
        session.finish();
    }
}

/// A running task is stopped soon, and the events that need a stop to be had are had.
#[test]
fn a_running_task_is_stopped_and_followed() {
    for mode in Mode::ALL {
        let (log, session) = (Log::default(), Session::start(mode.builder()));
        let mut it = ready(&session, &["handle:10", "wait", "call", "exit:6"]);
        let events = EngineEvents::SYSCALLS | EngineEvent::Exit;
        let engine = it.attach(&session, events, &log);
        while engine.control(ResumeAction::Stop).is_err() {
            std::thread::yield_now();
        }
        engine.control(ResumeAction::Resume).unwrap();
        it.end_of_input();
        assert_eq!(it.next_line(), "wait: served", "{mode:?}");
        it.child.wait().unwrap();
        session.finish();
        let lines = log.lines();
        let expected = ["it entry", "it exit of the call: a pid", "it exit exit code 6", "it dropped"];
        assert_eq!(lines[lines.len() - 4..], expected, "{mode:?}");
    }
}
