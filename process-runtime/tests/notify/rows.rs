//! The rows of the table of what TIF_NOTIFY_RESUME does, one test each, named after them. That of a task that is blocked is in
//! `blocked`.

use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};

use process_runtime::{
    Attach, Engine, EngineEvent, EngineEvents, Hold, NotifyBy, NotifyError, Report, ResumeAction, Resumption,
    Role, Supervisor, TaskExt,
};
use rustix::process::{Pid, kill_process};
use watchers::{EventKind, Task};

use super::subject::{Log, Subject, task_of, until_blocked};
use super::support::Mode;

/// Where `spins` has its variables and its handler.
#[derive(Clone, Copy)]
struct Places {
    counter: u64,
    over: u64,
    handler: u64,
}

impl Places {
    fn of(subject: &mut Subject) -> Places {
        let line = subject.line();
        let mut numbers = line.split(' ').map(|word| u64::from_str_radix(word, 16).unwrap());
        let mut next = || numbers.next().unwrap();
        Places { counter: next(), over: next(), handler: next() }
    }

    fn count(self, at: &Resumption<'_>) -> u64 {
        at.stopped().unwrap().read_value(self.counter).unwrap()
    }
}

fn end_spin(at: &Resumption<'_>, places: Places) {
    at.stopped().unwrap().write(places.over, &1u32.to_ne_bytes()).unwrap();
}

fn signal(pid: i32, signal: rustix::process::Signal) {
    kill_process(Pid::from_raw(pid).unwrap(), signal).unwrap();
}

const MEANS: [NotifyBy; 3] = [NotifyBy::ReturnPoints, NotifyBy::Interruption, NotifyBy::SyscallStops];

/// Both kinds of stops, and every way to make a task stop.
fn all() -> impl Iterator<Item = (Mode, NotifyBy)> {
    Mode::ALL.into_iter().flat_map(|mode| MEANS.map(|means| (mode, means)))
}

/// Row: *target in user mode: enters the kernel soon, callback, back to user*. What the work changes is changed.
#[test]
fn target_in_user_mode() {
    for (mode, means) in all() {
        let mut subject = Subject::start(mode.builder().notify_by(means), "spins", &["spin"]);
        let places = Places::of(&mut subject);
        let log = subject.log.clone();
        let work = move |at: &mut Resumption<'_>| {
            log.write(format!("{:?}", at.way()));
            end_spin(at, places);
        };
        subject.add(work).unwrap();
        subject.expect("spin: over, handled 0");
        assert_eq!(subject.finish(), ["ToUserMode"], "{mode:?} {means:?}");
    }
}

/// Row: *several sets before delivery: one callback*. Here each has its work, and all of it is done in one stop, in order.
#[test]
fn several_sets_before_delivery() {
    for (mode, means) in all() {
        let mut subject = Subject::start(mode.builder().notify_by(means), "spins", &["wait"]);
        Places::of(&mut subject);
        until_blocked(subject.pid(), libc::SYS_epoll_wait);
        ["a", "b", "c"].into_iter().for_each(|name| subject.notify(name));
        subject.go();
        subject.expect("wait: served, handled 0");
        let expected = ["a: user mode, 1", "b: user mode, 1", "c: user mode, 1"];
        assert_eq!(subject.finish(), expected, "{mode:?} {means:?}");
    }
}

/// Row: *set again during the callback, by anyone: another callback before user mode*.
#[test]
fn set_again_during_the_callback() {
    for (mode, means) in all() {
        let mut subject = Subject::start(mode.builder().notify_by(means), "spins", &["spin"]);
        let places = Places::of(&mut subject);
        let log = subject.log.clone();
        let again = move |at: &mut Resumption<'_>| {
            let before = places.count(at);
            let more = move |at: &mut Resumption<'_>| {
                log.write(format!("{}", places.count(at) == before));
                end_spin(at, places);
            };
            at.task().notify_resume(more).unwrap();
        };
        subject.add(again).unwrap();
        subject.expect("spin: over, handled 0");
        assert_eq!(subject.finish(), ["true"], "{mode:?} {means:?}");
    }
}

/// Row: *signal pending too: signals are handled first, so the callback sees the handler frame*. The signal ends the call.
#[test]
fn signal_pending_too() {
    for (mode, means) in all() {
        let mut subject =
            Subject::start(mode.builder().notify_by(means), "spins", &["handle", "wait", "wait"]);
        let places = Places::of(&mut subject);
        until_blocked(subject.pid(), libc::SYS_epoll_wait);
        subject.add(where_it_is(&subject.log, places)).unwrap();
        signal(subject.pid(), rustix::process::Signal::USR1);
        subject.expect("wait: EINTR, handled 1");
        subject.go();
        subject.expect("wait: served, handled 1");
        assert_eq!(subject.finish(), ["at the handler"], "{mode:?} {means:?}");
    }
}

