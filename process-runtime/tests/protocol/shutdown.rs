//! The supervisor is dropped with births under way: each INIT has its FREE all the same.

use std::io::pipe;
use std::os::fd::OwnedFd;
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};

use process_runtime::{ErrorKind, SpawnStage};
use watchers::{EventKind, EventSet};

use super::storm::{Whim, end_a_storm};
use super::support::{self, Mode, Session, lines};

#[test]
fn in_the_middle_of_a_storm() {
    for (mode, births) in Mode::ALL.into_iter().flat_map(|mode| [1, 5, 40, 200, 1000].map(|n| (mode, n))) {
        end_a_storm(mode.builder().data(Whim::new(births as u64)), births);
    }
}

/// What becomes of a command that was admitted and waits in its own preparation, for a byte.
type Becomes = fn(&mut Command);

#[test]
fn with_a_command_admitted_and_not_spawned() {
    let table: [(Becomes, &str, Option<SpawnStage>); 3] = [
        (|_| {}, "clone 2\nexit 2 SIGKILL\nfree 2 SIGKILL", None),
        (|command| support::fail(command, libc::EBUSY), "free 2 failed EBUSY", Some(SpawnStage::Prepare)),
        (support::kill, "free 2 failed EIO", Some(SpawnStage::Prepare)),
    ];
    for (mode, (becomes, rest, stage)) in Mode::ALL.into_iter().flat_map(|m| table.map(|row| (m, row))) {
        let (told, events) = channel();
        let observe = move |_: &_, event: watchers::Event<'_>, _: &_| told.send(event.kind()).unwrap();
        let session = Session::start(mode.builder().observe(EventSet::ALL, observe));
        let mut witness = Command::new("/bin/cat");
        let (_never, stdin) = pipe().map(|(read, write)| (write, read)).unwrap();
        drop(
            session
                .spawn({
                    witness.stdin(stdin);
                    witness
                })
                .unwrap(),
        );
        until(&events, EventKind::Exec);

        let (waits, go) = pipe().unwrap();
        let handle = session.supervisor.handle();
        let mut command = Command::new("/bin/true");
        session.mark.put_on(&mut command);
        // It does not wait for ever if this test fails.
        support::set_parent_death_signal(&mut command, libc::SIGKILL);
        support::wait_for(&mut command, OwnedFd::from(waits));
        becomes(&mut command);
        let spawner = std::thread::spawn(move || handle.spawn(command).map(drop));
        until(&events, EventKind::Init);

        let dropper = std::thread::spawn(move || session.drop_it());
        // The witness is dead: the supervisor is going down.
        until(&events, EventKind::Free);
        rustix::io::write(&go, b"x").unwrap();
        let trace = dropper.join().unwrap();
        let before = "init 1\nclone 1\nexec 1 cat\ninit 2\nexit 1 SIGKILL\nfree 1 SIGKILL\n";
        let seen = trace.whole().to_string().replace(" late", "");
        assert_eq!(lines(seen), lines(format!("{before}{rest}")), "{mode:?}");
        // One that is killed before its exec did start, for all that std's Command can say.
        let failed = spawner.join().unwrap().err().map(|error| error.kind());
        assert_eq!(failed, stage.map(ErrorKind::Spawn), "{mode:?}");
    }
}

fn until(events: &Receiver<EventKind>, kind: EventKind) {
    while events.recv().unwrap() != kind {}
}
