//! What is in memory after a module was unloaded, and what comes when it is loaded again.

use std::path::Path;
use std::thread;

use watchers::{Event, ExecEvent, Module, PanicPolicy, Selection, Task, Unloaded};

use crate::{alone, library, mapped};

/// A selection with this module, whose `exec` watchers have been called.
fn called(path: &Path) -> Selection {
    let mut selection = Selection::all().unwrap();
    selection.load(Module::load(path).unwrap()).unwrap();
    let (task, exec) = (Task::builder().build(), ExecEvent::new("/bin/true", ["true"]));
    assert!(selection.notify(&task, Event::Exec(&exec), PanicPolicy::Ignore).panics().is_empty());
    selection
}

fn unload(mut selection: Selection) -> Unloaded {
    let path = selection.modules().next().unwrap().path().to_owned();
    selection.unload(&path, []).unwrap().unload()
}

/// The module's standard library is called when the thread ends: it has to be there.
#[test]
fn a_module_that_asks_for_its_thread_stays() {
    let _alone = alone();
    let path = library("threaded");
    for _ in 0..2 {
        let path = path.clone();
        let unloaded = thread::spawn(move || unload(called(&path))).join().unwrap();
        assert_eq!(unloaded, Unloaded::StillMapped);
        assert!(mapped(&library("threaded")));
    }
}
