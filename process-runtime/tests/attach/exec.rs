//! Attached to while threads of the process execute programs.

use process_runtime::Supervisor;

use super::support::{Scene, tracee, verdict};

/// The thread that is about to be seized may be of a process whose exec waits for one that was seized before.
///
/// Whoever is there has been found, or was born and has had a `clone`; who has gone in an exec has had its `free`.
fn seized_in_an_exec(who: &str) {
    let mut command = tracee("exec_again");
    command.args(["1000000", "40", who]);
    let mut scene = Scene::start(command);
    assert_eq!(scene.line(), "ready");
    let mut executed = 0;
    let mut attached = 0;
    // An attachment rarely falls into an exec; but it does in so many.
    while executed < 40 || attached < 150 {
        let attachment = scene.attach(Supervisor::builder()).unwrap();
        attached += 1;
        attachment.tasks().unwrap();
        attachment.let_go();
        executed = scene.recorder.trace().count("exec");
    }
    scene.give();
    let trace = scene.recorder.trace();
    assert_eq!(trace.faults_of_lives(), Vec::<String>::new(), "in\n{trace}");
    assert_eq!(scene.notices(), Vec::<String>::new());
    assert_eq!(verdict(scene.wait()), "code 7");
}

#[test]
fn of_a_leader() {
    seized_in_an_exec("leader");
}

#[test]
fn of_another_thread() {
    seized_in_an_exec("thread");
}

/// Leaders die, and threads take their places that nobody has seized yet, or has just seized in their exec, all the while that they
/// are being looked for. Each has one life all the same, each process one end, and so has the tree.
#[test]
fn leaders_that_vanish() {
    for _ in 0..40 {
        let mut command = tracee("replaced");
        command.arg("6");
        let mut scene = Scene::start(command);
        assert_eq!(scene.line(), "ready");
        let attachment = scene.attach(Supervisor::builder()).unwrap();
        scene.end_input();
        let recorder = scene.recorder.clone();
        assert_eq!(verdict(scene.end(attachment)), "code 5");
        let trace = recorder.trace();
        assert_eq!(trace.faults(), Vec::<String>::new(), "in\n{}", trace.with_ends());
    }
}
