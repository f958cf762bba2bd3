//! Tasks that come by at a trap which is not theirs, and what is made of a program's text.

use std::sync::{Arc, Mutex};

use process_runtime::{
    Attach, Builder, Engine, EngineEvent, EngineEvents, Report, ResumeAction, Resumption, Role, SignalAction,
    SignalAnswer, SignalReport, Supervisor, TaskExt,
};
use rustix::process::{Pid, Signal, kill_process};
use watchers::{EventKind, Task, TaskId};

use super::subject::{Log, Subject, state, task_of, until_blocked};

/// `passes`, with its two threads.
struct Two {
    subject: Subject,
    a: (i32, TaskId),
    b: (i32, TaskId),
}

const TEXTS: [&[&str]; 4] = [&["libc"], &["odd"], &["page"], &["block", "libc"]];

impl Two {
    fn start(builder: Builder, args: &[&str]) -> Two {
        let mut subject = Subject::start(builder, "passes", args);
        let mut tids = [subject.line(), subject.line()];
        tids.sort();
        let [a, b] = tids.map(|line| line[2..].parse::<i32>().unwrap());
        let task = |tid| (tid, task_of(&subject.session, tid));
        let (a, b) = (task(a), task(b));
        let two = Two { subject, a, b };
        two.until_both_wait();
        two
    }

    fn until_both_wait(&self) {
        [self.a, self.b].into_iter().for_each(|(tid, _)| until_blocked(tid, libc::SYS_epoll_wait));
        // In pthread_create(3) it would block every signal, and no trap could be put into the text that it shares.
        until_blocked(self.subject.pid(), libc::SYS_read);
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_raw(self.subject.pid()).unwrap(), signal).unwrap();
    }

    fn finish(mut self) -> Vec<String> {
        self.subject.give("q");
        self.subject.finish()
    }
}

fn mask(args: &[&str]) -> &'static str {
    if args[0] == "block" { "blocked" } else { "free" }
}

/// Two threads that wait at one point; work is for the other one.
#[test]
fn a_thread_that_is_not_meant_passes() {
    for args in TEXTS {
        let (mut two, mask) = (Two::start(Supervisor::builder(), args), mask(args));
        two.subject.notify_of(two.a.1, "a");
        for _ in 0..3 {
            two.subject.give("b");
            two.subject.expect(&format!("b: 1, SIGTRAP {mask}"));
            two.until_both_wait();
        }
        two.subject.log.write("now");
        two.subject.give("a");
        two.subject.expect(&format!("a: 1, SIGTRAP {mask}"));
        two.until_both_wait();
        two.subject.give("a");
        two.subject.expect(&format!("a: 1, SIGTRAP {mask}"));
        assert_eq!(two.finish(), ["now", "a: user mode, 1"], "{args:?}");
    }
}

/// The trap of two tasks is one, and stays for the second.
#[test]
fn two_who_are_meant_share_a_trap() {
    for args in TEXTS {
        let (mut two, mask) = (Two::start(Supervisor::builder(), args), mask(args));
        two.subject.notify_of(two.a.1, "a");
        two.subject.notify_of(two.b.1, "b");
        two.subject.give("b");
        two.subject.expect(&format!("b: 1, SIGTRAP {mask}"));
        two.subject.log.write("then");
        two.until_both_wait();
        two.subject.give("b");
        two.subject.expect(&format!("b: 1, SIGTRAP {mask}"));
        two.subject.give("a");
        two.subject.expect(&format!("a: 1, SIGTRAP {mask}"));
        assert_eq!(two.finish(), ["b: user mode, 1", "then", "a: user mode, 1"], "{args:?}");
    }
}

/// A child has its creator's text, traps included: in a copy, where they are taken away, or the same, where it passes.
#[test]
fn children_that_are_made_meanwhile() {
    for (args, way) in TEXTS.into_iter().flat_map(|args| ["f", "v"].map(|way| (args, way))) {
        let mut two = Two::start(Supervisor::builder(), args);
        two.subject.notify_of(two.a.1, "a");
        two.subject.give(way);
        two.subject.expect(&format!("{way}: code 3"));
        two.subject.log.write("then");
        two.subject.give("a");
        two.subject.expect(&format!("a: 1, SIGTRAP {}", mask(args)));
        assert_eq!(two.finish(), ["then", "a: user mode, 1"], "{args:?} {way}");
    }
}

/// What a call that was interrupted has answered: libc's or the kernel's.
fn interrupted(args: &[&str]) -> &'static str {
    if args.contains(&"libc") { "-1" } else { "-4" }
}

