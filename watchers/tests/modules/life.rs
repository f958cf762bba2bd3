//! What a module's watchers do, from its loading to its end.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::fs;
use std::rc::Rc;

use watchers::{
    CloneEvent, CloneFlags, Errno, Event, EventKind, ExitEvent, ExitStatus, FreeEvent, InitEvent, Module,
    PanicPolicy, Selection, Task, TaskData, Unloaded, data_panics,
};

use crate::{Diary, alone, library, mapped};

/// A task that the plugin can write about.
fn task(parent: Option<&Rc<Task>>, selection: &Selection) -> Rc<Task> {
    let builder = Task::builder().data::<Diary>(RefCell::default());
    let task = match parent {
        Some(parent) => builder.parent(parent).build(),
        None => builder.build(),
    };
    selection.furnish(&task);
    task
}

fn told(task: &Task) -> Vec<String> {
    task.data::<Diary>().unwrap().take()
}

fn with_plugin() -> Selection {
    let mut selection = Selection::all().unwrap();
    selection.load(Module::load(&library("plugin")).unwrap()).unwrap();
    selection
}

fn path(selection: &Selection) -> std::path::PathBuf {
    selection.modules().next().unwrap().path().to_owned()
}

#[test]
fn its_watchers_are_called_behind_those_of_the_program() {
    let _alone = alone();
    let mut selection = with_plugin();
    let names: Vec<String> =
        selection.watchers().map(|watcher| format!("{} {}", watcher.event, watcher.path())).collect();
    let expected = [
        "init modules::of_the_program",
        "exec modules::of_the_program",
        "init plugin::bounded",
        "clone plugin::diary",
        "exec plugin::diary",
        "exit plugin::clumsy",
        "free plugin::diary",
    ];
    assert_eq!(names, expected);

    let root = task(None, &selection);
    let (fork, clone) = (InitEvent::new(CloneFlags::FORK), CloneEvent::new(CloneFlags::FORK));
    assert!(selection.notify(&root, Event::Init(&fork), PanicPolicy::Ignore).verdict().is_go());
    assert!(selection.notify(&root, Event::Clone(&clone), PanicPolicy::Ignore).verdict().is_go());
    // Order and numbers: the program is called before a module whatever the order says, and data is the task's.
    assert_eq!(told(&root), ["the program", "init 1 of 1", "clone 2 of 2"]);
    let child = task(Some(&root), &selection);
    assert!(selection.notify(&child, Event::Init(&fork), PanicPolicy::Ignore).verdict().is_go());
    assert_eq!(told(&child), ["the program", "init 3 of 3"], "it began where its parent was");

    let path = path(&selection);
    let module = selection.unload(&path, [root, child].iter_mut()).unwrap();
    assert_eq!(module.unload(), Unloaded::Unmapped);
    assert!(selection.unload(&path, []).is_none(), "it is gone");
    let task = task(None, &selection);
    assert!(selection.notify(&task, Event::Init(&fork), PanicPolicy::Ignore).verdict().is_go());
    assert_eq!(told(&task), ["the program"]);
}

/// A panic of a module cannot be caught by the program: it is caught in the module, and its message comes here.
#[test]
fn its_data_may_panic() {
    let _alone = alone();
    let mut selection = with_plugin();
    let path = path(&selection);
    let faulty = |selection: &Selection, fault: &'static str| {
        let task = Task::builder().data(Cell::new(fault)).build();
        selection.furnish(&task);
        task
    };
    let told = || data_panics().iter().map(ToString::to_string).collect::<Vec<_>>();
    let message = |fault: &str| format!("task data of type plugin::Faulty panicked: {fault} as it was told");

    drop(faulty(&selection, "made"));
    assert_eq!(told(), [message("made")]);
    drop(faulty(&selection, "dropped"));
    assert_eq!(told(), [message("dropped")]);
    let mut task = faulty(&selection, "dropped");
    let module = selection.unload(&path, [&mut task]).unwrap();
    assert_eq!((told(), module.unload()), (vec![message("dropped")], Unloaded::Unmapped));

    // Made by the module's own code, as it is asked for: the task was there before.
    let task = Task::builder().data(Cell::new("dropped")).build();
    let mut selection = with_plugin();
    let clone = CloneEvent::new(CloneFlags::FORK);
    assert!(selection.notify(&task, Event::Clone(&clone), PanicPolicy::Ignore).panics().is_empty());
    drop(task);
    assert_eq!(told(), [message("dropped")]);
    assert_eq!(selection.unload(&path, []).unwrap().unload(), Unloaded::Unmapped);
}

