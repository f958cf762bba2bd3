//! Let go from wherever they are: everybody goes on as if nobody had been there.

use std::process::Command;
use std::sync::mpsc::{Sender, channel};

use process_runtime::{
    Attach, Attached, Attachment, Engine, EngineEvent, EngineEvents, Report, ResumeAction, SignalAnswer,
    SignalReport, Supervisor, Syscall, SyscallAction, SyscallAnswer,
};
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
use watchers::{CloneFlags, ExitStatus, Task};

use super::support::{Scene, tracee, verdict};

/// Tells of each event that it wants, and answers always the same.
struct Tells {
    events: EngineEvents,
    answer: ResumeAction,
    call: SyscallAction,
    told: Sender<EngineEvent>,
}

impl Tells {
    fn tell(&self, event: EngineEvent) -> ResumeAction {
        // Nobody may listen any more.
        let _ = self.told.send(event);
        self.answer
    }
}

const GETPPID: u64 = libc::SYS_getppid as u64;

impl Engine for Tells {
    fn events(&self) -> EngineEvents {
        self.events
    }

    fn report_clone(&mut self, _at: &mut Report<'_>, _child: &Task, _flags: CloneFlags) -> ResumeAction {
        self.tell(EngineEvent::Clone)
    }

    fn report_exec(&mut self, _at: &mut Report<'_>) -> ResumeAction {
        self.tell(EngineEvent::Exec)
    }

    fn report_exit(&mut self, _at: &mut Report<'_>, _status: ExitStatus) -> ResumeAction {
        self.tell(EngineEvent::Exit)
    }

    fn report_syscall_entry(&mut self, at: &mut Report<'_>, call: &Syscall) -> SyscallAnswer {
        let is_it = call.number == GETPPID;
        match is_it {
            true => SyscallAnswer { resume: self.tell(EngineEvent::SyscallEntry), call: self.call },
            false => SyscallAnswer { resume: at.unchanged(), call: call.action },
        }
    }

    fn report_syscall_exit(&mut self, _at: &mut Report<'_>, _result: i64) -> ResumeAction {
        self.tell(EngineEvent::SyscallExit)
    }

    fn report_signal(&mut self, _at: &mut Report<'_>, signal: &SignalReport) -> SignalAnswer {
        signal.answer(signal.event.map_or(self.answer, |event| self.tell(event)))
    }
}

/// The deeds of the tracee of this name, which waits for a byte first.
pub(crate) fn deeds(deeds: &[&str]) -> Command {
    let mut command = tracee("deeds");
    command.args(deeds);
    command
}

/// Attaches, and an engine to the one task that is there.
fn attach(scene: &Scene, engine: Tells) -> (Attachment, Attached) {
    let attachment = scene.attach_quietly(Supervisor::builder()).unwrap();
    let tasks = attachment.tasks().unwrap();
    assert_eq!(tasks.len(), 1);
    let attached = attachment.handle().attach(tasks[0].id, engine, Attach::Shared).unwrap();
    (attachment, attached)
}

/// An engine holds the task at each event that it can be held at; the attachment goes, and the task goes on from there.
#[test]
fn whoever_is_held() {
    let events = [
        EngineEvent::SyscallEntry,
        EngineEvent::SyscallExit,
        EngineEvent::Signal,
        EngineEvent::Clone,
        EngineEvent::Exec,
        EngineEvent::Exit,
    ];
    for event in events {
        let mut scene =
            Scene::start(deeds(&["handle:10", "wait", "raise:10", "call", "fork", "exec", "call", "exit:5"]));
        assert_eq!(scene.line(), "ready");
        let (told, hears) = channel();
        let engine =
            Tells { events: event.into(), answer: ResumeAction::Stop, call: SyscallAction::Run, told };
        let (attachment, _) = attach(&scene, engine);
        scene.give();
        assert_eq!(hears.recv(), Ok(event));
        attachment.let_go();
        let said = ["wait: served", "raise: handled 1", "call: made", "fork: code 3", "call: made"];
        assert_eq!(scene.rest(), said, "{event:?}");
        assert_eq!(verdict(scene.wait()), "code 5", "{event:?}");
    }
}

