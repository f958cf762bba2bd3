//! A program with watchers of its own and of two crates that it only names.
//!
//! `host list` prints the registry; `host notify` lets an exec happen; `host write N` writes a byte to a watcher's record (0), to what
//! says where it was made (1) or to its entry on the sealed page (2), and should not live to tell.

use std::env;

use audit as _;
use renamed as _;
use watchers::{Event, ExecEvent, PanicPolicy, Selection, Task, expect, registry, task_watcher};

expect!["audit", "renamed", "host"];

#[task_watcher(exec, order = 100)]
fn last(_: &Task) {}

fn main() {
    #[task_watcher(exec, order = 50)]
    fn inside_main(_: &Task) {}

    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["list"] => list(),
        ["notify"] => notify(),
        ["write", which] => write(which.parse().expect("a number")),
        _ => panic!("list, notify or write"),
    }
}

fn list() {
    for watcher in registry().expect("a sound table") {
        println!("{} {} {}", watcher.event, watcher.path(), watcher.name);
    }
}

fn notify() {
    let selection = Selection::all().expect("a sound table");
    let task = Task::builder().build();
    let outcome = selection.notify(&task, Event::Exec(&ExecEvent::new("ls", ["ls"])), PanicPolicy::Ignore);
    println!("{} {}", outcome.verdict().is_go(), audit::SEEN.get(&task).get());
}

fn write(which: usize) {
    let watchers = registry().expect("a sound table");
    let first = watchers.iter().find(|watcher| watcher.function == "first").expect("audit is linked");
    let addresses = watchers::private::addresses(first).expect("it is in the registry");
    let byte = std::ptr::with_exposed_provenance_mut::<u8>(addresses[which]);
    println!("at {byte:p}");
    // SAFETY: none. The byte can be read, and writing to it is what should kill this process.
    unsafe { byte.write_volatile(byte.read_volatile()) };
    println!("written");
}