#[test]
fn it_may_refuse() {
    let _alone = alone();
    let mut selection = with_plugin();
    let root = task(None, &selection);
    let namespaced = InitEvent::new(CloneFlags::from_raw(CloneFlags::CLONE_NEWUSER));
    let outcome = selection.notify(&root, Event::Init(&namespaced), PanicPolicy::Ignore);
    let refusal = outcome.refusal().unwrap();
    assert_eq!((refusal.errno, refusal.watcher.function), (Errno::EUSERS, "bounded"));
    let module = selection.unload(&path(&selection), [root].iter_mut()).unwrap();
    assert_eq!(module.unload(), Unloaded::Unmapped);
    // Its name stays, for whoever reads the outcome later.
    assert_eq!(refusal.watcher.path(), "plugin::bounded");
}

#[test]
fn its_panics_are_caught_on_its_own_side() {
    let _alone = alone();
    let mut selection = with_plugin();
    let root = task(None, &selection);
    let exit = ExitEvent::new(ExitStatus::from_raw(77 << 8));
    let outcome = selection.notify(&root, Event::Exit(&exit), PanicPolicy::Disable);
    let messages = outcome.panics().iter().map(|panicked| (panicked.watcher.function, &*panicked.message));
    assert_eq!(messages.collect::<Vec<_>>(), [("clumsy", "exit code 77 is not allowed")]);
    assert!(!selection.events().contains(EventKind::Exit), "disabled");
    selection.enable_named("clumsy").unwrap();
    let fine = ExitEvent::new(ExitStatus::from_raw(0));
    let outcome = selection.notify(&root, Event::Exit(&fine), PanicPolicy::Disable);
    assert!(outcome.panics().is_empty());
    assert_eq!(told(&root).len(), 2);
    let module = selection.unload(&path(&selection), [root].iter_mut()).unwrap();
    assert_eq!(module.unload(), Unloaded::Unmapped);
}

/// A task whose plugin data writes down its end.
fn witnessed(selection: &Selection, ends: &Ends) -> Rc<Task> {
    let task = Task::builder().data(Rc::clone(ends)).build();
    selection.furnish(&task);
    task
}

type Ends = Rc<RefCell<Vec<String>>>;

#[test]
fn data_is_dropped_after_free_and_before_the_module() {
    let _alone = alone();
    let (mut selection, ends) = (with_plugin(), Ends::default());
    let [first, second] = [(); 2].map(|()| witnessed(&selection, &ends));
    let free = FreeEvent::died(ExitStatus::from_raw(0));
    assert!(selection.notify(&first, Event::Free(&free), PanicPolicy::Ignore).verdict().is_go());
    drop(first);
    assert_eq!(ends.take(), ["free"]);

    let mut tasks = [second];
    let module = selection.unload(&path(&selection), tasks.iter_mut()).unwrap();
    assert_eq!(ends.take(), ["nothing"], "before the task");
    assert_eq!(module.unload(), Unloaded::Unmapped);
    drop(tasks);
    assert!(ends.take().is_empty());
}

#[test]
fn a_task_that_somebody_keeps_keeps_the_module() {
    let _alone = alone();
    let (mut selection, ends) = (with_plugin(), Ends::default());
    let kept = witnessed(&selection, &ends);
    let mut tasks = [kept.clone()];
    let path = path(&selection);
    let module = selection.unload(&path, tasks.iter_mut()).unwrap();
    assert_eq!((module.unload(), ends.take().len()), (Unloaded::StillUsed, 0));
    assert!(mapped(&path));
    drop((tasks, kept));
    assert_eq!(ends.take(), ["nothing"]);
    assert!(!mapped(&path), "gone with the last task");
}

