//! User and pid namespaces: ids and tids are told in the supervisor's.

use super::same_with_and_without;
use super::support::{Feature, lines, require};

#[test]
fn ids_inside_a_user_namespace_are_told_as_outside() {
    if !require(Feature::UserNamespaces) {
        return;
    }
    for (mode, run) in same_with_and_without("userns", &["5000"]) {
        let expected = if rustix::process::geteuid().is_root() {
            "gid 2 0,0,0,0>5003,5003,5003,5003
            uid 2 0,0,0,0>5003,5003,5003,5003"
                .to_owned()
        } else {
            let (uid, gid) = (rustix::process::getuid().as_raw(), rustix::process::getgid().as_raw());
            format!(
                "gid 2 {gid},{gid},{gid},{gid}>{gid},{gid},{gid},{gid}\nuid 2 {uid},{uid},{uid},{uid}>{uid},{uid},{uid},{uid}"
            )
        };
        let changes: Vec<&str> = run
            .trace
            .entries
            .iter()
            .filter(|e| e.kind == "uid" || e.kind == "gid")
            .map(|e| e.text.as_str())
            .collect();
        assert_eq!(lines(changes.join("\n")), lines(expected), "{mode:?}");
    }
}

#[test]
fn a_pid_namespace_ends_with_its_init() {
    if !require(Feature::Root) {
        return;
    }
    let expected = lines(
        "init 1
        clone 1
        exec 1 pidns
        exit 1 code 0
        free 1 code 0
        init 1>2 CLONE_NEWPID|SIGCHLD
        clone 1>2
        exit 2 code 6
        free 2 code 6
        init 2>3 SIGCHLD
        clone 2>3
        exit 3 SIGKILL
        free 3 SIGKILL
        init 2>4 SIGCHLD
        clone 2>4
        exit 4 code 3
        free 4 code 3",
    );
    for (mode, run) in same_with_and_without("pidns", &[]) {
        assert_eq!(run.trace.by_task(), expected, "{mode:?}");
        assert!(run.trace.tasks.iter().all(|life| life.tid > 4), "{mode:?} {:?}", run.trace.tasks);
    }
}
