//! Runs that never happened, and the trees they give.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::time::Duration;

use watchers::{CloneFlags, Errno, Event, ExecEvent, Pid, Stillborn, Task, Tid};

use super::*;
use crate::report::Outcome;
use crate::report::story::Story;
use crate::style::Palette;
use crate::width;

const FULL: Detail = Detail { folding: Folding::Full, threads: Threads::Shown };

fn story(detail: Detail, width: Option<usize>) -> Story {
    Story::new(Palette::Plain, width, |output| Tree::new(detail, output))
}

fn folded() -> Story {
    story(Detail::default(), None)
}

/// The tree without its columns of numbers, its heading and its last line.
fn branches(text: &str) -> Vec<&str> {
    let lines: Vec<_> = text.lines().collect();
    let numbers = "   time    cpu   rss  ".len();
    let tree = lines.get(1..lines.len() - 1).unwrap();
    tree.iter().map(|line| line.char_indices().nth(numbers).map_or("", |(at, _)| &line[at..])).collect()
}

#[test]
fn a_build() {
    let mut story = folded();
    let make = story.root(&["make", "-j2"]);
    let shell = story.fork(&make);
    story.exec(&shell, &["/bin/sh", "-c", "exec cc -c a.c"]);
    story.exec(&shell, &["/usr/bin/cc", "-c", "a.c"]);
    story.run(&shell, &["/usr/libexec/cc1", "a b.c"]);
    let assembler = story.fork(&shell);
    story.exec(&assembler, &["as", "-o", "a.o"]);
    story.end(&assembler, 11);
    story.end(&shell, 1 << 8);
    story.end(&make, 2 << 8);
    let text = story.ended(2 << 8);
    let expected = "   time    cpu   rss
   21ms   30ms  2.0M  ✗ exit 2  make -j2
   15ms   30ms  2.0M  └─ ✗ exit 1  sh → cc -c a.c
    2ms   30ms  2.0M     ├─ cc1 'a b.c'
    2ms   30ms  2.0M     └─ ✗ SIGSEGV  as -o a.o
25ms wall · 80ms user · 40ms sys · 2.0M max RSS · 4 processes · ✗ 3 failures
";
    assert_eq!(text, expected);
}

#[test]
fn forks_without_exec_are_a_count_and_their_children_stay() {
    let mut story = folded();
    let shell = story.root(&["sh", "build.sh"]);
    let outer = story.fork(&shell);
    let inner = story.fork(&outer);
    story.run(&inner, &["sed", "p"]);
    story.end(&inner, 0);
    story.end(&outer, 0);
    let failed = story.fork(&shell);
    story.end(&failed, 127 << 8);
    story.end(&shell, 0);
    let text = story.ended(0);
    assert_eq!(branches(&text), ["sh build.sh  [2 forks]", "├─ sed p", "└─ ✗ exit 127  (fork of sh)"]);
    // What the forks used is not lost.
    assert!(text.lines().nth(1).unwrap().contains(" 90ms "), "{text}");
}

#[test]
fn a_fork_is_named_after_what_it_was_a_copy_of() {
    let mut story = folded();
    let root = story.root(&["bash"]);
    let fork = story.fork(&root);
    let inner = story.fork(&fork);
    story.exec(&root, &["python3"]);
    story.end(&inner, 1 << 8);
    story.end(&fork, 1 << 8);
    story.end(&root, 0);
    let text = story.ended(0);
    assert_eq!(
        branches(&text),
        ["bash → python3", "└─ ✗ exit 1  (fork of bash)", "   └─ ✗ exit 1  (fork of bash)"]
    );
}

#[test]
fn what_is_run_again_and_again_is_one_line() {
    let mut story = folded();
    let shell = story.root(&["sh", "loop"]);
    for _ in 0..5 {
        story.run(&shell, &["/bin/true"]);
    }
    let failed = story.fork(&shell);
    story.exec(&failed, &["true"]);
    story.end(&failed, 1 << 8);
    for _ in 0..3 {
        story.run(&shell, &["true"]);
    }
    story.end(&shell, 0);
    let text = story.ended(0);
    let expected = ["sh loop", "├─ true  [5 times]", "├─ ✗ exit 1  true", "├─ true", "├─ true", "└─ true"];
    assert_eq!(branches(&text), expected);
    assert!(text.lines().nth(2).unwrap().starts_with("   10ms  150ms  2.0M"), "{text}");
}

#[test]
fn nothing_is_folded_when_all_is_asked_for() {
    let mut story = story(FULL, None);
    let shell = story.root(&["/bin/sh", "build.sh"]);
    let fork = story.fork(&shell);
    let thread = story.thread(&shell);
    story.end_thread(&thread);
    story.end(&fork, 0);
    story.end(&shell, 0);
    let text = story.ended(0);
    assert_eq!(
        branches(&text),
        ["/bin/sh build.sh  [pid 100]", "├─ thread 102", "└─ (fork of /bin/sh)  [pid 101]"]
    );
}

#[test]
fn threads_are_counted_with_the_first() {
    let mut story = folded();
    let server = story.root(&["server"]);
    for _ in 0..2 {
        let thread = story.thread(&server);
        story.end_thread(&thread);
    }
    story.end(&server, 0);
    let text = story.ended(0);
    assert_eq!(branches(&text), ["server  [3 threads]"]);
    assert!(text.ends_with("1 process · 2 more threads · 0 failures\n"), "{text}");
}