/// What was said of a call is done, though whoever said it is gone.
#[test]
fn whoever_is_held_in_a_call_that_is_not_made() {
    let mut scene = Scene::start(deeds(&["wait", "call", "exit:5"]));
    assert_eq!(scene.line(), "ready");
    let (told, hears) = channel();
    let events = EngineEvent::SyscallEntry.into();
    let call = SyscallAction::Abort(-i64::from(libc::EPERM));
    let (attachment, _) = attach(&scene, Tells { events, answer: ResumeAction::Stop, call, told });
    scene.give();
    assert_eq!(hears.recv(), Ok(EngineEvent::SyscallEntry));
    attachment.let_go();
    assert_eq!(scene.rest(), ["wait: served", "call: EPERM"]);
    assert_eq!(verdict(scene.wait()), "code 5");
}

/// A stop that is asked for and has not come about leaves no trace: neither EINTR, nor a stop.
#[test]
fn whoever_is_about_to_stop() {
    for how in [ResumeAction::Stop, ResumeAction::Report, ResumeAction::SingleStep] {
        let mut scene = Scene::start(deeds(&["wait", "call", "exit:5"]));
        assert_eq!(scene.line(), "ready");
        for _ in 0..50 {
            let (told, _) = channel();
            let (events, call) = (EngineEvent::Quiesce.into(), SyscallAction::Run);
            let (attachment, attached) =
                attach(&scene, Tells { events, answer: ResumeAction::Stop, call, told });
            // In progress, or done.
            let _ = attached.control(how);
            attachment.let_go();
        }
        assert_eq!(scene.disturbed(), Vec::<String>::new());
        scene.give();
        assert_eq!(scene.rest(), ["wait: served", "call: made"], "{how:?}");
        assert_eq!(verdict(scene.wait()), "code 5", "{how:?}");
    }
}

/// A task that makes one step after the other gets no SIGTRAP once nobody takes it.
#[test]
fn whoever_is_stepped() {
    let mut scene = Scene::start(deeds(&["handle:10", "spin", "exit:5"]));
    assert_eq!(scene.line(), "ready");
    for _ in 0..50 {
        let (told, hears) = channel();
        let events = EngineEvent::Quiesce | EngineEvent::SignalCore;
        let (attachment, attached) = attach(
            &scene,
            Tells { events, answer: ResumeAction::SingleStep, call: SyscallAction::Run, told },
        );
        attached.control(ResumeAction::SingleStep).unwrap();
        assert!((0..20).all(|_| hears.recv() == Ok(EngineEvent::SignalCore)));
        attachment.let_go();
    }
    assert_eq!(scene.disturbed(), Vec::<String>::new());
    kill_process(pid(&scene), Signal::USR1).unwrap();
    assert_eq!(scene.rest(), ["spin: over"]);
    assert_eq!(verdict(scene.wait()), "code 5");
}

/// The step may be into a call that waits. The call goes on.
#[test]
fn whoever_is_stepped_into_a_call_that_waits() {
    let mut scene = Scene::start(deeds(&["handle:10", "spin", "wait", "exit:5"]));
    assert_eq!(scene.line(), "ready");
    let (told, hears) = channel();
    let (events, answer) = (EngineEvents::SIGNALS | EngineEvent::Quiesce, ResumeAction::SingleStep);
    let (attachment, attached) = attach(&scene, Tells { events, answer, call: SyscallAction::Run, told });
    attached.control(ResumeAction::SingleStep).unwrap();
    assert_eq!(hears.recv(), Ok(EngineEvent::SignalCore));
    kill_process(pid(&scene), Signal::USR1).unwrap();
    assert_eq!(scene.line(), "spin: over");
    assert_eq!(scene.line(), "ready");
    let waits = format!("{} ", libc::SYS_epoll_wait);
    let call = || std::fs::read_to_string(format!("/proc/{}/syscall", scene.pid())).unwrap();
    while !call().starts_with(&waits) {
        std::thread::yield_now();
    }
    attachment.let_go();
    assert_eq!(scene.disturbed(), Vec::<String>::new());
    scene.give();
    assert_eq!(scene.rest(), ["wait: served"]);
    assert_eq!(verdict(scene.wait()), "code 5");
}

