//! Who is found, in which order, and what is told of them afterwards.

use std::process::{Command, Stdio};

use process_runtime::Supervisor;

use watchers::Pid;

use super::cycles::missing;
use super::support::{Scene, elsewhere, lines, tracee, verdict};

/// Each task once, parents before children and leaders before threads; then their ends, one each. No `init`, no `clone`.
#[test]
fn each_task_of_a_tree() {
    let mut scene = Scene::start(tracee("family"));
    assert_eq!(scene.line(), "ready");
    let attachment = scene.attach(Supervisor::builder()).unwrap();
    let found = scene.recorder.trace();
    assert_eq!(found.whole(), lines("found 1\nfound 1>2\nfound 1>3\nfound 3>4"));
    assert_eq!(attachment.tasks().unwrap().len(), 4);
    scene.give();
    let recorder = scene.recorder.clone();
    assert_eq!(verdict(scene.end(attachment)), "code 5");
    let trace = recorder.trace();
    assert_eq!(trace.faults(), Vec::<String>::new(), "in\n{trace}");
    let expected = "
        found 1\nexit 1 code 5\nfree 1 code 5
        found 1>2\nexit 2 code 0\nfree 2 code 0
        found 1>3\nexit 3 code 3\nfree 3 code 3
        found 3>4\nexit 4 code 0\nfree 4 code 0";
    assert_eq!(trace.by_task(), lines(expected));
}

/// It is let go and attached to again and again, and lives on by itself in the end.
#[test]
fn a_tree_that_is_let_go_lives_on() {
    let mut scene = Scene::start(tracee("family"));
    assert_eq!(scene.line(), "ready");
    for _ in 0..20 {
        let attachment = scene.attach(Supervisor::builder()).unwrap();
        let handle = attachment.handle();
        assert_eq!(handle.tasks().unwrap().len(), 4);
        attachment.let_go();
        assert_eq!(scene.disturbed(), Vec::<String>::new());
        assert!(handle.tasks().is_err());
    }
    scene.give();
    let trace = scene.recorder.trace();
    assert_eq!(trace.faults_of_lives(), Vec::<String>::new(), "in\n{trace}");
    assert_eq!(trace.entries.len(), 80, "{trace}");
    assert_eq!(verdict(scene.wait()), "code 5");
}

/// A child of a fork that began before its creator was seized: the kernel does not trace it, nor report it.
#[test]
fn a_child_of_a_fork_that_was_under_way() {
    let mut scene = Scene::start(tracee("slow_fork"));
    assert_eq!(scene.line(), "ready");
    for _ in 0..20 {
        scene.give();
        assert_eq!(scene.line(), "go");
        let attachment = scene.attach(Supervisor::builder()).unwrap();
        assert_eq!(scene.line(), "forked");
        assert_eq!(missing(scene.pid().as_raw()), Vec::<String>::new());
        attachment.let_go();
        scene.give();
        assert_eq!(scene.line(), "gone");
    }
    let trace = scene.recorder.trace();
    assert_eq!(trace.faults_of_lives(), Vec::<String>::new(), "in\n{trace}");
    // Both tasks each time, whatever was seen of the birth.
    assert_eq!(trace.tasks.len(), 40, "{trace}");
    assert_eq!(verdict(scene.wait()), "code 0");
}

/// A leader that is dead already is found, and not seized; its end is told after that of its last thread.
#[test]
fn a_leader_that_is_dead() {
    for (how, code) in [("return", "code 0"), ("exit", "code 6")] {
        let mut command = tracee("dead_leader");
        command.arg(how);
        let mut scene = Scene::start(command);
        assert_eq!(scene.line(), "ready");
        let attachment = scene.attach(Supervisor::builder()).unwrap();
        assert_eq!(scene.recorder.trace().whole(), lines("found 1 dead\nfound 1>2\nfound 1>3"), "{how}");
        scene.give();
        let recorder = scene.recorder.clone();
        assert_eq!(verdict(scene.end(attachment)), code, "{how}");
        let trace = recorder.trace();
        assert_eq!(trace.faults(), Vec::<String>::new(), "in\n{trace}");
        let expected = format!(
            "found 1 dead\nfound 1>2\nfound 1>3\nexit 3 code 0\nfree 3 code 0\nexit 2 {code}\nfree 2 {code}
            exit 1 {code} late\nfree 1 {code}\ngroup_dead 1 {code}"
        );
        assert_eq!(trace.with_ends(), lines(expected), "{how}");
    }
}

/// It is replaced by a thread of its that executes a program; and it is let go like anybody else.
#[test]
fn a_dead_leader_that_is_replaced() {
    let mut command = tracee("dead_leader");
    command.arg("exec");
    let mut scene = Scene::start(command);
    assert_eq!(scene.line(), "ready");
    scene.attach_quietly(Supervisor::builder()).unwrap().let_go();
    assert_eq!(scene.disturbed(), Vec::<String>::new());
    let attachment = scene.attach(Supervisor::builder()).unwrap();
    scene.give();
    let recorder = scene.recorder.clone();
    assert_eq!(verdict(scene.end(attachment)), "code 4");
    let trace = recorder.trace();
    assert_eq!(trace.faults(), Vec::<String>::new(), "in\n{trace}");
    let expected = "found 1 dead\nfound 1>2\nfound 1>3\nexit 3 code 0\nfree 3 code 0
        exit 1 code 0 late\nfree 1 code 0\nexec 2 sh as 1\nexit 2 code 4\nfree 2 code 4";
    assert_eq!(trace.whole(), lines(expected));
}

/// The same command as a child of a shell.
fn below_a_shell(command: Command) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", "\"$@\"; exit $?", "sh"]).arg(command.get_program()).args(command.get_args());
    shell.envs(command.get_envs().filter_map(|(key, value)| Some((key, value?)))).stdin(Stdio::null());
    shell
}

/// We may descend from the one that we attach to: we are left out, and what we have made.
#[test]
fn not_we_ourselves() {
    if !elsewhere("found::not_we_ourselves", below_a_shell) {
        return;
    }
    let mut scene = Scene::start(tracee("family"));
    assert_eq!(scene.line(), "ready");
    let parent = Pid::from_raw(rustix::process::getppid().unwrap().as_raw_pid()).unwrap();
    let attachment = Supervisor::builder().attach(parent).unwrap();
    let (own, family) = (std::process::id() as i32, scene.pid().as_raw());
    let pids: Vec<i32> = attachment.tasks().unwrap().iter().map(|task| task.pid.unwrap().as_raw()).collect();
    assert!(pids.contains(&parent.as_raw()));
    assert!(!pids.contains(&own) && !pids.contains(&family), "{pids:?}");
    attachment.let_go();
    scene.give();
    assert_eq!(verdict(scene.wait()), "code 5");
}
