//! System calls that a signal interrupts.

use super::same_with_and_without;

#[test]
fn by_a_signal_that_is_handled() {
    same_with_and_without("restart", &["handled"]);
}

/// KERNEL: only a traced task is woken by a signal that it ignores; calls that do not restart by themselves
/// (epoll_wait, semop) must be made to.
#[test]
fn by_a_signal_that_is_ignored() {
    same_with_and_without("restart", &["ignored"]);
}