/// A handler makes the same call, from elsewhere. The work is done before that, and its task's trap is no more.
#[test]
fn a_handler_that_comes_by_the_same_point() {
    for args in [["libc"], ["odd"], ["page"]] {
        let mut two = Two::start(Supervisor::builder(), &args);
        two.subject.notify_of(two.a.1, "a");
        two.subject.notify_of(two.b.1, "b");
        two.signal(Signal::USR1);
        two.subject.expect(&format!("a: {}, SIGTRAP free", interrupted(&args)));
        two.subject.log.write("then");
        two.subject.give("b");
        two.subject.expect("b: 1, SIGTRAP free");
        let done = two.finish();
        assert!(done[0].starts_with("a: user mode, "), "{args:?} {done:?}");
        assert_eq!(done[1..], ["then", "b: user mode, 1"], "{args:?}");
    }
}

/// The image is gone with the traps, whoever made the exec. A thread that dies in it has its work done at its exit.
#[test]
fn an_exec_meanwhile() {
    for args in TEXTS {
        let mut two = Two::start(Supervisor::builder(), args);
        two.subject.notify_of(two.a.1, "a");
        two.subject.give("x");
        assert_eq!(two.subject.finish(), ["a: exit"], "{args:?}");
    }
}

/// The leader waits at a trap, and dies in another thread's exec.
#[test]
fn an_exec_by_another_thread_than_the_leader() {
    for args in TEXTS {
        let mut two = Two::start(Supervisor::builder(), args);
        two.subject.give("e");
        let line = two.subject.line();
        assert!(line.starts_with("e "), "{line}");
        let pid = two.subject.pid();
        let executes = line[2..].parse().unwrap();
        until_blocked(pid, libc::SYS_read);
        until_blocked(executes, libc::SYS_rt_sigtimedwait);
        two.subject.notify("leader");
        let executor = task_of(&two.subject.session, executes);
        two.subject.notify_of(executor, "executor");
        two.signal(Signal::USR2);
        let mut done = two.subject.finish();
        done.sort();
        assert_eq!(done, ["executor: user mode, 12", "leader: exit"], "{args:?}");
    }
}

/// It is stopped with its group while it waits, and continued.
#[test]
fn a_group_stop_meanwhile() {
    for args in TEXTS {
        let mut two = Two::start(Supervisor::builder(), args);
        two.subject.notify_of(two.a.1, "a");
        two.signal(Signal::STOP);
        while [two.a.0, two.b.0, two.subject.pid()].into_iter().any(|tid| state(tid) == 'S') {
            std::thread::yield_now();
        }
        (0..20).for_each(|_| drop(two.subject.session.supervisor.tasks().unwrap()));
        assert_eq!(two.subject.log.lines(), Vec::<String>::new());
        two.signal(Signal::CONT);
        two.subject.give("a");
        // KERNEL: a stop makes epoll_wait answer EINTR, with us and without. Only whoever is interrupted for its work in the same
        // moment makes the call again, as if it had come to it afterwards.
        let said = |name: &str, result: &str| format!("{name}: {result}, SIGTRAP {}", mask(args));
        let [ready, a, b] = [said("a", "1"), said("a", interrupted(args)), said("b", interrupted(args))];
        let mut lines = Vec::new();
        while ![&ready, &b].into_iter().all(|line| lines.contains(line)) {
            lines.push(two.subject.line());
        }
        if let Some(at) = lines.iter().position(|line| *line == a) {
            lines.remove(at);
        }
        lines.sort();
        assert_eq!(lines, [ready, b], "{args:?}");
        let done = two.finish();
        assert_eq!(done.len(), 1, "{args:?} {done:?}");
    }
}

/// A trap of the program's own reaches it, also where one of ours has been.
#[test]
fn a_trap_of_the_programs_own() {
    let mut two = Two::start(Supervisor::builder(), &["libc"]);
    two.subject.notify_of(two.a.1, "a");
    two.subject.give("i");
    two.subject.expect("i: 1");
    two.subject.give("a");
    two.subject.expect("a: 1, SIGTRAP free");
    two.subject.give("i");
    two.subject.expect("i: 2");
    assert_eq!(two.finish(), ["a: user mode, 1"]);
}

