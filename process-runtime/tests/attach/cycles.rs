//! Attached to and let go, a thousand times, while everybody waits in calls that a stop makes answer EINTR, and others fork.

use std::collections::HashMap;
use std::fs;
use std::time::Duration;

use process_runtime::Supervisor;

use super::support::{Scene, tasks, tracee};

const CYCLES: usize = 1_000;
const PROCESSES: usize = 50;
const THREADS: usize = 4;
/// Besides those that wait, and not counted there: the first process, and so many that fork.
const FORKERS: usize = 8;

/// Those who descend from `root` by the kernel's links, live, and are not traced: each with what its status says.
pub(crate) fn missing(root: i32) -> Vec<String> {
    let mut children: HashMap<i32, Vec<i32>> = HashMap::new();
    let pids = fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<i32>().ok());
    for pid in pids {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let parent = stat.rsplit(") ").next().and_then(|rest| rest.split(' ').nth(1)?.parse().ok());
        children.entry(parent.unwrap_or(0)).or_default().push(pid);
    }
    let mut family = vec![root];
    let mut next = 0;
    while next < family.len() {
        family.extend(children.remove(&family[next]).unwrap_or_default());
        next += 1;
    }
    let untraced = |(pid, tid): (i32, i32)| {
        let status = fs::read_to_string(format!("/proc/{pid}/task/{tid}/status")).ok()?;
        let is_dead = ["State:\tZ", "State:\tX"].iter().any(|dead| status.contains(dead));
        (!is_dead && status.contains("TracerPid:\t0\n")).then_some(status)
    };
    family.into_iter().flat_map(tasks).filter_map(untraced).collect()
}

#[test]
fn nobody_notices() {
    let mut command = tracee("crowd");
    command.args([PROCESSES, THREADS, FORKERS, 300].map(|number| number.to_string()));
    let mut scene = Scene::start_long(command, Duration::from_secs(900));
    assert_eq!(scene.line(), "ready");
    let root = scene.pid().as_raw();
    for cycle in 0..CYCLES {
        let attachment = scene.attach_quietly(Supervisor::builder()).unwrap();
        assert_eq!(missing(root), Vec::<String>::new(), "in cycle {cycle}");
        let known = attachment.tasks().unwrap().len();
        assert!(known >= 1 + FORKERS + PROCESSES * (1 + THREADS), "{known} in cycle {cycle}");
        attachment.let_go();
    }
    assert_eq!(scene.disturbed(), Vec::<String>::new());
    assert_eq!(scene.notices(), Vec::<String>::new());
    scene.give();
    let calls = [
        "epoll_wait",
        "epoll_pwait2",
        "sigtimedwait",
        "recv",
        "nanosleep",
        "futex",
        "poll",
        "accept",
        "connect",
        "msgrcv",
        "semtimedop",
    ];
    let mut expected: Vec<String> =
        calls.map(|call| format!("{call}: called, 0 EINTR, 0 early, 0 odd")).to_vec();
    let mut seen = scene.rest();
    // io_uring may be off.
    let ring = seen.remove(calls.len());
    assert!(
        ["called", "never"]
            .iter()
            .any(|what| ring == format!("io_uring_enter: {what}, 0 EINTR, 0 early, 0 odd")),
        "{ring}"
    );
    expected.push("0 children lost, 0 processes failed".to_owned());
    assert_eq!(seen, expected);
    assert!(scene.wait().success());
}
