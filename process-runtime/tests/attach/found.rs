//! Who is found, in which order, and what is told of them afterwards.

use process_runtime::Supervisor;

use super::scene::{Scene, verdict};
use super::support::{lines, tracee};

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
