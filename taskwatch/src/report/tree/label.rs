//! The words on a line of the tree: what failed, what ran, and how much was folded away.

use super::fold::Node;
use super::forest::{Process, Reason, Refusal};
use super::{Folding, Threads, row::Paper};
use crate::measure;
use crate::report::status;
use crate::style::{Ink, Palette};
use crate::width;

/// Fewer columns than this say nothing about a command.
const LEAST_COMMAND: usize = 12;

/// What a process is called on its line, in at most `room` columns.
pub(super) fn process(process: &Process, node: &Node, paper: Paper, room: usize) -> String {
    let mark = width::shortened(&failure_mark(process), room);
    let remark = remark(process, node, paper);
    let room = room.saturating_sub(width::columns(&mark));
    let with_remark = room.saturating_sub(width::columns(&remark));
    let (remark, room) =
        if with_remark < LEAST_COMMAND { (String::new(), room) } else { (remark, with_remark) };
    let mut line = paper.palette.paint(Ink::Failure, &mark);
    line.push_str(&command(process, paper.palette, room));
    line.push_str(&paper.palette.paint(Ink::Dim, &remark));
    line
}

/// `✗ exit 2  `, or nothing.
fn failure_mark(process: &Process) -> String {
    match process.status {
        Some(status) if !status.success() => format!("✗ {}  ", status::words(status)),
        _ => String::new(),
    }
}

/// `sh → cc -c a.c -o a.o`; the program that ran in the end is the one that stands out.
fn command(process: &Process, palette: Palette, room: usize) -> String {
    let Some(command) = &process.command else {
        let of = process.program.as_ref().map(|name| format!(" of {name}")).unwrap_or_default();
        return palette.paint(Ink::Dim, &width::shortened(&format!("(fork{of})"), room));
    };
    let mut former = String::new();
    for name in &process.former {
        former.push_str(name);
        former.push_str(" → ");
    }
    // Where there is no room for the whole story, how it ended matters most.
    if width::columns(&former) + LEAST_COMMAND > room {
        former = width::shortened(&former, room.saturating_sub(LEAST_COMMAND));
    }
    let text = width::shortened(command.text(), room.saturating_sub(width::columns(&former)));
    let name = if text.starts_with(command.name()) { command.name() } else { "" };
    let arguments = text.get(name.len()..).unwrap_or_default();
    format!("{}{}{arguments}", palette.paint(Ink::Dim, &former), palette.paint(Ink::Name, name))
}

/// `  [4 times, 8 threads, 2 forks]`
fn remark(process: &Process, node: &Node, paper: Paper) -> String {
    let mut parts = Vec::new();
    if node.n_repeats > 0 {
        parts.push(format!("{} times", node.n_repeats + 1));
    }
    if process.n_threads > 0 && paper.detail.threads == Threads::Counted {
        parts.push(format!("{} threads", process.n_threads + 1));
    }
    if node.n_forks > 0 {
        parts.push(measure::count(node.n_forks.into(), "fork", "forks"));
    }
    if let (Folding::Full, Some(pid)) = (paper.detail.folding, process.pid) {
        parts.insert(0, format!("pid {pid}"));
    }
    if process.status.is_none() {
        parts.push(paper.unended.to_owned());
    }
    if parts.is_empty() { String::new() } else { format!("  [{}]", parts.join(", ")) }
}

/// What a refused fork is called on its line.
pub(super) fn refusal(refusal: &Refusal, palette: Palette, room: usize) -> String {
    let times = if refusal.times > 1 { format!(" ({} times)", refusal.times) } else { String::new() };
    let text = match refusal.reason {
        Reason::Watcher(refused) => {
            format!("✗ fork refused by {}: {}{times}", refused.watcher, refused.errno)
        }
        Reason::Kernel(errno) => format!("✗ fork failed: {errno}{times}"),
    };
    palette.paint(Ink::Failure, &width::shortened(&text, room))
}
