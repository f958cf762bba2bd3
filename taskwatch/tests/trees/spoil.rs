//! Streams with one thing wrong in each.

use crate::{
    program::{Block, End, Kind, Step, Then},
    support::stream::Line,
};
use serde_json::{Value, json};

/// A program with threads, an exec by one of them, a stop and a refused clone, and without a race.
pub(crate) fn program() -> Block {
    let block = |steps, end| Block { steps, end };
    let make = |kind, block| Step::Make { kind, block, then: Then::Nothing };
    let last_image = block(
        vec![Step::ConfirmUser, make(Kind::Vfork, block(vec![], End::ExitGroup(1)))],
        End::ExitGroup(3),
    );
    let thread = block(vec![Step::Barrier], End::Exec(Box::new(last_image)));
    let threads = block(vec![make(Kind::Thread, thread), Step::ConfirmGroup], End::Park);
    let stops = Step::Make {
        kind: Kind::Clone3,
        block: block(vec![Step::Stop], End::Exit(4)),
        then: Then::KillStopped(9),
    };
    block(vec![make(Kind::Fork, threads), Step::Refused, stops, Step::Wait], End::SignalThread(15))
}

/// Every single fault of a kind, in turn, with a word on what it is.
pub(crate) fn each(lines: &[Line]) -> Vec<(String, Vec<Line>)> {
    let mut spoilt = Vec::new();
    for index in 0..lines.len() {
        let event = lines[index].event().to_owned();
        // A notice tells nothing of the tree.
        if event == "notice" {
            continue;
        }
        let mut fault = |what: &str, change: &dyn Fn(&mut Vec<Line>)| {
            let mut changed = lines.to_vec();
            change(&mut changed);
            spoilt.push((format!("line {} ({event}): {what}", index + 1), renumbered(changed)));
        };
        fault("missing", &|lines| drop(lines.remove(index)));
        fault("twice", &|lines| lines.insert(index, lines[index].clone()));
        if lines[index].task().is_some() {
            fault("of a task that is not there", &|lines| lines[index].value["task"] = json!(999_999));
        }
        if event == "exit" {
            fault("another status", &|lines| lines[index].value["status"] = json!({"code": 251}));
        }
        if event == "clone" {
            fault("another pid", &|lines| lines[index].value["pid"] = json!(1));
            fault("thread or not", &|lines| {
                let thread = lines[index].value["thread"] == Value::Bool(true);
                lines[index].value["thread"] = json!(!thread);
            });
        }
        if event == "init" && index > 1 {
            fault("no parent", &|lines| lines[index].value["parent"] = Value::Null);
        }
        if event == "exec" {
            fault("another argv", &|lines| lines[index].value["argv"] = json!(["treegrow"]));
        }
    }
    let mut complete = lines.to_vec();
    let last = complete.len() - 1;
    complete[last].value["complete"] = json!(false);
    spoilt.push(("not complete".to_owned(), complete));
    let mut gap = lines.to_vec();
    gap[1].value["seq"] = json!(7);
    spoilt.push(("a gap in seq".to_owned(), gap));
    let mut time = lines.to_vec();
    time[1].value["ts"] = json!(u64::MAX);
    spoilt.push(("time runs backwards".to_owned(), time));
    spoilt
}

/// A fault in the order of lines is to be seen as that, not as a gap.
fn renumbered(mut lines: Vec<Line>) -> Vec<Line> {
    for (index, line) in lines.iter_mut().enumerate() {
        line.value["seq"] = json!(index);
    }
    let times: Vec<u64> = (0..lines.len() as u64).collect();
    for (line, time) in lines.iter_mut().zip(times) {
        line.value["ts"] = json!(time);
    }
    lines
}
