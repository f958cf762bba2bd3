//! A program with watchers of its own and of two crates that it only names.
//!
//! `host list` prints the registry; `host notify` lets an exec happen; `host write N` writes a byte to a watcher's record (0), to what
//! says where it was made (1) or to its entry on the sealed page (2), and should not live to tell. `host load FILE` opens a shared library
//! before it prints the registry.

use std::env;
use std::ffi::{CString, c_char, c_int, c_void};

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
        ["load", file] => {
            load(file);
            list();
        }
        ["write", which] => write(which.parse().expect("a number")),
        _ => panic!("list, notify, load or write"),
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

unsafe extern "C" {
    fn dlopen(file: *const c_char, flags: c_int) -> *mut c_void;
}

fn load(file: &str) {
    const RTLD_NOW: c_int = 2;
    let file = CString::new(file).expect("a path");
    // SAFETY: the file is the fixture's own module, which does nothing when it is loaded.
    let handle = unsafe { dlopen(file.as_ptr(), RTLD_NOW) };
    assert!(!handle.is_null(), "it cannot be loaded");
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
