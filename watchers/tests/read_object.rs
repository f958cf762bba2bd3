//! `read_object`: from a file that is not running, stripped or damaged or no program at all.

#![allow(
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking, and says why it skips"
)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use watchers::{Event, ObjectError, OwnedWatcherInfo, Task, read_object, registry, task_watcher};

#[task_watcher(exec, order = 7, name = "a.name")]
fn one(_: &Task) {}

#[task_watcher(init, free)]
fn two(_: &Task, _: Event<'_>) {}

watchers::task_data! { static NOT_LISTED: u8 = |_, _| 0; }

fn this_program() -> PathBuf {
    std::env::current_exe().expect("Linux knows")
}

fn scratch(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("read_object_{name}"))
}

fn linked() -> Vec<OwnedWatcherInfo> {
    registry().expect("a sound table").iter().map(OwnedWatcherInfo::from).collect()
}

#[test]
fn a_file_says_what_the_program_says() {
    let read = read_object(&this_program()).expect("there are watchers");
    assert_eq!(read, linked());
    assert_eq!(read.len(), 3);
    assert_eq!(*NOT_LISTED.get(&Task::builder().build()), 0);
}

/// This program without its symbols; `None` where there is no `strip`.
fn stripped(name: &str) -> Option<PathBuf> {
    let path = scratch(name);
    fs::copy(this_program(), &path).expect("it can be copied");
    let strip = Command::new("strip").arg("--strip-all").arg(&path).status();
    if !strip.is_ok_and(|status| status.success()) {
        println!("skipped: there is no `strip`: it is in the package binutils");
        return None;
    }
    Some(path)
}

#[test]
fn a_stripped_file_says_it_too() {
    let Some(stripped) = stripped("stripped") else { return };
    assert!(
        fs::metadata(&stripped).expect("it is there").len()
            < fs::metadata(this_program()).expect("too").len()
    );
    fs::set_permissions(&stripped, fs::Permissions::from_mode(0o400)).expect("it is ours");
    assert_eq!(read_object(&stripped).expect("there are watchers"), linked());
    fs::remove_file(stripped).expect("it is ours");
}

#[test]
fn what_is_no_program_is_told_apart() {
    let text = scratch("text");
    fs::write(&text, "#!/bin/sh\n").expect("it can be written");
    let said = |path: &Path| read_object(path).expect_err("it has no watchers").to_string();

    assert_eq!(said(&text), "it is not a program or a library (no ELF file)");
    assert_eq!(said(Path::new("/")), "it is not a program or a library (no ELF file)");
    assert_eq!(said(Path::new("/dev/zero")), "it is not a program or a library (no ELF file)");
    assert_eq!(said(&scratch("missing")), "No such file or directory (os error 2)");
    assert_eq!(said(Path::new("/bin/sh")), "there are no task watchers in it");
    assert!(matches!(read_object(&scratch("missing")), Err(ObjectError::Io(_))));

    fs::write(&text, b"\x7fELF").expect("it can be written");
    assert_eq!(said(&text), "it is damaged: it ends in its header");
}

/// This program as a file, with a part changed, and what is said about it.
fn changed(name: &str, change: impl FnOnce(&mut Vec<u8>)) -> Result<Vec<OwnedWatcherInfo>, ObjectError> {
    let path = scratch(name);
    let mut file = fs::read(this_program()).expect("it can be read");
    change(&mut file);
    fs::write(&path, file).expect("it can be written");
    read_object(&path)
}

#[test]
fn other_machines_are_told_apart() {
    for (offset, byte) in [(4, 1), (5, 2)] {
        let error = changed("machine", |file| file[offset] = byte).expect_err("another machine's");
        assert_eq!(error.to_string(), "it is not for a 64-bit little-endian machine");
    }
    let error = changed("unlinked", |file| file[56..58].fill(0)).expect_err("no segments");
    assert_eq!(error.to_string(), "it is not linked: it has no segments");
}

#[test]
fn a_format_of_the_future_is_told_apart() {
    if cfg!(gatherer = "section") {
        let future = |file: &mut Vec<u8>| {
            let format = note(file) + 24;
            file[format] = 9;
        };
        let error = changed("format", future).expect_err("another format");
        assert_eq!(error.to_string(), "its watchers are in format 9, which this version does not know");
    }
}

/// Where the note is in the file.
fn note(file: &[u8]) -> usize {
    let name = b"taskwatch\0\0\0\x02\0\0\0";
    file.windows(name.len()).position(|window| window == name).expect("it has a note") - 12
}

/// Every part that is read, changed at random, and cut off everywhere: an error or a list, and no panic.
#[test]
fn no_file_makes_it_panic() {
    let small = stripped("small").unwrap_or_else(this_program);
    let whole = fs::read(small).expect("it can be read");
    let path = scratch("garbled");
    let n_headers = 64 + 56 * usize::from(whole[56]);
    let note = if cfg!(gatherer = "section") { note(&whole) } else { 0 };
    let mut random = 0x2006_0613_u64;
    let mut next = move |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random as usize % below
    };
    let mut outcomes = [0, 0];
    for round in 0..600 {
        let mut file = whole.clone();
        for _ in 0..=next(3) {
            let at = match round % 3 {
                0 => next(n_headers),
                1 => note + 12 + next(132),
                _ => next(file.len()),
            };
            file[at] = [0, 0xff, 0x80, 1, next(256) as u8][next(5)];
        }
        fs::write(&path, file).expect("it can be written");
        outcomes[usize::from(read_object(&path).is_ok())] += 1;
    }
    for len in (0..whole.len()).step_by(whole.len() / 200).chain(0..200) {
        fs::write(&path, &whole[..len]).expect("it can be written");
        outcomes[usize::from(read_object(&path).is_ok())] += 1;
    }
    assert!(outcomes.iter().all(|n| *n > 100), "errors, lists: {outcomes:?}");
}
