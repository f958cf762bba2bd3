//! Several attributes on one function, with one explicit name.
#![deny(warnings)]

use watchers::{Event, Task, task_watcher};

#[task_watcher(exec, name = "net.audit", order = 1)]
#[task_watcher(exit, name = "net.audit", order = 2)]
#[task_watcher(init, free)]
fn audit(_: &Task, _: Event<'_>) {}

fn main() {
    let watchers = watchers::registry().unwrap().iter();
    let watchers: Vec<_> = watchers.map(|one| (one.event.name(), one.name, one.order, one.path())).collect();
    let audit = || String::from(concat!(module_path!(), "::audit"));
    let expected =
        [("init", "audit", 0), ("exec", "net.audit", 1), ("exit", "net.audit", 2), ("free", "audit", 0)];
    assert_eq!(watchers, expected.map(|(event, name, order)| (event, name, order, audit())));
}
