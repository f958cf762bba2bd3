//! Who cannot be attached to, and what is said then.

use std::process::Command;

use process_runtime::{Error, ErrorKind, Obstacle, Supervisor};
use watchers::{Errno, Pid};

use super::support::{Scene, elsewhere_as_nobody_special, lines, tasks, tracee, verdict};

fn attach(pid: i32) -> Result<(), Error> {
    Supervisor::builder().attach(Pid::from_raw(pid).unwrap()).map(drop)
}

/// What stands in the way, as people read it.
fn why_not(pid: i32) -> String {
    let error = attach(pid).expect_err("nobody can attach to it");
    assert!(matches!(error.kind(), ErrorKind::Attach(_)), "{error}");
    assert_eq!(error.tid().map(|tid| tid.as_raw()), Some(pid));
    error.to_string()
}

#[test]
fn nobody() {
    let mut child = Command::new("true").spawn().unwrap();
    let pid = child.id() as i32;
    child.wait().unwrap();
    assert_eq!(why_not(pid), format!("attach to process {pid}: there is no such process alive"));
    assert_eq!(attach(pid).unwrap_err().raw_os_error(), Some(Errno::ESRCH.as_raw()));
}

/// One that has ended, and that its parent has not waited for.
#[test]
fn a_zombie() {
    let mut scene = Scene::start(Command::new("true"));
    let pid = scene.pid().as_raw();
    assert_eq!(scene.rest(), Vec::<String>::new());
    while !std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap().contains(") Z ") {
        std::thread::yield_now();
    }
    assert_eq!(why_not(pid), format!("attach to process {pid}: there is no such process alive"));
    assert_eq!(verdict(scene.wait()), "code 0");
}

#[test]
fn ourselves() {
    let pid = std::process::id() as i32;
    assert_eq!(why_not(pid), format!("attach to process {pid}: it is this process itself"));
    let thread = rustix::thread::gettid().as_raw_pid();
    assert_eq!(why_not(thread), format!("attach to process {thread}: it is this process itself"));
}

#[test]
fn a_thread() {
    let mut scene = Scene::start(tracee("family"));
    assert_eq!(scene.line(), "ready");
    let pid = scene.pid().as_raw();
    let (_, thread) = tasks(pid).into_iter().find(|(_, tid)| *tid != pid).unwrap();
    let expected =
        format!("attach to process {thread}: it is a thread of process {pid}, which can be attached to");
    assert_eq!(why_not(thread), expected);
    scene.give();
    assert_eq!(verdict(scene.wait()), "code 5");
}

/// Where pid 2 is what it is on a machine: in a container it may be anybody.
#[test]
fn a_thread_of_the_kernel() {
    if std::fs::read_to_string("/proc/2/comm").unwrap_or_default() != "kthreadd\n" {
        return eprintln!("skipped: pid 2 is not a thread of the kernel here");
    }
    assert_eq!(why_not(2), "attach to process 2: it is a thread of the kernel");
}

/// The error names whoever has it, and nobody is told of anything.
#[test]
fn one_that_is_traced() {
    let mut scene = Scene::start(tracee("family"));
    assert_eq!(scene.line(), "ready");
    let first = Supervisor::builder().attach(scene.pid()).unwrap();
    let error = scene.attach(Supervisor::builder()).unwrap_err();
    let ErrorKind::Attach(Obstacle::Traced { tracer, .. }) = error.kind() else { panic!("{error}") };
    let name = std::fs::read_to_string(format!("/proc/self/task/{tracer}/comm")).unwrap();
    assert_eq!(name, "tracer\n");
    assert!(error.to_string().contains(&format!("it has a tracer already, task {tracer} ")), "{error}");
    assert_eq!(scene.recorder.trace().whole(), lines(""));
    first.let_go();
    scene.give();
    assert_eq!(verdict(scene.wait()), "code 5");
}

/// A descendant that somebody else traces is left out, by name, and the others are found.
#[test]
fn a_descendant_that_is_traced_is_left_out() {
    let mut scene = Scene::start(tracee("family"));
    assert_eq!(scene.line(), "ready");
    let pid = scene.pid().as_raw();
    let child = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap();
    let child: i32 = child.trim().parse().unwrap();
    let first = Supervisor::builder().attach(Pid::from_raw(child).unwrap()).unwrap();
    let attachment = scene.attach(Supervisor::builder()).unwrap();
    assert_eq!(scene.recorder.trace().whole(), lines("found 1\nfound 1>2"));
    let notices = scene.notices();
    assert_eq!(notices.len(), 1, "{notices:?}");
    assert!(
        notices[0].starts_with(&format!("task {child} is left out: it has a tracer already, task ")),
        "{notices:?}"
    );
    attachment.let_go();
    first.let_go();
    scene.give();
    assert_eq!(verdict(scene.wait()), "code 5");
}

/// An ordinary user may not attach to root's process, which is told; and may attach to one of their own.
#[test]
fn one_of_another_user() {
    if !elsewhere_as_nobody_special("refused::one_of_another_user") {
        return;
    }
    let parent = rustix::process::getppid().unwrap().as_raw_pid();
    let text = why_not(parent);
    let expected = format!("attach to process {parent}: the kernel does not allow it: it is another user's");
    assert!(text.starts_with(&expected), "{text}");
    let mut scene = Scene::start(tracee("family"));
    assert_eq!(scene.line(), "ready");
    let attachment = scene.attach(Supervisor::builder()).unwrap();
    assert_eq!(attachment.tasks().unwrap().len(), 4);
    scene.give();
    assert_eq!(verdict(scene.end(attachment)), "code 5");
}

/// There is no command of a supervisor that is attached.
#[test]
fn an_attachment_spawns_nothing() {
    let mut scene = Scene::start(tracee("family"));
    assert_eq!(scene.line(), "ready");
    let attachment = scene.attach(Supervisor::builder()).unwrap();
    let error = attachment.handle().spawn(Command::new("true")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Attached);
    drop(attachment);
    scene.give();
    assert_eq!(verdict(scene.wait()), "code 5");
}