/// Each task's data has the next task: however they are given, only the last in such a row can be emptied at first.
#[test]
fn tasks_that_data_of_other_tasks_has_do_not_keep_the_module() {
    let _alone = alone();
    for is_reversed in [false, true] {
        let mut selection = with_plugin();
        let mut tasks: Vec<Rc<Task>> = Vec::new();
        for _ in 0..5 {
            let friend = tasks.last().map(|task| -> Box<dyn Any> { Box::new(task.clone()) });
            let friend = RefCell::new(friend);
            tasks.push(Task::builder().data(friend).build());
            selection.furnish(tasks.last().unwrap());
        }
        if is_reversed {
            tasks.reverse();
        }
        let module = selection.unload(&path(&selection), tasks.iter_mut()).unwrap();
        assert_eq!(module.unload(), Unloaded::Unmapped, "{is_reversed}");
    }
}

#[test]
fn two_selections_share_it() {
    let _alone = alone();
    let (mut first, mut second) = (with_plugin(), with_plugin());
    let path = path(&first);
    let [one, other] = [task(None, &first), task(None, &second)];
    assert_eq!(first.unload(&path, [one].iter_mut()).unwrap().unload(), Unloaded::StillUsed);
    let exec = InitEvent::new(CloneFlags::FORK);
    assert!(second.notify(&other, Event::Init(&exec), PanicPolicy::Ignore).verdict().is_go());
    assert_eq!(told(&other), ["the program", "init 1 of 1"]);
    assert_eq!(second.unload(&path, [other].iter_mut()).unwrap().unload(), Unloaded::Unmapped);
}

/// A library with a thread-local value that has a destructor: the truth is told, and nothing of it is called.
#[test]
fn what_the_loader_keeps_is_said_to_be_kept() {
    let _alone = alone();
    let mut selection = Selection::all().unwrap();
    selection.load(Module::load(&library("clinging")).unwrap()).unwrap();
    let path = path(&selection);
    let exec = watchers::ExecEvent::new("/bin/true", ["true"]);
    let root = task(None, &selection);
    assert!(selection.notify(&root, Event::Exec(&exec), PanicPolicy::Ignore).panics().is_empty());
    assert_eq!(selection.unload(&path, [root].iter_mut()).unwrap().unload(), Unloaded::StillMapped);
    assert!(mapped(&path));
    // And it can be had again.
    selection.load(Module::load(&path).unwrap()).unwrap();
    assert_eq!(selection.unload(&path, []).unwrap().unload(), Unloaded::StillMapped);
}

/// Task data that no table has could not be found when the module goes: asking for it is a panic, which is caught.
#[test]
fn hidden_task_data_is_refused() {
    let _alone = alone();
    let mut selection = Selection::all().unwrap();
    selection.load(Module::load(&library("careless")).unwrap()).unwrap();
    let root = task(None, &selection);
    let exec = watchers::ExecEvent::new("/bin/true", ["true"]);
    let outcome = selection.notify(&root, Event::Exec(&exec), PanicPolicy::Ignore);
    let messages: Vec<&str> = outcome.panics().iter().map(|panicked| &*panicked.message).collect();
    assert_eq!(messages, ["task data of type u32 in a module: declare it by task_data!"]);

    // Nor is it had by the place that it has among the module's own tasks: here that is a value of the program, of the same type.
    static FIRST: [TaskData<u32>; 4] = [const { TaskData::new(|_, _| 1) }; 4];
    let _ = FIRST.each_ref().map(|data| data.get(&root));
    let exit = ExitEvent::new(ExitStatus::from_raw(0));
    let outcome = selection.notify(&root, Event::Exit(&exit), PanicPolicy::Ignore);
    let messages: Vec<&str> = outcome.panics().iter().map(|panicked| &*panicked.message).collect();
    assert_eq!(messages, ["task data of type u32 in a module: declare it by task_data!"]);
}

/// The module's own table is as little writable as the program's.
#[test]
fn its_table_is_read_only() {
    let _alone = alone();
    let module = Module::load(&library("plugin")).unwrap();
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let line = maps.lines().find(|line| {
        let (start, rest) = line.split_once('-').unwrap();
        let (end, _) = rest.split_once(' ').unwrap();
        let number = |text| usize::from_str_radix(text, 16).unwrap();
        (number(start)..number(end)).contains(&module.table_address())
    });
    assert!(line.unwrap().contains(" r--p "), "{line:?}");
    assert_eq!(module.unload(), Unloaded::Unmapped);
}
