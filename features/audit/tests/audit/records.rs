//! What is written, of real trees.

use std::process::Command;

use process_runtime::{Builder, Supervisor};
use watchers::{CloneFlags, Errno, InitEvent, Task, task_watcher};
use watchers_audit::Audit;

use crate::entries::{normal, read};
use crate::support::{Feature, require, run_with, tracee};

/// In the data of a supervisor: no process may fork.
struct NoForks;

#[task_watcher(init)]
fn no_forks(task: &Task, init: &InitEvent) -> Result<(), Errno> {
    let is_fork = task.parent_id().is_some() && !init.flags.contains(CloneFlags::CLONE_THREAD);
    if task.data::<NoForks>().is_some() && is_fork { Err(Errno::EAGAIN) } else { Ok(()) }
}

/// The log of a run, with numbers for tasks.
fn log_of(builder: impl FnOnce(Builder) -> Builder, command: Command) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let supervisor = Supervisor::builder().data(Audit::append_to(&path).unwrap());
    run_with(builder(supervisor), command);
    normal(&read(&path))
}

fn us() -> u32 {
    rustix::process::geteuid().as_raw()
}

#[test]
fn audit_of_a_shell_and_what_it_runs() {
    let mut command = Command::new("sh");
    command.args(["-c", "env true; (exit 3); sh -c 'kill -9 $$'; :"]);
    let us = us();
    let expected = [
        format!("run 1 sh -c env true; (exit 3); sh -c 'kill -9 $$'; : by {us}"),
        format!("run 2 env true by {us}"),
        format!("run 2 true by {us}"),
        format!("end 2 true code 0 by {us}"),
        // A subshell runs its parent's program.
        format!("end 3 sh code 3 by {us}"),
        format!("run 4 sh -c kill -9 $$ by {us}"),
        format!("end 4 sh SIGKILL by {us}"),
        format!("end 1 sh code 0 by {us}"),
    ];
    assert_eq!(log_of(|builder| builder, command), expected);
}

#[test]
fn a_record_at_free_after_a_crash_and_of_forks_that_failed() {
    let us = us();
    let of = |fork: [String; 2]| {
        let [first, second] = fork;
        let run = |n: u32, words: &str| format!("run {n} {words} by {us}");
        let name = tracee("refused").get_program().to_str().unwrap().rsplit('/').next().unwrap().to_owned();
        let expected = [
            run(1, &name),
            format!("failed 2 of refused failed \"EINVAL\" by {us}"),
            first,
            second,
            // The thread's number: it is the process from its exec on. What the leader was has no end of its own.
            run(4, r#""7365636f6e64ff" done"#),
            format!("end 4 refused code 4 by {us}"),
        ];
        expected.into_iter().filter(|line| !line.is_empty()).collect::<Vec<_>>()
    };
    let crash = of([format!("end 3 refused SIGSEGV by {us}"), String::new()]);
    assert_eq!(log_of(|builder| builder, tracee("refused")), crash);
    let denied = of([format!("failed 3 of refused denied null by {us}"), String::new()]);
    assert_eq!(log_of(|builder| builder.data(NoForks), tracee("refused")), denied);
}

#[test]
fn who_becomes_whom() {
    if !require(Feature::Root) {
        return;
    }
    let mut command = tracee("setid");
    command.args(["setgid:0", "setgid:7", "setresuid:5,6,5", "setuid:6"]);
    let name = command.get_program().to_str().unwrap().rsplit('/').next().unwrap().to_owned();
    let expected = [
        format!("run 1 {name} setgid:0 setgid:7 setresuid:5,6,5 setuid:6 by 0"),
        "ids 1 gid 0,0,0,0>7,7,7,7 by 0".to_owned(),
        "ids 1 uid 0,0,0,0>5,6,5,6 by 6".to_owned(),
        "end 1 setid code 0 by 6".to_owned(),
    ];
    assert_eq!(log_of(|builder| builder, command), expected);
}

#[test]
fn every_field_is_what_the_kernel_says() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let supervisor = Supervisor::builder().data(Audit::append_to(&path).unwrap());
    let mut command = Command::new("sh");
    command.args(["-c", "exec cat /proc/self/stat"]).current_dir("/usr");
    let run = run_with(supervisor, command);
    let stat = run.stdout().0[0].clone();
    let pid: u64 = stat.split(' ').next().unwrap().parse().unwrap();
    let log = read(&path);
    let last = &log[1];
    let cat = std::fs::canonicalize("/bin/cat").unwrap();
    assert_eq!((&last["event"], &last["pid"], &last["tid"]), (&"run".into(), &pid.into(), &pid.into()));
    assert_eq!((&last["ppid"], &last["cwd"]), (&std::process::id().into(), &"/usr".into()));
    assert_eq!(last["exe"], cat.to_str().unwrap());
    let login = std::fs::read_to_string("/proc/self/loginuid").unwrap_or_default();
    assert_eq!(last["login"].as_u64(), login.parse().ok().filter(|login| *login != u64::from(u32::MAX)));
    let times: Vec<u64> = log.iter().map(|entry| entry["realtime_ns"].as_u64().unwrap()).collect();
    assert!(times.is_sorted() && log[2]["started_ns"].as_u64().unwrap() <= times[0], "{log:#?}");
}
