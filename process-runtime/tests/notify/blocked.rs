//! A task that waits in a system call is not woken.

use process_runtime::{
    Attach, Engine, EngineEvent, EngineEvents, Report, ResumeAction, Role, Syscall, SyscallAnswer,
};

use super::subject::{Log, Subject, switches, until_blocked};
use super::support::Mode;

/// The calls, and what each answers when it is served.
const CALLS: [(&str, i64, i64); 12] = [
    ("epoll_wait", libc::SYS_epoll_wait, 1),
    ("epoll_pwait2", libc::SYS_epoll_pwait2, 1),
    ("sigtimedwait", libc::SYS_rt_sigtimedwait, 10),
    ("recv", libc::SYS_recvfrom, 1),
    ("futex", libc::SYS_futex, 0),
    ("poll", libc::SYS_poll, 1),
    ("accept", libc::SYS_accept, 0),
    ("connect", libc::SYS_connect, 0),
    ("msgrcv", libc::SYS_msgrcv, 1),
    ("semtimedop", libc::SYS_semtimedop, 0),
    ("io_uring_enter", libc::SYS_io_uring_enter, 0),
    ("read", libc::SYS_read, 1),
];

/// Row: *target in a syscall, blocked: not woken, not interrupted; callback when that syscall is about to return*.
#[test]
fn it_is_not_woken_and_its_work_is_done_when_the_call_returns() {
    for (mode, (call, number, result)) in
        Mode::ALL.into_iter().flat_map(|mode| CALLS.map(|call| (mode, call)))
    {
        let mut subject = Subject::start(mode.builder(), "waits", &[call]);
        subject.expect("ready");
        until_blocked(subject.pid(), number);
        let before = switches(subject.pid());
        subject.notify("work");
        // The request was taken, and it waits as before, also after a while.
        (0..20).for_each(|_| drop(subject.session.supervisor.tasks().unwrap()));
        assert_eq!((switches(subject.pid()), subject.log.lines().len()), (before, 0), "{mode:?} {call}");
        subject.go();
        let line = subject.line();
        assert!(line.starts_with(&format!("{call}: served")), "{mode:?}: {line}");
        let done = subject.finish();
        let expected = if call == "accept" { done[0].clone() } else { format!("work: user mode, {result}") };
        assert_eq!(done, [expected], "{mode:?} {call}");
    }
}

/// Writes down that it is called, and with which result of a call.
struct Quiet(Log);

impl Engine for Quiet {
    fn events(&self) -> EngineEvents {
        EngineEvent::SyscallEntry | EngineEvent::Quiesce
    }

    fn report_quiesce(&mut self, at: &mut Report<'_>, event: Option<EngineEvent>) -> ResumeAction {
        if event.is_none() {
            let result = at.stopped().unwrap().register(Role::Result).unwrap() as i64;
            self.0.write(format!("quiesce, {result}"));
        }
        at.unchanged()
    }

    fn report_syscall_entry(&mut self, _at: &mut Report<'_>, call: &Syscall) -> SyscallAnswer {
        if call.number == libc::SYS_getrusage as u64 {
            self.0.write("getrusage");
        }
        SyscallAnswer::RUN
    }
}

/// An engine that comes while the task waits, and asks for a report, does not wake it either: it is told when the call has
/// ended, and of the next one.
#[test]
fn an_engine_that_comes_does_not_wake_it() {
    for (mode, (call, number, result)) in
        Mode::ALL.into_iter().flat_map(|mode| CALLS.map(|call| (mode, call)))
    {
        let mut subject = Subject::start(mode.builder(), "waits", &[call]);
        subject.expect("ready");
        until_blocked(subject.pid(), number);
        let before = switches(subject.pid());
        let handle = subject.session.supervisor.handle();
        let engine = handle.attach(subject.task, Quiet(subject.log.clone()), Attach::Shared).unwrap();
        assert_eq!(engine.control(ResumeAction::Report), Ok(()));
        (0..20).for_each(|_| engine.barrier().unwrap());
        assert_eq!((switches(subject.pid()), subject.log.lines().len()), (before, 0), "{mode:?} {call}");
        subject.go();
        let line = subject.line();
        assert!(line.starts_with(&format!("{call}: served")), "{mode:?}: {line}");
        let done = subject.finish();
        let quiesce = if call == "accept" { done[0].clone() } else { format!("quiesce, {result}") };
        assert_eq!(done[..2], [quiesce, "getrusage".to_owned()], "{mode:?} {call}");
    }
}
