//! System calls of tasks that were found: from a task's first stop on, as of those that were spawned.

use std::sync::mpsc::channel;

use process_runtime::{
    Attach, Engine, EngineEvent, EngineEvents, Report, Supervisor, Syscall, SyscallAnswer,
};
use rustix::process::{Pid, Signal, kill_process};

use super::support::{Feature, Scene, lines, require, tracee, verdict};

/// A fork before the first stop is told late; from that stop on, each is told when it begins.
#[test]
fn forks_before_and_after_the_first_stop() {
    let mut command = tracee("deeds");
    command.args(["wait", "fork", "fork", "exit:5"]);
    let mut scene = Scene::start(command);
    assert_eq!(scene.line(), "ready");
    let attachment = scene.attach(Supervisor::builder()).unwrap();
    scene.give();
    let recorder = scene.recorder.clone();
    assert_eq!(verdict(scene.end(attachment)), "code 5");
    let trace = recorder.trace();
    assert_eq!(trace.faults(), Vec::<String>::new(), "in\n{trace}");
    let expected = "found 1
        init 1>2 SIGCHLD late\nclone 1>2\nexit 2 code 3\nfree 2 code 3
        init 1>3 SIGCHLD\nclone 1>3\nexit 3 code 3\nfree 3 code 3
        exit 1 code 5\nfree 1 code 5";
    assert_eq!(trace.whole(), lines(expected));
}

/// What was before a change of ids is known, though nobody has seen how it came to be.
#[test]
fn changes_of_ids() {
    if !require(Feature::Root) {
        return;
    }
    let mut command = tracee("ids_later");
    command.args(["7", "8"]);
    let mut scene = Scene::start(command);
    assert_eq!(scene.line(), "ready");
    let attachment = scene.attach(Supervisor::builder()).unwrap();
    // The stop that system-call stops begin with.
    kill_process(Pid::from_raw(scene.pid().as_raw()).unwrap(), Signal::USR1).unwrap();
    assert_eq!(scene.line(), "handled");
    scene.give();
    let recorder = scene.recorder.clone();
    assert_eq!(verdict(scene.end(attachment)), "code 0");
    let expected = "found 1\nuid 1 7,7,7,7>7,8,7,8\nexit 1 code 0\nfree 1 code 0";
    assert_eq!(recorder.trace().whole(), lines(expected));
}

struct Asks(std::sync::mpsc::Sender<u64>);

impl Engine for Asks {
    fn events(&self) -> EngineEvents {
        EngineEvent::SyscallEntry.into()
    }

    fn report_syscall_entry(&mut self, at: &mut Report<'_>, call: &Syscall) -> SyscallAnswer {
        self.0.send(call.number).unwrap();
        SyscallAnswer { resume: at.unchanged(), call: call.action }
    }
}

/// An engine is attached to a task that was found as to one that was spawned, and the call that it waits in goes on.
#[test]
fn an_engine() {
    let mut command = tracee("deeds");
    command.args(["wait", "call", "exit:5"]);
    let mut scene = Scene::start(command);
    assert_eq!(scene.line(), "ready");
    let attachment = scene.attach(Supervisor::builder()).unwrap();
    let task = attachment.tasks().unwrap()[0].id;
    let (told, hears) = channel();
    attachment.handle().attach(task, Asks(told), Attach::Shared).unwrap();
    scene.give();
    assert_eq!(scene.rest(), ["wait: served", "call: made"]);
    assert_eq!(verdict(scene.end(attachment)), "code 5");
    assert!(hears.iter().any(|number| number == libc::SYS_getppid as u64));
}
