//! What is in memory after a module was unloaded, and what comes when it is loaded again.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use watchers::{Event, ExecEvent, Module, ModuleError, PanicPolicy, Selection, Task, Unloaded};

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

/// A copy of the fixture's library, to be replaced.
fn copy(package: &str, name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("modules_{name}.so"));
    replace(&path, package);
    path
}

/// As an installation does: the old file stays whole for who has it open.
fn replace(path: &Path, package: &str) {
    let new = path.with_extension("new");
    fs::copy(library(package), &new).unwrap();
    fs::rename(new, path).unwrap();
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

/// The base of each is 0, and so it is not what tells one from the other.
#[test]
fn modules_with_fixed_addresses() {
    let _alone = alone();
    let paths = ["fixed", "fixed_too"].map(library);
    let selections = paths.each_ref().map(|path| called(path));
    let names =
        selections.each_ref().map(|selection| selection.modules().next().unwrap().watchers()[0].path());
    assert_eq!(names, ["fixed::fixed", "fixed_too::fixed_too"]);
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    for address in ["210000000000-", "220000000000-"] {
        assert!(maps.lines().any(|line| line.starts_with(address)), "{maps}");
    }
    let again = Module::load(&paths[1]).unwrap();
    assert_eq!(again.path(), selections[1].modules().next().unwrap().path());
    drop(again);
    assert_eq!(selections.map(unload), [Unloaded::Unmapped; 2]);
}

#[test]
fn a_file_that_was_replaced_while_its_library_is_used() {
    let _alone = alone();
    let path = copy("plugin", "replaced");
    let selection = called(&path);
    assert!(Module::load(&path).is_ok());
    replace(&path, "careless");
    let error = Module::load(&path).unwrap_err();
    assert!(matches!(error, ModuleError::Replaced), "{error}");
    assert_eq!(unload(selection), Unloaded::Unmapped);
    let module = Module::load(&path).unwrap();
    assert_eq!(module.watchers()[0].module, "careless");
    assert_eq!(module.unload(), Unloaded::Unmapped);
}

/// The loader would answer with the old library, without a word.
#[test]
fn a_file_that_was_replaced_while_the_loader_keeps_its_library() {
    let _alone = alone();
    let path = copy("clinging", "kept");
    // It is kept until this thread ends.
    assert_eq!(unload(called(&path)), Unloaded::StillMapped);
    assert_eq!(unload(called(&path)), Unloaded::StillMapped, "the same file again");
    replace(&path, "plugin");
    let error = Module::load(&path).unwrap_err();
    assert!(matches!(error, ModuleError::Replaced), "{error}");
}

/// From the folder of the test's run.
fn relative(path: &Path) -> PathBuf {
    let depth = std::env::current_dir().unwrap().components().count() - 1;
    Path::new(&"../".repeat(depth)).join(path.strip_prefix("/").unwrap())
}

#[test]
fn a_file_that_has_another_name_or_none_is_known() {
    let _alone = alone();
    let (file, link) = (copy("plugin", "first"), copy("plugin", "link"));
    let lead = |to: &Path| {
        fs::remove_file(&link).unwrap();
        std::os::unix::fs::symlink(to, &link).unwrap();
    };
    lead(&file);
    let next = copy("careless", "second");
    for (loaded, unloaded) in [
        (file.clone(), relative(&file)),
        (relative(&file), file.clone()),
        (link.clone(), file.clone()),
        (link.clone(), relative(&link)),
    ] {
        for change in ["none", "led elsewhere", "removed"] {
            replace(&file, "plugin");
            lead(&file);
            let mut selection = Selection::all().unwrap();
            selection.load(Module::load(&loaded).unwrap()).unwrap();
            match change {
                "led elsewhere" => lead(&next),
                "removed" => fs::remove_file(&file).unwrap(),
                _ => {}
            }
            let module = selection.unload(&unloaded, []);
            assert_eq!(
                module.map(Module::unload),
                Some(Unloaded::Unmapped),
                "{loaded:?}, {unloaded:?}, {change}"
            );
        }
    }
}
