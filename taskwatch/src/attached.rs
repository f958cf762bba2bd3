//! `-p`: a tree that was there before us is followed until somebody says that it is enough, or until its end.
//!
//! In: a builder and a pid. Out: how its first process ended; none, if it was let go. Does not: report.

use std::process::ExitStatus;
use std::thread;
use std::time::Instant;

use process_runtime::{Builder, Handle};
use watchers::{Pid, Selection, Signal};

use crate::exit;
use crate::failure::Failure;
use crate::signals::{Signals, Watch};

/// Attaches, follows, and lets go. Modules stay loaded by `selection` until the supervisor has them.
pub(crate) fn follow(
    builder: Builder,
    pid: Pid,
    selection: Selection,
) -> Result<(Option<ExitStatus>, Watch), Failure> {
    // From here on no signal may end us before everybody was let go.
    let signals = Signals::catch_ends().map_err(Failure::starting)?;
    let attachment = builder.attach(pid).map_err(Failure::of_attachment)?;
    drop(selection);
    let (handle, mut asked) = (attachment.handle(), None);
    let mut obey = move |signal| match asked {
        None => {
            asked = Some(Instant::now());
            let_go(handle.clone());
        }
        // The reader of the report holds us up, and with us the tree, which lives on without us.
        Some(since) => exit::die_of_another(signal, since),
    };
    let watch = signals.each(move |received| obey(received.signal)).map_err(Failure::starting)?;
    let status = attachment.wait().map_err(Failure::of_supervisor)?;
    attachment.let_go();
    Ok((status, watch))
}

/// Returns at once.
fn let_go(handle: Handle) {
    let let_go = move || {
        // It may have ended by itself.
        let _ = handle.let_go();
    };
    if thread::Builder::new().name("let go".to_owned()).spawn(let_go).is_err() {
        exit::die_of(Signal::SIGTERM);
    }
}
