//! Ways out of a tree: CLONE_UNTRACED, tasks whose memory cannot be read, nested tracers, io_uring's workers.

use super::same_with_and_without;
use super::support::{Feature, Mode, Run, elsewhere, lines, plain, require, run, tracee};

#[test]
fn an_untraced_clone_is_traced_and_works() {
    let ways = [("clone", ""), ("clone3", ""), ("clone3-only", "CLONE_PIDFD|CLONE_CLEAR_SIGHAND|")];
    for (way, flags) in ways {
        for (mode, run) in same_with_and_without("untraced", &[way, "/bin/true"]) {
            let id = rustix::process::getuid().as_raw();
            let ids = format!("{id},{id},{id},{id}");
            let expected = lines(format!(
                "init 1
                clone 1
                exec 1 untraced
                exit 1 code 0
                free 1 code 0
                init 1>2 {flags}SIGCHLD
                clone 1>2
                uid 2 {ids}>{ids}
                exec 2 true
                exit 2 code 0
                free 2 code 0
                init 2>3 SIGCHLD
                clone 2>3
                exit 3 code 2
                free 3 code 2"
            ));
            assert_eq!(without_the_flag(&run), expected, "{mode:?} {way}");
        }
    }
}

#[test]
fn an_untraced_clone_keeps_its_registers() {
    for (mode, run) in same_with_and_without("untraced", &["registers", ""]) {
        assert_eq!(run.verdict.stdout, lines("kept, child code 0\nkept, child code 0"), "{mode:?}");
    }
}

/// Whether the flag that was taken away is told is the runtime's choice; the rest is not.
fn without_the_flag(run: &Run) -> super::support::Lines {
    lines(run.trace.by_task().to_string().replace("CLONE_UNTRACED|", ""))
}

#[test]
fn an_untraced_clone_is_put_right_where_init_is_not_watched() {
    let command = || {
        let mut command = tracee("untraced");
        command.args(["clone3", "/bin/true"]).stdin(std::process::Stdio::null());
        command
    };
    let expected = plain(command());
    for mode in Mode::ALL {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut command = command();
        command.stdout(file.reopen().unwrap());
        let status = mode.builder().observe(watchers::EventKind::Exit, |_, _, _| {}).run(command).unwrap();
        let stdout = lines(std::fs::read_to_string(file.path()).unwrap());
        assert_eq!((stdout, status.code()), (expected.stdout.clone(), Some(0)), "{mode:?}");
    }
}

#[test]
fn a_task_that_is_not_dumpable() {
    for (mode, run) in same_with_and_without("nodump", &["/bin/true"]) {
        assert_eq!((run.trace.count("clone"), run.trace.count("exec")), (5, 2), "{mode:?}");
    }
}

#[test]
fn a_task_that_is_not_dumpable_under_an_ordinary_supervisor() {
    let name = "escape::a_task_that_is_not_dumpable_under_an_ordinary_supervisor";
    if !require(Feature::AnotherUser) && !super::support::is_elsewhere(name) {
        return;
    }
    super::support::tracee_path("nodump");
    if elsewhere(name, super::support::as_nobody_special) {
        for (mode, run) in same_with_and_without("nodump", &["/bin/true"]) {
            assert_eq!((run.trace.count("clone"), run.trace.count("exec")), (5, 2), "{mode:?}");
        }
    }
}

/// One tracer for each task: the second gets EPERM, and a notice says so.
#[test]
fn a_nested_tracer() {
    let table = [
        ("traceme", "traceme: EPERM", "PTRACE_TRACEME"),
        ("attach", "attach: EPERM", "PTRACE_ATTACH"),
        ("seize", "seize: EPERM", "PTRACE_SEIZE"),
    ];
    for (mode, (way, answer, request)) in Mode::ALL.into_iter().flat_map(|mode| table.map(|row| (mode, row)))
    {
        let mut command = tracee("nested");
        command.arg(way);
        let run = run(mode, command);
        let told: Vec<bool> = run.notices.iter().map(|notice| notice.contains(request)).collect();
        assert_eq!(
            (run.verdict.stdout, told),
            (lines(format!("{answer}\ncode 3")), vec![true]),
            "{mode:?} {way}"
        );
    }
}

/// Kernel threads of a process: seen in /proc, not traceable, no events.
#[test]
fn workers_of_io_uring_are_no_tasks() {
    if !require(Feature::IoUring) {
        return;
    }
    let expected = lines(
        "init 1
        clone 1
        exec 1 uring
        init 1>2 SIGCHLD
        clone 1>2
        exit 2 code 3
        free 2 code 3
        exit 1 code 0
        free 1 code 0",
    );
    for mode in Mode::ALL {
        let run = run(mode, tracee("uring"));
        let workers = run.verdict.stdout.0.iter().filter(|line| line.starts_with("worker ")).count();
        assert_eq!((run.trace.whole(), workers), (expected.clone(), 2), "{mode:?}");
    }
}
