//! Runs a program without a supervisor and compares what its tasks wrote down with the model.

use crate::{
    model::Node,
    support::{fresh, run, story::Status, tracees},
};
use std::{
    collections::HashMap,
    io::{self, Read},
    process::ExitStatus,
};

/// The exit status of a plain run.
pub(crate) fn status(program: &str) -> ExitStatus {
    run::status(fresh(tracees::treegrow()).arg(program))
}

/// What one task wrote down.
#[derive(Debug, Default)]
struct Diary {
    begins: usize,
    execs: usize,
    user: usize,
    group: usize,
    end: Option<Status>,
    /// Status of the child of that number, as this task's wait saw it.
    waits: Vec<(usize, Status)>,
}

/// Runs a program that writes down what it does, until its last task is gone.
pub(crate) fn check(program: &str, root: &Node) -> Result<(), String> {
    let (mut reader, writer) = io::pipe().unwrap();
    let mut child = fresh(tracees::treegrow()).args([program, "0::0"]).stdin(writer).spawn().unwrap();
    let guard = run::guard(&child, &format!("treegrow '{program}'"));
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap();
    let status = child.wait().unwrap();
    guard.done();
    if !root.wait.contains(&from_exit_status(status)) {
        return Err(format!("the command ended with {status}, not {:?}", root.wait));
    }
    compare(root, &parse(&text)).map_err(|error| format!("{error}\n{text}"))
}

pub(crate) fn from_exit_status(status: ExitStatus) -> Status {
    use std::os::unix::process::ExitStatusExt;
    status.code().map(Status::Code).or(status.signal().map(Status::Signal)).unwrap()
}

fn parse(text: &str) -> HashMap<String, Diary> {
    let mut diaries: HashMap<String, Diary> = HashMap::new();
    for line in text.lines() {
        let fields: Vec<&str> = line.split(' ').collect();
        let &[what, label, value] = fields.as_slice() else { panic!("a line that is none: {line}") };
        let value: i32 = value.parse().unwrap();
        if what == "W" {
            let (creator, index) = label.rsplit_once('.').unwrap();
            let status = if value & 0x7f == 0 {
                Status::Code(value >> 8 & 0xff)
            } else {
                Status::Signal(value & 0x7f)
            };
            diaries.entry(creator.to_owned()).or_default().waits.push((index.parse().unwrap(), status));
            continue;
        }
        let diary = diaries.entry(label.to_owned()).or_default();
        match what {
            "B" => diary.begins += 1,
            "X" => diary.execs += 1,
            "U" => diary.user += 1,
            "G" => diary.group += 1,
            "E" | "Q" => diary.end = Some(Status::Code(value)),
            "K" => diary.end = Some(Status::Signal(value)),
            _ => panic!("a line that is none: {line}"),
        }
    }
    diaries
}

fn compare(node: &Node, diaries: &HashMap<String, Diary>) -> Result<(), String> {
    let label = &node.label;
    let nothing = Diary::default();
    let diary = diaries.get(label).unwrap_or(&nothing);
    let expected = [usize::from(!node.refused), node.execs.len(), node.user_events, node.group_events];
    let seen = [diary.begins, diary.execs, diary.user, diary.group];
    // A cut task may have stopped short, and what it did not make was not there.
    let fits = if node.is_cut() {
        seen.iter().zip(&expected).all(|(seen, expected)| seen <= expected)
    } else {
        seen == expected
    };
    if !fits {
        return Err(format!("{label}: begins, execs, user, group are {seen:?}, not {expected:?}"));
    }
    if diary.end.is_some_and(|end| !node.allowed().contains(&end)) {
        return Err(format!("{label}: wrote {:?} as its end, not one of {:?}", diary.end, node.allowed()));
    }
    for (index, status) in &diary.waits {
        let child = node.children.get(*index).ok_or(format!("{label} has no child {index}"))?;
        if !child.wait.contains(status) {
            return Err(format!("{}: a wait gave {status:?}, not one of {:?}", child.label, child.wait));
        }
    }
    for child in &node.children {
        let never = node.is_cut() && !diaries.contains_key(&child.label);
        if !never {
            compare(child, diaries)?;
        }
    }
    Ok(())
}
