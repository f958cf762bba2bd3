//! System calls that engines see, refuse, answer and replace.

use process_runtime::{
    Attach, Engine, EngineEvent, EngineEvents, Report, ResumeAction, Syscall, SyscallAction, SyscallAnswer,
    TaskExt,
};
use watchers::{Errno, EventKind, Task};

use super::scripted::{Log, Reply, Scripted, run_deeds};
use super::support::{Mode, lines, run_with, tracee};

const ENTRY: EngineEvent = EngineEvent::SyscallEntry;

/// Which engine has the last word: the first that was attached, as it is called last.
#[test]
fn the_last_answer_holds() {
    for mode in Mode::ALL {
        let log = Log::default();
        let refuse = |_: &str, _: &mut Report<'_>| Reply::Call(SyscallAction::Abort(-1));
        let allow = |_: &str, _: &mut Report<'_>| Reply::Call(SyscallAction::Run);
        let engines = vec![
            Scripted::new("first", ENTRY, &log).answering(allow),
            Scripted::new("second", ENTRY, &log).answering(refuse),
        ];
        let run = run_deeds(mode, &["call"], engines);
        assert_eq!(*run.stdout(), lines("call: made"), "{mode:?}");

        let engines = vec![
            Scripted::new("first", ENTRY, &log).answering(refuse),
            Scripted::new("second", ENTRY, &log).answering(allow),
        ];
        let run = run_deeds(mode, &["call"], engines);
        assert_eq!(*run.stdout(), lines("call: EPERM"), "{mode:?}");
    }
}

/// An engine that only wants QUIESCE is called, and takes nothing back; utrace would.
#[test]
fn a_quiesce_does_not_take_back_an_abort() {
    for mode in Mode::ALL {
        let log = Log::default();
        let answer = |_: &str, _: &mut Report<'_>| Reply::Call(SyscallAction::Abort(200_000_000));
        let engines = vec![
            Scripted::new("quiet", EngineEvent::Quiesce, &log),
            Scripted::new("answers", ENTRY | EngineEvent::SyscallExit, &log).answering(answer),
        ];
        let run = run_deeds(mode, &["call"], engines);
        assert_eq!(*run.stdout(), lines("call: answered"), "{mode:?}");
        let told: Vec<String> =
            log.lines().into_iter().filter(|line| line.starts_with("answers e")).collect();
        assert_eq!(told, ["answers entry", "answers exit of the call: a pid"], "an aborted call has an end");
    }
}

/// Refuses every fork.
struct NoForks;

impl Engine for NoForks {
    fn events(&self) -> EngineEvents {
        ENTRY.into()
    }

    fn report_syscall_entry(&mut self, _at: &mut Report<'_>, call: &Syscall) -> SyscallAnswer {
        let makes_a_task = [libc::SYS_clone, libc::SYS_clone3, libc::SYS_fork, libc::SYS_vfork];
        match makes_a_task.contains(&(call.number as i64)) {
            true => SyscallAnswer::fail(Errno::EPERM),
            false => SyscallAnswer::RUN,
        }
    }
}

/// A fork that an engine has aborted is never made, so watchers hear nothing of it: no init, no free.
#[test]
fn a_fork_that_is_aborted_is_none() {
    for mode in Mode::ALL {
        let builder = mode.builder().observe(EventKind::Exec, |task: &Task, _, _| {
            task.attach(NoForks, Attach::Shared).unwrap();
        });
        let mut command = tracee("deeds");
        command.args(["fork", "vfork"]);
        let run = run_with(builder, command);
        assert_eq!(*run.stdout(), lines("fork: EPERM\nvfork: EPERM"), "{mode:?}");
        assert_eq!(run.trace.count("init"), 1, "{mode:?}: the command's own");
    }
}

/// Without an engine on them, other tasks make their calls at full speed, or at least unseen.
#[test]
fn other_tasks_are_not_told_of() {
    for mode in Mode::ALL {
        let log = Log::default();
        let engine = Scripted::new("of the parent", EngineEvents::SYSCALLS, &log);
        let run = run_deeds(mode, &["fork", "thread", "vfork", "call"], vec![engine]);
        let printed = "fork: code 3\nthread: joined\nvfork: code 3\ncall: made";
        assert_eq!(*run.stdout(), lines(printed), "{mode:?}");
        let expected =
            ["of the parent entry", "of the parent exit of the call: a pid", "of the parent dropped"];
        assert_eq!(log.lines(), expected);
    }
}

/// After its detachment an engine hears nothing, and the other one everything.
#[test]
fn who_detaches_hears_no_more() {
    for mode in Mode::ALL {
        let log = Log::default();
        let leave = |_: &str, _: &mut Report<'_>| Reply::Resume(ResumeAction::Detach);
        let engines = vec![
            Scripted::new("leaves", ENTRY, &log).answering(leave),
            Scripted::new("stays", ENTRY | EngineEvent::Reap, &log),
        ];
        run_deeds(mode, &["call", "call"], engines);
        let expected =
            ["stays entry", "leaves entry", "leaves dropped", "stays entry", "stays reap", "stays dropped"];
        assert_eq!(log.lines(), expected, "{mode:?}");
    }
}

/// An engine that panics is detached and reported, and the task does not notice.
#[test]
fn who_panics_is_detached() {
    for mode in Mode::ALL {
        let log = Log::default();
        let panic = |_: &str, _: &mut Report<'_>| panic!("of no use");
        let engines = vec![Scripted::new("panics", ENTRY, &log).answering(panic)];
        let run = run_deeds(mode, &["call", "call"], engines);
        assert_eq!(*run.stdout(), lines("call: made\ncall: made"), "{mode:?}");
        assert_eq!(log.lines(), ["panics entry", "panics dropped"]);
        let [notice] = &run.notices[..] else { panic!("{:?}", run.notices) };
        assert!(notice.starts_with("an engine engines::scripted::Scripted panicked for task "), "{notice}");
        assert!(notice.ends_with(": of no use"), "{notice}");
    }
}