/// A signal that is ignored is none: without us it would not have woken anybody.
#[test]
fn a_signal_that_is_ignored() {
    for (mode, means) in all() {
        let mut subject = Subject::start(mode.builder().notify_by(means), "spins", &["wait"]);
        Places::of(&mut subject);
        until_blocked(subject.pid(), libc::SYS_epoll_wait);
        subject.notify("work");
        signal(subject.pid(), rustix::process::Signal::WINCH);
        (0..20).for_each(|_| drop(subject.session.supervisor.tasks().unwrap()));
        until_blocked(subject.pid(), libc::SYS_epoll_wait);
        subject.log.write("now");
        subject.go();
        subject.expect("wait: served, handled 0");
        assert_eq!(subject.finish(), ["now", "work: user mode, 1"], "{mode:?} {means:?}");
    }
}

fn where_it_is(log: &Log, places: Places) -> impl FnOnce(&mut Resumption<'_>) + Send + 'static {
    let log = log.clone();
    move |at| {
        let instruction = at.stopped().unwrap().register(Role::Instruction).unwrap();
        log.write(if instruction == places.handler { "at the handler" } else { "elsewhere" });
    }
}

/// The same where the signal is queued already, and the work is asked for in a watcher; and two signals, of which the second
/// is handled first.
#[test]
fn signals_that_are_queued_already() {
    for (mode, means) in all() {
        let log = Log::default();
        let places: Arc<Mutex<Option<Places>>> = Arc::default();
        let (known, writer) = (places.clone(), log.clone());
        let builder = mode.builder().notify_by(means).observe(EventKind::Uid, move |task: &Task, _, _| {
            signal(task.tid().unwrap().as_raw(), rustix::process::Signal::USR1);
            let places = known.lock().unwrap().unwrap();
            task.notify_resume(where_it_is(&writer, places)).unwrap();
        });
        let mut subject = Subject::start(builder, "spins", &["handle", "wait", "ids"]);
        *places.lock().unwrap() = Some(Places::of(&mut subject));
        subject.go();
        subject.expect("wait: served, handled 0");
        subject.expect("ids: handled 1");
        subject.finish();
        assert_eq!(log.lines(), ["at the handler"], "{mode:?} {means:?}");
    }
}

/// Row: *target is current: callback on the way out*. A watcher of its call asks.
#[test]
fn target_is_current() {
    for (mode, means) in all() {
        let log = Log::default();
        let writer = log.clone();
        let kinds = EventKind::Uid | EventKind::Exec;
        let builder = mode.builder().notify_by(means).observe(kinds, move |task: &Task, event, _| {
            task.notify_resume(writer.work(event.kind().name())).unwrap();
        });
        let mut subject = Subject::start(builder, "spins", &["ids", "exec", "ids"]);
        ["", "ids: handled 0", "", "ids: handled 0"].into_iter().for_each(|line| {
            assert!(subject.line().ends_with(line));
        });
        subject.finish();
        let expected = ["exec: user mode, 0", "uid: user mode, 0", "exec: user mode, 0", "uid: user mode, 0"];
        assert_eq!(log.lines(), expected, "{mode:?} {means:?}");
    }
}

/// Row: *target stopped (job control)*: callback only when it runs again.
#[test]
fn target_stopped_with_its_group() {
    for (mode, means) in all() {
        let mut subject = Subject::start(mode.builder().notify_by(means), "spins", &["stop"]);
        Places::of(&mut subject);
        let line = subject.line();
        let (child, status) = line.split_once(' ').unwrap();
        assert_eq!(status, "stopped 19");
        subject.task = task_of(&subject.session, child.parse().unwrap());
        subject.notify("work");
        (0..20).for_each(|_| drop(subject.session.supervisor.tasks().unwrap()));
        subject.log.write("continued");
        subject.go();
        subject.expect("stop: code 4");
        let done = subject.finish();
        assert_eq!(done[0], "continued", "{mode:?} {means:?}");
        assert!(done.len() == 2 && done[1].starts_with("work: user mode"), "{mode:?} {means:?} {done:?}");
    }
}

/// Holds its task at a system call.
struct Holds(std::sync::mpsc::Sender<Hold>);

impl Engine for Holds {
    fn events(&self) -> EngineEvents {
        EngineEvent::Clone | EngineEvent::Quiesce
    }

    fn report_quiesce(&mut self, at: &mut Report<'_>, _event: Option<EngineEvent>) -> ResumeAction {
        at.unchanged()
    }

    fn report_clone(
        &mut self,
        at: &mut Report<'_>,
        _child: &Task,
        _flags: watchers::CloneFlags,
    ) -> ResumeAction {
        self.0.send(at.hold()).unwrap();
        ResumeAction::Stop
    }
}

/// Row: *target stopped (tracing)*: an engine holds it; callback only when it runs again.
#[test]
fn target_held_by_an_engine() {
    for (mode, means) in all() {
        let (tokens, received) = channel();
        let mut engine = Some(Holds(tokens));
        let builder = mode.builder().notify_by(means).observe(EventKind::Exec, move |task: &Task, _, _| {
            engine.take().into_iter().for_each(|engine| drop(task.attach(engine, Attach::Shared).unwrap()));
        });
        let mut subject = Subject::start(builder, "spins", &["fork"]);
        Places::of(&mut subject);
        let hold = received.recv().unwrap();
        // It is held when this is answered: at the end of its fork.
        while hold.engine().control(ResumeAction::Stop) == Err(process_runtime::EngineError::InProgress) {}
        subject.notify("work");
        subject.log.write("let go");
        hold.release();
        subject.expect("fork: code 3");
        let done = subject.finish();
        assert_eq!(done[0], "let go", "{mode:?} {means:?}");
        assert!(done.len() == 2 && done[1].starts_with("work: user mode"), "{mode:?} {means:?} {done:?}");
    }
}

/// Row: *target exits first*: not lost, as task_work; ESRCH afterwards.
#[test]
fn target_exits_first() {
    for (mode, means) in all() {
        let late = Log::default();
        let writer = late.clone();
        let builder = mode.builder().notify_by(means).observe(
            EventKind::Exit | EventKind::Free,
            move |task: &Task, event, _| {
                let taken = task.notify_resume(writer.work(event.kind().name()));
                writer.write(format!("{}: {taken:?}", event.kind().name()));
            },
        );
        let mut subject = Subject::start(builder, "spins", &["wait"]);
        Places::of(&mut subject);
        until_blocked(subject.pid(), libc::SYS_epoll_wait);
        subject.notify("work");
        let again = late.clone();
        subject.add(move |at| at.task().notify_resume(again.work("more")).unwrap()).unwrap();
        // KERNEL: whoever is killed in a stop comes to its exit stop by itself, and what we ask for in the first is done in the second:
        // it goes on, and that was its exit. So it is not to be in one.
        until_blocked(subject.pid(), libc::SYS_epoll_wait);
        subject.child.kill().unwrap();
        assert!(!subject.child.wait_tree().unwrap().success());
        let answer = subject.add(|_| ());
        assert_eq!(answer, Err(NotifyError::NoSuchTask));
        let log = subject.log.clone();
        subject.session.finish();
        assert_eq!(log.lines(), ["work: exit"], "{mode:?} {means:?}");
        let expected = ["exit: Ok(())", "exit: exit", "more: exit", "free: Err(NoSuchTask)"];
        assert_eq!(late.lines(), expected, "{mode:?} {means:?}");
    }
}

/// From a watcher, for a task that is not stopped for it, only other threads may ask.
#[test]
fn from_the_tracers_own_thread() {
    let answers = Log::default();
    let writer = answers.clone();
    let handle: Arc<Mutex<Option<process_runtime::Handle>>> = Arc::default();
    let known = handle.clone();
    let builder = Supervisor::builder().observe(EventKind::Uid, move |task: &Task, _, _| {
        let handle = known.lock().unwrap();
        let answer = handle.as_ref().unwrap().notify_resume(task.id(), |_| ());
        writer.write(format!("{answer:?} {:?}", answer.map_err(|error| error.errno().as_raw())));
    });
    let mut subject = Subject::start(builder, "spins", &["wait", "ids"]);
    Places::of(&mut subject);
    *handle.lock().unwrap() = Some(subject.session.supervisor.handle());
    subject.go();
    subject.expect("wait: served, handled 0");
    subject.expect("ids: handled 0");
    subject.finish();
    assert_eq!(answers.lines(), ["Err(WouldDeadlock) Err(35)"]);
}

/// Work that panics is told, and harms nobody.
#[test]
fn work_that_panics() {
    let mut subject = Subject::start(Supervisor::builder(), "spins", &["wait"]);
    Places::of(&mut subject);
    until_blocked(subject.pid(), libc::SYS_epoll_wait);
    subject.add(|_| panic!("on purpose")).unwrap();
    subject.notify("work");
    subject.go();
    subject.expect("wait: served, handled 0");
    let pid = subject.pid();
    assert!(subject.child.wait_tree().unwrap().success());
    let log = subject.log.clone();
    let (_, notices) = subject.session.finish();
    assert_eq!(log.lines(), ["work: user mode, 1"]);
    assert_eq!(notices, [format!("work for the return to user mode panicked of task {pid}: on purpose")]);
}