/// What is read through our own doors is the program's text, and what is written there stays.
#[test]
fn text_that_is_read_and_written_meanwhile() {
    let seen = Log::default();
    let (writer, point): (_, Arc<Mutex<Option<u64>>>) = (seen.clone(), Arc::default());
    let known = point.clone();
    let builder = Supervisor::builder().observe(EventKind::Uid, move |task: &Task, _, _| {
        let (stopped, point) = (task.stopped().unwrap(), known.lock().unwrap().unwrap());
        writer.write(format!("{:x?}", stopped.read_value::<[u8; 4]>(point).unwrap()));
        // mov eax, 7, and the ret that is there already.
        stopped.write(point - 2, &[0x0f, 0x05, 0xb8, 7, 0, 0, 0, 0xc3]).unwrap();
        writer.write(format!("{:x?}", stopped.read_value::<[u8; 6]>(point).unwrap()));
        // Somebody who is stopped makes a call while others wait at traps.
        writer.write(format!("{}", stopped.call(libc::SYS_getpid, [0; 6]).unwrap() > 0));
    });
    let mut two = Two::start(builder, &["page"]);
    let call = std::fs::read_to_string(format!("/proc/{}/syscall", two.a.0)).unwrap();
    let returns_to = call.split_whitespace().last().unwrap().strip_prefix("0x").unwrap();
    *point.lock().unwrap() = Some(u64::from_str_radix(returns_to, 16).unwrap());
    two.subject.notify_of(two.a.1, "a");
    two.subject.give("ub");
    two.subject.expect("b: 1, SIGTRAP free");
    two.subject.give("a");
    two.subject.expect("a: 7, SIGTRAP free");
    assert_eq!(two.finish(), ["a: user mode, 1"]);
    // lea (%rax), %rax; ret.
    assert_eq!(seen.lines(), ["[48, 8d, 0, c3]", "[b8, 7, 0, 0, 0, c3]", "true"]);
}

/// The work itself may have its task make calls, from the trap.
#[test]
fn work_that_makes_calls() {
    for args in TEXTS {
        let mut two = Two::start(Supervisor::builder(), args);
        let log = two.subject.log.clone();
        let work = move |at: &mut Resumption<'_>| {
            let (task, tid) = (at.stopped().unwrap(), at.task().tid().unwrap());
            let got = task.call(libc::SYS_gettid, [0; 6]).unwrap();
            log.write(format!("{} {}", got == i64::from(tid.as_raw()), task.register(Role::Result).unwrap()));
        };
        two.subject.notify_of(two.b.1, "b");
        two.subject.session.supervisor.handle().notify_resume(two.a.1, work).unwrap();
        two.subject.give("a");
        two.subject.expect(&format!("a: 1, SIGTRAP {}", mask(args)));
        two.subject.give("b");
        two.subject.expect(&format!("b: 1, SIGTRAP {}", mask(args)));
        assert_eq!(two.finish(), ["true 1", "b: user mode, 1"], "{args:?}");
    }
}

/// Steps its task from the end of the call on in which it waits, and writes down how far each step has gone.
struct Steps(Log, Option<u64>, usize);

impl Engine for Steps {
    fn events(&self) -> EngineEvents {
        EngineEvent::SyscallExit | EngineEvent::SignalCore | EngineEvent::Signal | EngineEvent::Quiesce
    }

    fn report_quiesce(&mut self, at: &mut Report<'_>, _event: Option<EngineEvent>) -> ResumeAction {
        at.unchanged()
    }

    fn report_syscall_exit(&mut self, at: &mut Report<'_>, result: i64) -> ResumeAction {
        // Of one byte, which it is given; there may be others before that.
        if result != 1 || self.1.is_some() {
            return at.unchanged();
        }
        self.1 = Some(at.stopped().unwrap().register(Role::Instruction).unwrap());
        ResumeAction::SingleStep
    }

    fn report_signal(&mut self, at: &mut Report<'_>, signal: &SignalReport) -> SignalAnswer {
        let instruction = at.stopped().unwrap().register(Role::Instruction).unwrap();
        // Pages are anywhere.
        self.0.write(format!("{}", instruction.wrapping_sub(self.1.unwrap()) % 4096));
        self.2 += 1;
        let resume = if self.2 < 4 { ResumeAction::SingleStep } else { ResumeAction::Resume };
        SignalAnswer { action: SignalAction::Ign, ..signal.answer(resume) }
    }
}

/// An engine's steps go past a trap as if it were not there, one instruction each.
#[test]
fn steps_of_an_engine() {
    for args in [["libc"], ["odd"], ["page"]] {
        let [without, with] = [false, true].map(|is_armed| {
            let mut two = Two::start(Supervisor::builder(), &args);
            let log = Log::default();
            let handle = two.subject.session.supervisor.handle();
            handle.attach(two.b.1, Steps(log.clone(), None, 0), Attach::Shared).unwrap();
            two.until_both_wait();
            if is_armed {
                two.subject.notify_of(two.a.1, "a");
            }
            two.subject.give("b");
            two.subject.expect("b: 1, SIGTRAP free");
            two.subject.give("a");
            two.subject.expect("a: 1, SIGTRAP free");
            assert_eq!(two.finish().len(), usize::from(is_armed), "{args:?}");
            log.lines()
        });
        assert!(without.len() == 4 && with == without, "{args:?}: {without:?} {with:?}");
    }
}
