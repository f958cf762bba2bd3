//! Forks of a tree that was attached to: refused from the first stop on, and let go in the middle of it.

use process_runtime::Supervisor;
use watchers::{Errno, Verdict};

use super::support::{Scene, tracee, verdict};
use super::watching::answering;

/// Whatever is under way when a task is let go is put right: a fork makes a child or fails with the errno, registers and memory are
/// what they were, in the child too, and the flag that would have kept the child from us is back.
#[test]
fn let_go_in_the_middle_of_a_refusal() {
    for answer in [Verdict::deny(Errno::ENFILE), Verdict::GO] {
        let mut scene = Scene::start(tracee("forks"));
        assert_eq!(scene.line(), "ready");
        for _ in 0..100 {
            let (builder, heard) = answering(Supervisor::builder(), [answer, Verdict::GO, Verdict::GO]);
            let attachment = scene.attach_quietly(builder).unwrap();
            // The first is of a fork that began before the first stop: it is told late, and cannot be refused.
            while heard.of().len() < 8 {
                std::thread::yield_now();
            }
            attachment.let_go();
        }
        assert_eq!(scene.disturbed(), Vec::<String>::new());
        scene.give();
        let refused = if answer == Verdict::GO { "none refused" } else { "some refused" };
        assert_eq!(scene.rest(), ["some made", refused, "0 wrong"]);
        assert_eq!(verdict(scene.wait()), "code 0");
    }
}
