//! What is no module is refused by name, and the tree goes on.

use std::error::Error;

use process_runtime::{ErrorKind, Supervisor};
use watchers::{EventKind, ModuleError};

use crate::support::{Session, tracee};
use crate::{Shell, alone, module};

#[test]
fn at_the_start_and_later() {
    let _alone = alone();
    let refused = Supervisor::builder().module("/no/such/module.so").start().unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Module);
    assert_eq!(
        refused.to_string(),
        "use the module /no/such/module.so: No such file or directory (os error 2)"
    );
    let session = Session::without_recorder(Supervisor::builder());
    let handle = session.supervisor.handle();
    let mut shell = Shell::start(&session);
    for (path, sentence) in [
        ("/etc/passwd", "use the module /etc/passwd: it is not a program or a library (no ELF file)"),
        ("/bin/sh", "use the module /bin/sh: there are no task watchers in it"),
    ] {
        assert_eq!(handle.load_module(path).unwrap_err().to_string(), sentence);
    }
    let absent = handle.unload_module(module()).unwrap_err();
    assert!(matches!(absent.source().and_then(|source| source.downcast_ref()), Some(ModuleError::Absent)));
    handle.load_module(module()).unwrap();
    let again = handle.load_module(module()).unwrap_err();
    assert!(again.to_string().ends_with("it is loaded already"), "{again}");
    assert_eq!(shell.run("echo unharmed"), "unharmed\n");
    shell.end();
    session.finish();
}

/// A watcher or observer cannot change whom its own supervisor calls: it would wait for itself.
#[test]
fn from_within() {
    let (send, answers) = std::sync::mpsc::channel();
    let handle: std::sync::Arc<std::sync::OnceLock<process_runtime::Handle>> = Default::default();
    let own = handle.clone();
    let builder = Supervisor::builder().observe(EventKind::Exec, move |_, _, _| {
        let handle = own.get().unwrap();
        let _ = send.send([
            handle.load_module(module()).unwrap_err().kind(),
            handle.unload_module(module()).unwrap_err().kind(),
            handle.enable("programs").unwrap_err().kind(),
            handle.disable("programs").unwrap_err().kind(),
        ]);
    });
    let session = Session::without_recorder(builder);
    handle.set(session.supervisor.handle()).unwrap();
    session.spawn(tracee("ends")).unwrap().wait_tree().unwrap();
    assert_eq!(answers.recv().unwrap(), [ErrorKind::WouldDeadlock; 4]);
    session.finish();
}
