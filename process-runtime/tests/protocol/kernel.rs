//! Rows of the kernel's own refusals: INIT by all watchers, no CLONE, no EXIT, FREE by all with the errno.

use std::os::unix::process::CommandExt;
use std::process::Command;

use super::support::{Feature, Mode, PidsCgroup, lines, plain, require, run_with, tracee};
use super::watching::listening;

/// What the watchers hear of one way of `birthfail`, whose lines must be those that it says unsupervised.
fn told(how: &str, said: &str, heard: &str, prepare: impl Fn(&mut Command)) {
    let command = || {
        let mut command = tracee("birthfail");
        command.arg(how);
        prepare(&mut command);
        command
    };
    let unsupervised = plain(command());
    assert_eq!(unsupervised.stdout, lines(said), "{:?}", unsupervised.stderr);
    for mode in Mode::ALL {
        let (builder, watchers) = listening(mode.builder());
        let run = run_with(builder, command());
        assert_eq!((run.verdict, watchers.trace()), (unsupervised.clone(), lines(heard)), "{mode:?}");
    }
}

#[test]
fn the_flag_check() {
    told(
        "flags",
        "clone: EINVAL
        clone3: EINVAL",
        "abc init 2 CLONE_THREAD|SIGCHLD
        abc free 2 failed EINVAL
        abc init 3 CLONE_SIGHAND|SIGCHLD
        abc free 3 failed EINVAL",
        |_| {},
    );
}

/// KERNEL: root is exempt from RLIMIT_NPROC (kernel/fork.c `copy_process`), so root runs the command as
/// somebody else. Nobody needs to be root for that.
#[test]
fn rlimit_nproc() {
    told(
        "nproc",
        "fork: EAGAIN
        vfork: EAGAIN",
        "abc init 2 SIGCHLD
        abc free 2 failed EAGAIN
        abc init 3 CLONE_VM|CLONE_VFORK|SIGCHLD
        abc free 3 failed EAGAIN",
        |command| {
            if rustix::process::geteuid().is_root() {
                command.uid(54_321).gid(54_321);
            }
        },
    );
}

/// Needs root, or a cgroup of one's own.
#[test]
fn the_limit_of_a_pids_cgroup() {
    if !require(Feature::PidsCgroup) {
        return;
    }
    let cgroup = PidsCgroup::make(1).unwrap();
    told(
        "pids",
        "fork: EAGAIN
        vfork: EAGAIN",
        "abc init 2 SIGCHLD
        abc free 2 failed EAGAIN
        abc init 3 CLONE_VM|CLONE_VFORK|SIGCHLD
        abc free 3 failed EAGAIN",
        |command| {
            command.arg(cgroup.path());
        },
    );
}

/// KERNEL: alloc_pid() answers ENOMEM in a pid namespace whose init has ended (pid_namespaces(7)).
/// Needs root, for the namespace.
#[test]
fn memory() {
    if !require(Feature::Root) {
        return;
    }
    told(
        "memory",
        "the namespace's init: code 0
        a task after it: ENOMEM",
        "abc init 2 SIGCHLD
        abc clone 2 SIGCHLD
        abc exit 2 exit code 0
        abc free 2 exit code 0
        abc init 3 SIGCHLD
        abc free 3 failed ENOMEM",
        |_| {},
    );
}

/// In 2006 this failed before INIT, and FREE came alone. KERNEL: clone now ignores that it cannot write the
/// tid (kernel/fork.c `kernel_clone`), and the child lives.
#[test]
fn put_user_of_clone_parent_settid() {
    told(
        "settid",
        "clone: code 0",
        "abc init 2 CLONE_PARENT_SETTID|SIGCHLD
        abc clone 2 CLONE_PARENT_SETTID|SIGCHLD
        abc exit 2 exit code 0
        abc free 2 exit code 0",
        |_| {},
    );
}

/// As put_user of CLONE_PARENT_SETTID in 2006, but with an INIT: the pidfd's address.
#[test]
fn any_later_step() {
    told(
        "later",
        "no such cgroup: EBADF
        nowhere to put a pidfd: EFAULT
        no room for a pidfd: EMFILE",
        "abc init 2 CLONE_INTO_CGROUP|SIGCHLD
        abc free 2 failed EBADF
        abc init 3 CLONE_PIDFD|SIGCHLD
        abc free 3 failed EFAULT
        abc init 4 CLONE_PIDFD|SIGCHLD
        abc free 4 failed EMFILE",
        |_| {},
    );
}
