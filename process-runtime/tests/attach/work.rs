//! Work for the return to user mode of tasks that were found.

use std::sync::mpsc::{Sender, channel};

use process_runtime::{Attachment, Resumption, Supervisor, Way};
use rustix::process::{Signal, kill_process};

use super::going_on::{deeds, pid};
use super::support::{Scene, verdict};

/// Gives the one task that is there work, which tells on which way it is done.
fn give_work(attachment: &Attachment, told: Sender<Way>) {
    let tasks = attachment.tasks().unwrap();
    assert_eq!(tasks.len(), 1);
    let work = move |at: &mut Resumption<'_>| told.send(at.way()).unwrap();
    attachment.handle().notify_resume(tasks[0].id, work).unwrap();
}

#[test]
fn is_done_when_a_call_that_waits_has_ended() {
    let mut scene = Scene::start(deeds(&["handle:10", "wait", "call", "spin", "exit:5"]));
    assert_eq!(scene.line(), "ready");
    let attachment = scene.attach_quietly(Supervisor::builder()).unwrap();
    let (told, hears) = channel();
    give_work(&attachment, told);
    scene.give();
    assert_eq!(hears.recv(), Ok(Way::ToUserMode));
    // It lives until it is let go: a child of ours that ends before that is reaped by its tracer, which is of our process too.
    attachment.let_go();
    assert_eq!(scene.disturbed(), Vec::<String>::new());
    kill_process(pid(&scene), Signal::USR1).unwrap();
    assert_eq!(scene.rest(), ["wait: served", "call: made", "ready", "spin: over"]);
    assert_eq!(verdict(scene.wait()), "code 5");
}

#[test]
fn is_done_at_once_for_a_task_that_runs() {
    let mut scene = Scene::start(deeds(&["handle:10", "spin", "exit:5"]));
    assert_eq!(scene.line(), "ready");
    let attachment = scene.attach_quietly(Supervisor::builder()).unwrap();
    for _ in 0..100 {
        let (told, hears) = channel();
        give_work(&attachment, told);
        assert_eq!(hears.recv(), Ok(Way::ToUserMode));
    }
    attachment.let_go();
    kill_process(pid(&scene), Signal::USR1).unwrap();
    assert_eq!(scene.rest(), ["spin: over"]);
    assert_eq!(verdict(scene.wait()), "code 5");
}

/// Nobody waits for a call to end: what is left is done without the task.
#[test]
fn is_done_without_the_task_where_that_is_let_go() {
    let mut scene = Scene::start(deeds(&["wait", "call", "exit:5"]));
    assert_eq!(scene.line(), "ready");
    for _ in 0..50 {
        let attachment = scene.attach_quietly(Supervisor::builder()).unwrap();
        let (told, hears) = channel();
        give_work(&attachment, told);
        attachment.let_go();
        assert_eq!(hears.recv(), Ok(Way::Gone));
    }
    assert_eq!(scene.disturbed(), Vec::<String>::new());
    scene.give();
    assert_eq!(scene.rest(), ["wait: served", "call: made"]);
    assert_eq!(verdict(scene.wait()), "code 5");
}
