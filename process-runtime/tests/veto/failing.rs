//! Forks that the kernel fails after `init` was told: FREE(failed) with its errno.

use super::support::{
    Feature, Mode, as_nobody_special, elsewhere, is_elsewhere, lines, plain, require, run, tracee,
    tracee_path,
};

fn without_ids(trace: &super::support::Trace) -> super::support::Lines {
    let kept =
        trace.whole().0.into_iter().filter(|line| !line.starts_with("uid") && !line.starts_with("gid"));
    lines(kept.collect::<Vec<_>>().join("\n"))
}

fn limits_and_bad_flags() {
    let expected = lines(
        "init 1
        clone 1
        exec 1 nproc
        init 1>2 SIGCHLD
        free 2 failed EAGAIN
        init 1>3 CLONE_VM|CLONE_VFORK|SIGCHLD
        free 3 failed EAGAIN
        init 1>4 CLONE_VM|CLONE_THREAD
        free 4 failed EAGAIN
        init 1>5 CLONE_THREAD|SIGCHLD
        free 5 failed EINVAL
        init 1>6 SIGCHLD
        free 6 failed EINVAL
        init 1>7 SIGCHLD
        clone 1>7
        exit 7 code 0
        free 7 code 0
        exit 1 code 0
        free 1 code 0",
    );
    for mode in Mode::ALL {
        let run = run(mode, tracee("nproc"));
        assert_eq!(
            (without_ids(&run.trace), run.verdict),
            (expected.clone(), plain(tracee("nproc"))),
            "{mode:?}"
        );
    }
}

#[test]
fn at_a_limit_and_with_bad_flags() {
    limits_and_bad_flags();
}

#[test]
fn at_a_limit_under_an_ordinary_supervisor() {
    let name = "failing::at_a_limit_under_an_ordinary_supervisor";
    if !is_elsewhere(name) {
        if !require(Feature::AnotherUser) {
            return;
        }
        tracee_path("nproc");
    }
    if elsewhere(name, as_nobody_special) {
        limits_and_bad_flags();
    }
}
