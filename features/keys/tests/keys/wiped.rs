//! Of a secret nothing is left anywhere in the supervisor's memory.

use std::fs::{self, File};
use std::hint::black_box;
use std::os::unix::fs::FileExt;
use std::process::{Command, Stdio};

use process_runtime::Supervisor;
use watchers::{ExecEvent, ExitEvent, Task, task_watcher};
use watchers_keys::{Ring, get, revoke, set};

/// In the data of a supervisor: every task gets a secret in each of its rings, and one that is replaced and one that is revoked.
struct WithSecrets;

const LENGTH: usize = 1000;

/// The byte of a secret at a place; it is written down nowhere.
fn byte(at: usize) -> u8 {
    ((black_box(at) as u32).wrapping_mul(2_654_435_761) >> 24) as u8
}

fn secret() -> Vec<u8> {
    (0..LENGTH).map(byte).collect()
}

#[task_watcher(exec, order = 1)]
fn give(task: &Task, _exec: &ExecEvent) {
    if task.data::<WithSecrets>().is_some() {
        for ring in [Ring::Thread, Ring::Process, Ring::Session] {
            for name in ["kept", "replaced", "replaced", "revoked"] {
                set(task, ring, name, secret());
            }
            assert!(revoke(task, ring, "revoked"));
        }
    }
}

#[task_watcher(exit)]
fn have(task: &Task, exit: &ExitEvent) {
    if task.data::<WithSecrets>().is_some() {
        assert!(exit.late || get(task, "kept", |secret| secret.len()) == Some(LENGTH));
    }
}

/// How often the middle of a secret is somewhere in our memory. (What was freed begins with the allocator's own words.)
fn n_in_memory() -> usize {
    let memory = File::open("/proc/self/mem").unwrap();
    let writable = |line: &str| line.split(' ').nth(1) == Some("rw-p");
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let ranges = maps.lines().filter(|line| writable(line)).filter_map(|line| {
        let (from, to) = line.split(' ').next()?.split_once('-')?;
        Some((u64::from_str_radix(from, 16).ok()?, u64::from_str_radix(to, 16).ok()?))
    });
    ranges.map(|(from, to)| n_in_range(&memory, from, to)).sum()
}

fn n_in_range(memory: &File, from: u64, to: u64) -> usize {
    let (first, window) = (byte(500), 64);
    let mut page = vec![0; (1 << 16) + window];
    let mut n = 0;
    for at in (from..to).step_by(1 << 16) {
        let length = memory.read_at(&mut page, at).unwrap_or(0);
        let is_it = |place: &usize| (1..window).all(|next| page.get(place + next) == Some(&byte(500 + next)));
        // This buffer is memory of ours as well, and may have been read into itself.
        let buffer = page.as_ptr().addr() as u64..(page.as_ptr().addr() + page.len()) as u64;
        let places = (0..length.min(1 << 16)).filter(|place| page[*place] == first);
        let places = places.filter(|place| !buffer.contains(&(at + *place as u64)));
        n += places.filter(|place| place + window <= length).filter(is_it).count();
        page.fill(0);
        black_box(&page);
    }
    n
}

#[test]
fn nothing_is_left_of_a_secret() {
    let mut command = Command::new("sh");
    command.args(["-c", "true; env sh -c 'kill -9 $$'; exec env true"]);
    command.stderr(Stdio::null());
    let status = Supervisor::builder().data(WithSecrets).run(command).unwrap();
    assert!(status.success());
    let mut control = secret();
    assert_eq!(n_in_memory(), 1, "the one that we hold, and no other");
    control.fill(0);
    black_box(&control);
    assert_eq!(n_in_memory(), 0);
}
