//! Loaded and unloaded a thousand times, while other threads dispatch.

use std::cell::RefCell;
use std::fs;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::thread;

use watchers::{CloneFlags, Event, InitEvent, Module, PanicPolicy, Selection, Task, Unloaded};

use crate::{Diary, alone, library, mapped};

const N_TIMES: u32 = 1000;

/// Resident memory in KiB, and the number of mappings.
fn size() -> (u64, usize) {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    (line.split_whitespace().nth(1).unwrap().parse().unwrap(), maps.lines().count())
}

/// One supervisor's life with the module: it is loaded, called for a task and its child, and unloaded.
fn cycle(path: &std::path::Path) -> Unloaded {
    let mut selection = Selection::all().unwrap();
    selection.load(Module::load(path).unwrap()).unwrap();
    let parent = Task::builder().data::<Diary>(RefCell::default()).build();
    selection.furnish(&parent);
    let child = Task::builder().parent(&parent).build();
    selection.furnish(&child);
    let init = InitEvent::new(CloneFlags::FORK);
    for task in [&parent, &child] {
        assert!(selection.notify(task, Event::Init(&init), PanicPolicy::Ignore).verdict().is_go());
    }
    let path = selection.modules().next().unwrap().path().to_owned();
    let mut tasks = [parent, child];
    let module = selection.unload(&path, tasks.iter_mut()).unwrap();
    for task in &tasks {
        assert!(selection.notify(task, Event::Init(&init), PanicPolicy::Ignore).verdict().is_go());
    }
    module.unload()
}

#[test]
fn without_growth() {
    let _alone = alone();
    let path = library("plugin");
    for _ in 0..20 {
        assert_eq!(cycle(&path), Unloaded::Unmapped);
    }
    let before = size();
    for _ in 0..N_TIMES {
        assert_eq!(cycle(&path), Unloaded::Unmapped);
    }
    let after = size();
    assert!(after.1 <= before.1 + 2, "mappings: {before:?}, {after:?}");
    assert!(after.0 < before.0 + 512, "KiB: {before:?}, {after:?}");
}

/// Three supervisors load, call and unload the same module at once; who is last unmaps it.
#[test]
fn by_several_at_once() {
    let _alone = alone();
    let path = library("plugin");
    let (done, n_unmapped) = (AtomicBool::new(false), AtomicU64::new(0));
    thread::scope(|scope| {
        let workers = [(); 3].map(|()| {
            scope.spawn(|| {
                for _ in 0..N_TIMES / 2 {
                    if cycle(&path) == Unloaded::Unmapped {
                        n_unmapped.fetch_add(1, Relaxed);
                    }
                }
            })
        });
        // And one that only calls the program's.
        let caller = scope.spawn(|| {
            let (selection, task) = (Selection::all().unwrap(), Task::builder().build());
            let init = InitEvent::new(CloneFlags::FORK);
            while !done.load(Relaxed) {
                assert!(selection.notify(&task, Event::Init(&init), PanicPolicy::Ignore).verdict().is_go());
            }
        });
        for worker in workers {
            worker.join().unwrap();
        }
        done.store(true, Relaxed);
        caller.join().unwrap();
    });
    assert!(n_unmapped.load(Relaxed) > 0);
    assert!(!mapped(&path));
}
