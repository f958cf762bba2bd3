//! Engines on tasks that were found, which are let go while something is still asked of them.

use process_runtime::{
    Attach, Attachment, Engine, EngineEvent, EngineEvents, Report, ResumeAction, Supervisor, Syscall,
    SyscallAnswer,
};

use super::support::{Scene, tracee, verdict};

/// Wants what a task has to be stopped for, and asks for more each time.
struct Curious;

impl Engine for Curious {
    fn events(&self) -> EngineEvents {
        EngineEvent::SyscallEntry | EngineEvent::Quiesce
    }

    fn report_syscall_entry(&mut self, _at: &mut Report<'_>, call: &Syscall) -> SyscallAnswer {
        SyscallAnswer { resume: ResumeAction::Report, call: call.action }
    }
}

/// An engine on each task. Who has died meanwhile has none.
fn ask_of_everybody(attachment: &Attachment) {
    for task in attachment.tasks().unwrap() {
        if let Ok(engine) = attachment.handle().attach(task.id, Curious, Attach::Shared) {
            let _ = engine.control(ResumeAction::Report);
        }
    }
}

/// An interruption that another stop has taken back is not waited for.
#[test]
fn of_those_who_live_on() {
    let mut command = tracee("alternates");
    command.args(["24285", "3"]);
    let mut scene = Scene::start(command);
    assert_eq!(scene.line(), "ready");
    for _ in 0..60 {
        let attachment = scene.attach_quietly(Supervisor::builder()).unwrap();
        (0..5).for_each(|_| ask_of_everybody(&attachment));
        attachment.let_go();
        assert_eq!(scene.disturbed(), Vec::<String>::new());
    }
    scene.end_input();
    let lines = scene.rest();
    assert!(matches!(&lines[..], [line] if line.starts_with("EINTR 0, early 0, ")), "{lines:?}");
    assert_eq!(verdict(scene.wait()), "code 0");
}
