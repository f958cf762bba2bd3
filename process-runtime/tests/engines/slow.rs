//! Watchers and engines that take longer than they should.

use std::time::Duration;

use process_runtime::EngineEvent;
use watchers::{EventKind, Task, task_watcher};

use super::scripted::{Log, Scripted, attach};
use super::support::{Mode, Run, run_with, tracee};

#[task_watcher(exec)]
fn sees_an_exec(_: &Task) {}

fn run(mode: Mode, limit: Option<Duration>) -> Run {
    let mut engine = Some(Scripted::new("slow", EngineEvent::SyscallEntry, &Log::default()));
    let builder = limit.into_iter().fold(mode.builder(), |builder, limit| builder.report_slow(limit));
    let builder = builder.observe(EventKind::Exec, move |task: &Task, _, _| {
        engine.take().into_iter().for_each(|engine| drop(attach(task, engine)));
    });
    let mut command = tracee("deeds");
    command.arg("call");
    run_with(builder, command)
}

/// Who takes longer than it should is told of by name and task.
#[test]
fn who_is_slow_is_named() {
    for mode in Mode::ALL {
        let run = run(mode, Some(Duration::ZERO));
        let (watchers, engines): (Vec<String>, Vec<String>) =
            run.notices.into_iter().partition(|notice| notice.contains(" watcher "));
        let [watcher] = &watchers[..] else { panic!("{watchers:?}") };
        assert!(watcher.starts_with("the exec watcher sees_an_exec took "), "{mode:?}: {watcher}");
        assert!(watcher.contains(" for task "), "{mode:?}: {watcher}");
        let named = |notice: &String| notice.starts_with("an engine engines::scripted::Scripted took ");
        assert!(!engines.is_empty() && engines.iter().all(named), "{mode:?}: {engines:?}");
    }
}

/// By default nobody is, and nobody who is quick.
#[test]
fn who_is_not_slow_is_not_named() {
    for (mode, limit) in
        Mode::ALL.into_iter().flat_map(|mode| [None, Some(Duration::MAX)].map(|limit| (mode, limit)))
    {
        assert_eq!(run(mode, limit).notices, [""; 0], "{mode:?} {limit:?}");
    }
}
