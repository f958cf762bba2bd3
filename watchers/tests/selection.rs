//! Which watchers take part: by function, by path, by explicit name.

use std::cell::RefCell;

use watchers::{
    Event, EventKind, EventSet, ExecEvent, ExitEvent, ExitStatus, PanicPolicy, Selection, Task,
    UnknownWatcher, registry, task_data, task_watcher,
};

task_data! { static CALLED: RefCell<Vec<&'static str>> = |_, _| RefCell::new(Vec::new()); }

fn call(task: &Task, name: &'static str) {
    CALLED.get(task).borrow_mut().push(name);
}

#[task_watcher(exec)]
fn log(task: &Task) {
    call(task, "log");
}

#[task_watcher(exec, exit, name = "net.audit")]
fn audit(task: &Task, _: Event<'_>) {
    call(task, "audit");
}

mod net {
    use watchers::{Task, task_watcher};

    #[task_watcher(exec)]
    fn log(task: &Task) {
        super::call(task, "net::log");
    }

    #[task_watcher(exec)]
    fn prolog(task: &Task) {
        super::call(task, "prolog");
    }
}

fn all() -> Selection {
    Selection::all().expect("a sound table")
}

/// Who is called at an exec and an exit.
fn called(selection: &Selection) -> String {
    let task = Task::builder().build();
    let (exec, exit) = (ExecEvent::new("ls", ["ls"]), ExitEvent::new(ExitStatus::from_raw(0)));
    for event in [Event::Exec(&exec), Event::Exit(&exit)] {
        let outcome = selection.notify(&task, event, PanicPolicy::Ignore);
        assert!(outcome.panics().is_empty());
    }
    CALLED.get(&task).take().join(" ")
}

#[test]
fn everybody_by_default() {
    assert_eq!(called(&all()), "log audit net::log prolog audit");
    assert_eq!(all().events(), EventSet::of([EventKind::Exec, EventKind::Exit]));
    assert_eq!(all().watchers().count(), 5);
}

#[test]
fn without_and_only() -> Result<(), UnknownWatcher> {
    for (without, only, who) in [
        (&["log"][..], &[][..], "audit prolog audit"),
        (&["net::log"], &[], "log audit prolog audit"),
        (&["selection::log"], &[], "audit net::log prolog audit"),
        (&["selection::net::log"], &[], "log audit prolog audit"),
        (&["net.audit"], &[], "log net::log prolog"),
        (&["audit"], &[], "log net::log prolog"),
        (&["log", "audit"], &[], "prolog"),
        (&["log", "audit", "prolog"], &[], ""),
        (&[], &["audit"], "audit audit"),
        (&[], &["net::log", "prolog"], "net::log prolog"),
        (&["net::log"], &["log"], "log"),
        (&["log"], &["log"], ""),
    ] {
        let mut selection = all();
        for name in without {
            selection = selection.without(name)?;
        }
        for name in only {
            selection = selection.only(name)?;
        }
        assert_eq!(called(&selection), who, "without {without:?}, only {only:?}");

        // The other way round it is the same.
        let mut selection = all();
        for name in only {
            selection = selection.only(name)?;
        }
        for name in without {
            selection = selection.without(name)?;
        }
        assert_eq!(called(&selection), who, "only {only:?}, without {without:?}");
    }
    Ok(())
}

#[test]
fn an_event_that_nobody_is_left_to_watch_is_not_watched() -> Result<(), UnknownWatcher> {
    assert_eq!(all().without("audit")?.events(), EventSet::of([EventKind::Exec]));
    assert!(all().only("log")?.without("log")?.events().is_empty());
    Ok(())
}

#[test]
fn a_name_that_fits_nobody_is_an_error_with_the_nearest() {
    for (name, nearest) in [
        ("lgo", "log"),
        ("rolog", "prolog"),
        ("net.adit", "net.audit"),
        ("Audit", "audit"),
        ("selection::nett::prolog", "selection::net::prolog"),
    ] {
        for error in [all().without(name), all().only(name)].map(|selection| selection.expect_err(name)) {
            assert_eq!((error.name.as_str(), error.nearest.as_deref()), (name, Some(nearest)));
        }
    }
    // No end of a path at the borders between its names.
    for name in ["", "::log", "t::log", "og"] {
        assert!(all().without(name).is_err(), "{name:?}");
    }
    let error = all().without("lgo").expect_err("nobody is called so");
    assert_eq!(error.to_string(), "no watcher is called `lgo`: the nearest is `log`");
}

#[test]
fn one_can_be_disabled_at_any_time() {
    let selection = all();
    let audit = registry().expect("a sound table").iter().find(|watcher| watcher.function == "audit");
    selection.disable(audit.expect("it is there"));
    assert_eq!(called(&selection), "log net::log prolog");
    assert_eq!(selection.events(), EventSet::of([EventKind::Exec]));
    assert_eq!(called(&all()), "log audit net::log prolog audit", "of this supervisor only");
}

#[test]
fn a_selection_can_be_sent_to_the_tracers_thread() {
    fn sendable<T: Send + Sync>() {}
    sendable::<Selection>();
}
