//! Clients that do not read: a slow one loses nothing, a stuck one is dropped, and the tree goes on.

use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::Duration;

use process_runtime::Supervisor;
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketAddrUnix, SocketFlags, SocketType};
use rustix::net::{connect, recv, send, socket_with};
use watchers::EventKind;
use watchers_connector::Connector;

use crate::support::Session;

/// More messages than a socket holds: two for each of these lives.
const LIVES: usize = 3_000;

/// A client without a program around it.
struct Reader(OwnedFd);

impl Reader {
    fn listen(path: &Path) -> Reader {
        let socket =
            socket_with(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None).unwrap();
        connect(&socket, &SocketAddrUnix::new(path).unwrap()).unwrap();
        let request: [u32; 10] = [40, 3, 0, 0, 1, 1, 0, 0, 4, 1];
        let bytes: Vec<u8> = request.iter().flat_map(|word| word.to_le_bytes()).collect();
        send(&socket, &bytes, SendFlags::empty()).unwrap();
        Reader(socket)
    }

    /// The kinds of all messages, to the end of the stream.
    fn read(&self) -> Vec<u32> {
        let mut kinds = Vec::new();
        let mut message = [0; 100];
        while let (76, _) = recv(&self.0, &mut message[..], RecvFlags::empty()).unwrap() {
            kinds.push(u32::from_le_bytes(message[36..40].try_into().unwrap()));
        }
        kinds
    }
}

fn lives() -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("i=0; while [ $i -lt {LIVES} ]; do (:); i=$((i+1)); done")]);
    command
}

/// The answer to its request, all lives and the command's own, and its exec.
fn assert_whole(kinds: &[u32]) {
    let count = |kind: u32| kinds.iter().filter(|other| **other == kind).count();
    assert_eq!((count(0), count(1), count(2), count(1 << 31)), (1, LIVES + 1, 1, LIVES + 1));
}

#[test]
fn a_slow_client_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events");
    let connector = Connector::bind(&path).unwrap().with_patience(Duration::from_secs(60));
    let tracer = Arc::new(AtomicI32::new(0));
    let seen = tracer.clone();
    let session =
        Session::start(Supervisor::builder().data(connector).observe(EventKind::Init, move |_, _, _| {
            seen.store(rustix::thread::gettid().as_raw_nonzero().get(), Ordering::SeqCst);
        }));
    let reader = Reader::listen(&path);
    let kinds = std::thread::spawn(move || {
        await_a_full_socket(&tracer);
        reader.read()
    });
    assert!(session.spawn(lives()).unwrap().wait_tree().unwrap().success());
    session.finish();
    assert_whole(&kinds.join().unwrap());
}

/// Returns when the tracer waits in poll(2), as its other waits are wait4(2); or when it has ended, and never did.
fn await_a_full_socket(tracer: &AtomicI32) {
    loop {
        let tid = tracer.load(Ordering::SeqCst);
        match std::fs::read_to_string(format!("/proc/self/task/{tid}/syscall")) {
            Ok(call) if call.starts_with("7 ") || call.starts_with("271 ") => return,
            Err(_) if tid != 0 => return,
            _ => std::thread::yield_now(),
        }
    }
}

#[test]
fn a_stuck_client_is_dropped_and_others_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events");
    let connector = Connector::bind(&path).unwrap().with_patience(Duration::from_millis(300));
    let session = Session::start(Supervisor::builder().data(connector));
    let (stuck, good) = (Reader::listen(&path), Reader::listen(&path));
    let kinds = std::thread::spawn(move || good.read());
    assert!(session.spawn(lives()).unwrap().wait_tree().unwrap().success());
    session.finish();
    let whole = kinds.join().unwrap();
    assert_whole(&whole);
    // It reads what it had, the answers to both, and then the end.
    let had = stuck.read();
    assert!((200..LIVES).contains(&had.len()), "{}", had.len());
    assert_eq!(had[1..], whole[..had.len() - 1]);
}
