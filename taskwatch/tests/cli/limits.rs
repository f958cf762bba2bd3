//! `--max-tasks`, and trees that are large.

use crate::support::{
    Directory, run,
    run::text,
    story::{Status, Story},
    stream, taskwatch, tracee,
};

/// Runs `forker` under `--max-tasks LIMIT`; its lines, and the stream.
fn forker(limit: usize, arguments: &[&str]) -> (Vec<String>, Vec<stream::Line>) {
    let directory = Directory::new("max-tasks");
    let report = directory.join("report");
    let mut command = taskwatch();
    command.args(["-q", "-f", "jsonl", "-o"]).arg(&report).args(["--max-tasks", &limit.to_string(), "--"]);
    let output = run(command.arg(tracee("forker")).args(arguments));
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    (text(&output.stdout).lines().map(str::to_owned).collect(), stream::read(&report))
}

#[test]
fn the_next_task_gets_eagain() {
    for limit in [2, 3, 6] {
        let (said, lines) = forker(limit, &["6"]);
        let made = limit - 1;
        let mut expected = vec!["made"; made.min(6)];
        expected.resize(6, "EAGAIN");
        expected.push("again: made");
        assert_eq!(said, expected, "--max-tasks {limit}");
        let denied: Vec<_> =
            stream::of(&lines, "init").filter(|line| !line.value["denied"].is_null()).collect();
        assert_eq!(denied.len(), 6 - made.min(6));
        for line in denied {
            assert_eq!(line.value["denied"]["errno"], "EAGAIN");
            assert!(
                line.value["denied"]["watcher"].as_str().unwrap().contains("max_tasks"),
                "{}",
                line.value
            );
        }
        let story = Story::of(&lines).unwrap();
        let refused = story
            .tasks
            .values()
            .filter(|task| task.cause.as_ref().is_some_and(|(cause, _)| cause == "denied"));
        assert_eq!(refused.count(), 6 - made.min(6));
    }
}

#[test]
fn threads_count() {
    let (said, lines) = forker(3, &["5", "threads"]);
    assert_eq!(said, ["made", "made", "EAGAIN", "EAGAIN", "EAGAIN", "again: made"]);
    Story::of(&lines).unwrap();
}

#[test]
fn without_the_watcher_there_is_no_limit() {
    let directory = Directory::new("without");
    let mut command = taskwatch();
    command.args(["-q", "-o"]).arg(directory.join("report")).args([
        "--max-tasks",
        "2",
        "--without",
        "max_tasks",
        "--",
    ]);
    let output = run(command.arg(tracee("forker")).arg("3"));
    // Whether an option and its own watcher's absence agree is the command's choice; if they do, nothing is refused.
    match output.status.code() {
        Some(0) => assert!(!text(&output.stdout).contains("EAGAIN")),
        code => assert_eq!(code, Some(125), "{}", text(&output.stderr)),
    }
}

/// Thousands of processes, many of them alive at once; each is told of exactly once.
#[test]
fn thousands_of_processes() {
    let directory = Directory::new("storm");
    let report = directory.join("report");
    let mut command = taskwatch();
    command.args(["-f", "jsonl", "-o"]).arg(&report).arg("--").arg(tracee("storm")).args(["4000", "300"]);
    let output = run(&mut command);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let lines = stream::read(&report);
    let story = Story::of(&lines).unwrap();
    let processes = story.tasks.values().filter(|task| !task.thread && task.cause.is_none()).count();
    let threads = story.tasks.values().filter(|task| task.thread).count();
    let execs: usize = story.tasks.values().map(|task| task.execs.len()).sum();
    assert_eq!((processes, threads, execs), (4001, 400, 401));
    assert!(
        story
            .tasks
            .values()
            .filter(|task| task.cause.is_none())
            .all(|task| task.exit == Some(Status::Code(0)))
    );
    let totals = &lines.last().unwrap().value["totals"];
    assert_eq!(
        (totals["processes"].as_u64(), totals["threads"].as_u64()),
        (Some(4001), Some(400)),
        "{totals}"
    );
}

/// The tree of a large run: folded, and with the right sum.
#[test]
fn a_large_tree_is_folded() {
    let output = run(taskwatch().arg("--").arg(tracee("storm")).args(["1000", "20"]));
    assert_eq!(output.status.code(), Some(0));
    let report = text(&output.stderr);
    let last = report.lines().last().unwrap();
    assert!(last.contains("1001 processes"), "{last}");
    assert!(report.lines().count() < 300, "{} lines for forks without exec", report.lines().count());
}

/// A chain of processes, each the child of the one before.
#[test]
fn a_deep_chain() {
    let script = "if [ $1 -gt 0 ]; then sh -c \"$0\" \"$0\" $(($1 - 1)); fi; exit 0";
    let directory = Directory::new("chain");
    let report = directory.join("report");
    let mut command = taskwatch();
    command.args(["-f", "jsonl", "-o"]).arg(&report).args(["--", "sh", "-c", script, script, "150"]);
    assert_eq!(run(&mut command).status.code(), Some(0));
    let lines = stream::read(&report);
    let story = Story::of(&lines).unwrap();
    let mut depth = 0;
    let mut at = story.roots[0];
    while let Some(&child) = story.task(at).children.first() {
        (at, depth) = (child, depth + 1);
    }
    assert_eq!((depth, story.tasks.len()), (150, 151));
    let tree = run(taskwatch().args(["--", "sh", "-c", script, script, "150"]));
    assert!(text(&tree.stderr).lines().last().unwrap().contains("151 processes"));
}
