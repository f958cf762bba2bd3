//! SIGKILL at every moment: of whole groups that fork and make threads, and of parents alone.

use super::same_with_and_without;

#[test]
fn groups_that_fork_and_make_threads() {
    for seed in ["1", "2", "3", "4"] {
        same_with_and_without("storm", &["15", "60", seed]);
    }
}

#[test]
fn groups_that_have_just_begun() {
    same_with_and_without("storm", &["40", "4", "5"]);
}

#[test]
fn parents_alone_with_children_of_fork() {
    same_with_and_without("orphan_storm", &["300", "24", "1", "fork"]);
}

#[test]
fn parents_alone_with_children_of_vfork() {
    same_with_and_without("orphan_storm", &["200", "16", "2", "vfork"]);
}

#[test]
fn parents_alone_with_threads() {
    same_with_and_without("orphan_storm", &["200", "16", "3", "thread"]);
}
