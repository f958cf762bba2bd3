//! Random trees: a plan is run by the tracee `plan` and its trace compared with what follows from it.

use std::fmt::Write;
use std::fs;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::support::{Mode, lines, run, tracee};

/// One step of a life.
#[derive(Clone, Debug)]
enum Step {
    Fork(Vec<Step>, End),
    Thread(Vec<Step>),
    Vfork,
    Spawn,
    Exec,
    Uid,
    Gid,
    Confirm,
}

#[derive(Clone, Copy, Debug)]
enum End {
    Code(u8),
    Killed,
}

#[test]
fn a_trace_follows_from_its_plan() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let mut runner = TestRunner::new(Config { cases: 24, failure_persistence: None, ..Config::default() });
    let plans = (vec(step(4), 0..8), end());
    let ran = runner.run(&plans, |(steps, end)| {
        let mut text = String::new();
        write_life(&mut text, &steps, end);
        fs::write(file.path(), &text).unwrap();
        for mode in Mode::ALL {
            let mut command = tracee("plan");
            command.arg(file.path());
            let run = run(mode, command);
            let seen = run.trace.by_task().to_string().replace("|CLONE_CLEAR_SIGHAND", "");
            prop_assert_eq!(lines(seen), lines(model(&steps, end)), "{:?} {}", mode, text);
        }
        Ok(())
    });
    if let Err(error) = ran {
        panic!("{error}");
    }
}

fn step(depth: u32) -> impl Strategy<Value = Step> {
    let leaf = prop_oneof![
        Just(Step::Vfork),
        Just(Step::Spawn),
        Just(Step::Exec),
        Just(Step::Uid),
        Just(Step::Gid),
        Just(Step::Confirm),
    ];
    leaf.prop_recursive(depth, 40, 5, |inner| {
        let thread = vec(inner.clone(), 0..5).prop_map(|steps| Step::Thread(without_exec(steps)));
        prop_oneof![(vec(inner, 0..5), end()).prop_map(|(steps, end)| Step::Fork(steps, end)), thread]
    })
}

fn end() -> impl Strategy<Value = End> {
    prop_oneof![9 => (0u8..10).prop_map(End::Code), 1 => Just(End::Killed)]
}

/// A thread's own exec would end its process's other threads: another test's matter.
fn without_exec(steps: Vec<Step>) -> Vec<Step> {
    let kept = steps.into_iter().filter(|step| !matches!(step, Step::Exec));
    kept.collect()
}

fn write_life(text: &mut String, steps: &[Step], end: End) {
    write_steps(text, steps);
    match end {
        End::Code(code) => write!(text, "{code}").unwrap(),
        End::Killed => text.push('k'),
    }
}

fn write_steps(text: &mut String, steps: &[Step]) {
    for step in steps {
        match step {
            Step::Fork(steps, end) => {
                text.push_str("f(");
                write_life(text, steps, *end);
                text.push(')');
            }
            Step::Thread(steps) => {
                text.push_str("t(");
                write_steps(text, steps);
                text.push(')');
            }
            Step::Vfork => text.push('v'),
            Step::Spawn => text.push('s'),
            Step::Exec => text.push('e'),
            Step::Uid => text.push('u'),
            Step::Gid => text.push('g'),
            Step::Confirm => text.push('n'),
        }
    }
}

/// The trace that a plan must give, task by task.
fn model(steps: &[Step], end: End) -> String {
    let id = rustix::process::getuid().as_raw();
    let gid = rustix::process::getgid().as_raw();
    let ids = Ids { id, saved: id, gid, saved_gid: gid };
    let mut model = Model { lives: vec!["init 1\nclone 1\nexec 1 plan\n".to_owned()] };
    model.live(1, ids, steps);
    model.end(1, &ending(end));
    model.lives.concat()
}

struct Model {
    lives: Vec<String>,
}

/// What the plan changes of a task's ids.
#[derive(Clone, Copy)]
struct Ids {
    id: u32,
    saved: u32,
    gid: u32,
    saved_gid: u32,
}

impl Model {
    fn born(&mut self, parent: usize, flags: &str) -> usize {
        let child = self.lives.len() + 1;
        self.lives.push(format!("init {parent}>{child} {flags}\nclone {parent}>{child}\n"));
        child
    }

    fn say(&mut self, task: usize, line: &str) {
        self.lives[task - 1] += &format!("{line}\n");
    }

    fn end(&mut self, task: usize, how: &str) {
        self.say(task, &format!("exit {task} {how}\nfree {task} {how}"));
    }

    fn live(&mut self, task: usize, mut ids: Ids, steps: &[Step]) {
        for step in steps {
            match step {
                Step::Fork(steps, end) => {
                    let child = self.born(task, "SIGCHLD");
                    self.live(child, ids, steps);
                    self.end(child, &ending(*end));
                }
                Step::Thread(steps) => {
                    let child = self.born(task, "CLONE_VM|CLONE_THREAD");
                    self.live(child, ids, steps);
                    self.end(child, "code 0");
                }
                Step::Vfork | Step::Spawn => {
                    let child = self.born(task, "CLONE_VM|CLONE_VFORK|SIGCHLD");
                    self.exec(child, "true", &mut ids.clone());
                    self.end(child, "code 0");
                }
                Step::Exec => self.exec(task, "exe", &mut ids),
                Step::Uid => {
                    let saved = if ids.id == 0 { ids.saved + 1 } else { ids.saved };
                    self.uid(task, &mut ids, saved);
                }
                Step::Confirm => {
                    // KERNEL: a privileged setuid sets the saved id too.
                    let saved = if ids.id == 0 { 0 } else { ids.saved };
                    self.uid(task, &mut ids, saved);
                }
                Step::Gid => {
                    let saved = if ids.gid == 0 { ids.saved_gid + 1 } else { ids.saved_gid };
                    self.gid(task, &mut ids, saved);
                }
            }
        }
    }

    fn uid(&mut self, task: usize, ids: &mut Ids, saved: u32) {
        let Ids { id, saved: old, .. } = *ids;
        self.say(task, &format!("uid {task} {id},{id},{old},{id}>{id},{id},{saved},{id}"));
        ids.saved = saved;
    }

    fn gid(&mut self, task: usize, ids: &mut Ids, saved: u32) {
        let Ids { gid: id, saved_gid: old, .. } = *ids;
        self.say(task, &format!("gid {task} {id},{id},{old},{id}>{id},{id},{saved},{id}"));
        ids.saved_gid = saved;
    }

    /// KERNEL: exec makes the effective ids the saved ones.
    fn exec(&mut self, task: usize, name: &str, ids: &mut Ids) {
        self.say(task, &format!("exec {task} {name}"));
        if ids.saved != ids.id {
            self.uid(task, ids, ids.id);
        }
        if ids.saved_gid != ids.gid {
            self.gid(task, ids, ids.gid);
        }
    }
}

fn ending(end: End) -> String {
    match end {
        End::Code(code) => format!("code {code}"),
        End::Killed => "SIGKILL".to_owned(),
    }
}