#[test]
fn refused_and_failed_forks() {
    let mut story = folded();
    let shell = story.root(&["sh"]);
    story.refuse(&shell);
    story.refuse(&shell);
    story.fail(&shell, Stillborn::Failed(Errno::ENOMEM));
    story.fail(&shell, Stillborn::Restarted);
    story.end(&shell, 0);
    let text = story.ended(0);
    assert_eq!(
        branches(&text),
        ["sh", "├─ ✗ fork refused by max_tasks: EAGAIN (2 times)", "└─ ✗ fork failed: ENOMEM"]
    );
    assert!(text.ends_with("0 failures · 2 forks refused\n"), "{text}");
}

#[test]
fn an_exec_by_another_thread_keeps_the_process() {
    let mut story = folded();
    let leader = story.root(&["a"]);
    let thread = story.thread(&leader);
    // The leader goes first, then the thread takes its tid.
    story.end_thread(&leader);
    thread.bind(Tid::from_raw(100).unwrap(), Pid::from_raw(100).unwrap());
    let exec = ExecEvent::new("b", ["b"]).with_old_tid(Tid::from_raw(101).unwrap());
    story.tell(&thread, Event::Exec(&exec), None, None);
    story.run(&thread, &["c"]);
    story.end(&thread, 3 << 8);
    let text = story.ended(3 << 8);
    assert_eq!(branches(&text), ["✗ exit 3  a → b  [2 threads]", "└─ c"]);
    assert!(text.ends_with("2 processes · 1 more thread · ✗ 1 failure\n"), "{text}");
}

#[test]
fn a_leader_that_ends_first_does_not_end_its_process() {
    let mut story = folded();
    let leader = story.root(&["a"]);
    let thread = story.thread(&leader);
    story.tell(
        &leader,
        Event::Exit(&watchers::ExitEvent::new(watchers::ExitStatus::from_raw(0))),
        None,
        None,
    );
    story.pass(Duration::from_secs(1));
    story.end(&thread, 0);
    story.tell(
        &leader,
        Event::Free(&watchers::FreeEvent::died(watchers::ExitStatus::from_raw(5 << 8))),
        None,
        None,
    );
    let text = story.ended(5 << 8);
    assert_eq!(branches(&text), ["✗ exit 5  a  [2 threads]"]);
    assert!(text.lines().nth(1).unwrap().starts_with("  1.00s"), "{text}");
}

#[test]
fn no_terminal_is_told_what_to_do() {
    let mut story = folded();
    let root = story.root(&["evil"]);
    let child = story.fork(&root);
    story.exec_raw(
        &child,
        vec![OsString::from_vec(b"\x1b]0;x\x07".to_vec()), OsString::from_vec(b"\xff\n".to_vec())],
    );
    story.end(&child, 0);
    story.end(&root, 0);
    let text = story.ended(0);
    assert!(text.bytes().all(|b| b == b'\n' || b >= 0x20), "{text:?}");
    assert_eq!(branches(&text)[1], r"└─ $'\e]0;x\x07' $'\xff\n'");
}

#[test]
fn every_line_fits_any_terminal() {
    for columns in [1, 2, 5, 10, 20, 30, 49, 50, 60, 80, 200] {
        let mut story = story(Detail::default(), Some(columns));
        let mut parent = story.root(&["root", &"long ".repeat(30)]);
        let mut all = vec![parent.clone()];
        for depth in 0..60 {
            parent = story.fork(&parent);
            story.exec(&parent, &["日本語日本語日本語", "argument", &depth.to_string()]);
            story.exec(&parent, &["/opt/some/program", "with", "many", "arguments", "日本語"]);
            story.refuse(&parent);
            all.push(parent.clone());
        }
        while let Some(task) = all.pop() {
            story.end(&task, 1 << 8);
        }
        let text = story.ended(1 << 8);
        let mut lines: Vec<_> = text.lines().collect();
        // The last line is what it is.
        lines.pop();
        assert!(lines.len() > 120);
        for line in lines {
            let allowed = columns.max(8 + "⋯60 ├─ ".chars().count());
            assert!(width::columns(line) <= allowed, "{columns}: {} {line:?}", width::columns(line));
        }
    }
}

#[test]
fn a_long_chain_is_drawn_in_linear_space() {
    let mut story = folded();
    let mut parent = story.root(&["root"]);
    for _ in 0..5_000 {
        parent = story.fork(&parent);
        story.exec(&parent, &["link"]);
        story.run(&parent, &["leaf"]);
    }
    let text = story.ended(0);
    assert_eq!(text.lines().count(), 10_003);
    assert!(text.len() < 10_003 * 300, "{}", text.len());
}

#[test]
fn a_command_that_was_not_started_has_no_tree() {
    let mut story = folded();
    let text = story.written(Outcome::Failed { stage: "exec", errno: Some(Errno::ENOENT) });
    assert_eq!(text, "");
}

#[test]
fn colours_frame_the_words_and_nothing_else() {
    let mut story = Story::new(Palette::Coloured, None, |output| Tree::new(Detail::default(), output));
    let root = story.root(&["false"]);
    story.end(&root, 1 << 8);
    let text = story.ended(1 << 8);
    assert!(text.contains("\u{1b}[1m\u{1b}[31m✗ exit 1  \u{1b}[0m\u{1b}[1mfalse\u{1b}[0m"), "{text:?}");
}

#[test]
fn a_thread_of_nobody_is_a_process() {
    let mut story = folded();
    let task = Task::builder().tid(Tid::from_raw(7).unwrap()).pid(Pid::from_raw(7).unwrap()).build();
    story.tell(&task, Event::Clone(&watchers::CloneEvent::new(CloneFlags::FORK)), None, None);
    assert_eq!(branches(&story.ended(0)), ["(fork)  [end not seen]"]);
}