pub(crate) fn pid(scene: &Scene) -> Pid {
    Pid::from_raw(scene.pid().as_raw()).unwrap()
}

/// What /proc says: `T`, `S`, …
fn state(scene: &Scene) -> char {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", scene.pid())).unwrap();
    stat.rsplit(") ").next().unwrap().chars().next().unwrap()
}

/// What its parent, this process, is told; nothing, if there is nothing new.
fn news(scene: &Scene, options: WaitOptions) -> Option<String> {
    let status = waitpid(Some(pid(scene)), options | WaitOptions::NOHANG).unwrap();
    status.map(|(_, status)| match status {
        status if status.stopped() => format!("stopped {}", status.stopping_signal().unwrap()),
        status if status.continued() => "continued".to_owned(),
        other => format!("{other:?}"),
    })
}

/// A process that is stopped stays so, and its parent hears of that once; SIGCONT ends it, with us and without.
#[test]
fn whoever_is_stopped() {
    let mut scene = Scene::start(tracee("pending"));
    assert_eq!(scene.line(), "ready");
    kill_process(pid(&scene), Signal::STOP).unwrap();
    let (_, stopped) = waitpid(Some(pid(&scene)), WaitOptions::UNTRACED).unwrap().unwrap();
    assert_eq!(stopped.stopping_signal(), Some(Signal::STOP.as_raw()));
    for _ in 0..50 {
        let attachment = scene.attach_quietly(Supervisor::builder()).unwrap();
        assert_eq!(state(&scene), 't');
        attachment.let_go();
        settles(&scene, 'T');
        assert_eq!(news(&scene, WaitOptions::UNTRACED), None);
    }
    kill_process(pid(&scene), Signal::CONT).unwrap();
    assert_eq!(news(&scene, WaitOptions::CONTINUED).as_deref(), Some("continued"));
    // Stopped, continued and stopped again under an attachment.
    let attachment = scene.attach_quietly(Supervisor::builder()).unwrap();
    for (signal, state) in [(Signal::STOP, 't'), (Signal::CONT, 'S'), (Signal::STOP, 't')] {
        kill_process(pid(&scene), signal).unwrap();
        settles(&scene, state);
    }
    attachment.let_go();
    settles(&scene, 'T');
    assert_eq!(news(&scene, WaitOptions::UNTRACED).as_deref(), Some("stopped 19"));
    kill_process(pid(&scene), Signal::CONT).unwrap();
    scene.give();
    assert_eq!(scene.rest(), ["12 -1 7", "40 -1 1", "40 -1 2"]);
    assert_eq!(verdict(scene.wait()), "code 0");
}

/// Waits until its state is this one in many looks.
fn settles(scene: &Scene, expected: char) {
    let mut n = 0;
    while n < 50 {
        n = if state(scene) == expected { n + 1 } else { 0 };
        std::thread::yield_now();
    }
}

/// A signal that is blocked and pending stays so, and brings what it was sent with.
#[test]
fn a_signal_that_waits() {
    let mut scene = Scene::start(tracee("pending"));
    assert_eq!(scene.line(), "ready");
    for _ in 0..20 {
        scene.attach_quietly(Supervisor::builder()).unwrap().let_go();
    }
    scene.give();
    assert_eq!(scene.rest(), ["12 -1 7", "40 -1 1", "40 -1 2"]);
    assert_eq!(verdict(scene.wait()), "code 0");
}
