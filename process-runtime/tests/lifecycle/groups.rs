//! `group_dead`: the end of a process, once, when the last of its tasks is freed.
//!
//! That it comes once for each process and after everything else of it is checked in every trace of these
//! tests (`support/recorder.rs`).

use std::process::Command;
use std::sync::{Arc, Mutex};

use watchers::{Event, EventKind, ExitStatus};

use super::support::{Mode, Run, lines, run, tracee};

fn of(mode: Mode, name: &str, args: &[&str]) -> Run {
    let mut command = tracee(name);
    command.args(args);
    run(mode, command)
}

#[test]
fn a_process_of_one_task() {
    for mode in Mode::ALL {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", "(exit 3); exit 4"]);
        let expected = lines(
            "init 1
            clone 1
            exec 1 sh
            init 1>2 SIGCHLD
            clone 1>2
            exit 2 code 3
            free 2 code 3
            group_dead 2 code 3
            exit 1 code 4
            free 1 code 4
            group_dead 1 code 4",
        );
        assert_eq!(run(mode, command).trace.with_ends(), expected, "{mode:?}");
    }
}

#[test]
fn a_killed_command() {
    for mode in Mode::ALL {
        let expected = "init 1\nclone 1\nexec 1 ends\nexit 1 SIGKILL\nfree 1 SIGKILL\ngroup_dead 1 SIGKILL";
        assert_eq!(of(mode, "ends", &[]).trace.with_ends(), lines(expected), "{mode:?}");
    }
}

/// The last `exit` of the group is another task's than the last `free`: the leader is a zombie until all are gone.
#[test]
fn a_leader_that_exits_first() {
    for mode in Mode::ALL {
        let trace = of(mode, "leader_first", &["end"]).trace;
        let last: Vec<bool> = trace.tasks.iter().map(|life| life.group_dead).collect();
        assert_eq!(last, [false, true, true], "{mode:?}: the thread is the last to begin to die");
        let all = trace.with_ends().0;
        let tail = lines(all[all.len() - 4..].join("\n"));
        let expected = "exit 2 code 9\nfree 2 code 9\nfree 1 code 9\ngroup_dead 1 code 9";
        assert_eq!(tail, lines(expected), "{mode:?}");
    }
}

/// Whoever of the group called exec lives on in it.
#[test]
fn an_exec_by_another_thread_ends_no_group() {
    for (mode, leader) in
        Mode::ALL.into_iter().flat_map(|mode| ["leader-waits", "leader-gone"].map(|leader| (mode, leader)))
    {
        let trace = of(mode, "thread_exec", &["3", leader, "/bin/true"]).trace;
        let ends: Vec<&str> = trace.ends.iter().map(|(_, end)| end.text.as_str()).collect();
        assert_eq!((trace.count("free"), trace.count("exec")), (5, 2), "{mode:?} {leader}");
        assert_eq!(ends.len(), 1, "{mode:?} {leader}: {ends:?}");
        assert_eq!(trace.ends[0].0, trace.entries.len(), "{mode:?} {leader}: it is the last");
    }
}

#[test]
fn all_threads_at_once() {
    for mode in Mode::ALL {
        let trace = of(mode, "exit_group", &["8"]).trace;
        let ends: Vec<&str> = trace.ends.iter().map(|(_, end)| end.text.as_str()).collect();
        assert_eq!((ends, trace.count("free")), (vec!["group_dead 1 code 42"], 10), "{mode:?}");
    }
}

/// It comes before the wait for the tree ends.
#[test]
fn whoever_waits_for_the_tree_waits_for_it() {
    for mode in Mode::ALL {
        let told: Arc<Mutex<Vec<ExitStatus>>> = Arc::default();
        let inside = told.clone();
        let builder = mode.builder().observe(EventKind::GroupDead, move |_, event, _| {
            if let Event::GroupDead(end) = event {
                inside.lock().unwrap().push(end.status);
            }
        });
        let supervisor = builder.start().unwrap();
        let mut command = Command::new("/bin/sh");
        command.args(["-c", "exit 5"]);
        supervisor.spawn(command).unwrap().wait_tree().unwrap();
        assert_eq!(*told.lock().unwrap(), [ExitStatus::exited(5)], "{mode:?}");
    }
}
