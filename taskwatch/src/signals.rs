//! Signals that reach `taskwatch` while its command runs.
//!
//! In: what the kernel delivers, with who sent it. Out: [`Received`], one at a time, on a thread of its own.
//! Does not: decide what becomes of them (`forward.rs`).
//!
//! Handlers go away at exec, so the command starts with the dispositions that we were given. A signal that
//! we were started with ignored (nohup, `&` in a shell without job control) has no handler: the command
//! inherits that it is ignored, and nobody wants it forwarded.

use std::io;
use std::thread;

use signal_hook::consts::{
    SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGTTIN, SIGTTOU, SIGUSR1, SIGUSR2, SIGWINCH,
};
use signal_hook::iterator::{Handle, SignalsInfo, exfiltrator::WithOrigin};
use signal_hook::low_level::siginfo::{Cause, Origin};
use watchers::{Pid, Signal};

use crate::last_of_job::LastOfJob;

/// All that we care for: those to be forwarded, and those of job control.
const FOLLOWED: [i32; 11] = [
    SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGWINCH, // to be forwarded
    SIGTSTP, SIGTTIN, SIGTTOU, SIGCONT, // of job control
];

/// A signal, and who it is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Received {
    /// Which one.
    pub(crate) signal: Signal,
    /// Who sent it.
    pub(crate) sender: Sender,
}

/// Where a signal comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sender {
    /// The kernel: a key was pressed, the terminal was closed or has another size. The whole
    /// foreground group has had it, the command too.
    Terminal,
    /// A process; `None` if it is outside of our pid namespace.
    Process(Option<Pid>),
}

/// Signals that are caught and wait to be read.
#[derive(Debug)]
pub(crate) struct Signals {
    source: SignalsInfo<WithOrigin>,
    last_of_job: LastOfJob,
}

impl Signals {
    /// Catches the signals, before the command starts: from here on none of them kills or stops us.
    ///
    /// # Errors
    /// Those of sigaction(2) and socketpair(2).
    pub(crate) fn catch() -> io::Result<Signals> {
        Signals::catch_these(&FOLLOWED)
    }

    /// Catches those that ask for an end. There is no command that could be meant, and the others do to us what they always do.
    ///
    /// # Errors
    /// As [`catch`](Self::catch).
    pub(crate) fn catch_ends() -> io::Result<Signals> {
        Signals::catch_these(&[SIGHUP, SIGINT, SIGQUIT, SIGTERM])
    }

    fn catch_these(these: &[i32]) -> io::Result<Signals> {
        let ignored = ignored_signals();
        let followed: Vec<i32> = these.iter().copied().filter(|signal| !is_in(ignored, *signal)).collect();
        let last_of_job = LastOfJob::of(&followed)?;
        Ok(Signals { source: SignalsInfo::new(&followed)?, last_of_job })
    }

    /// Which of those of job control has come last, read or not.
    pub(crate) fn last_of_job(&self) -> LastOfJob {
        self.last_of_job.clone()
    }

    /// Calls `act` for each signal, on a new thread.
    ///
    /// # Errors
    /// Those of making a thread.
    pub(crate) fn each(mut self, mut act: impl FnMut(Received) + Send + 'static) -> io::Result<Watch> {
        let handle = self.source.handle();
        let each = move || self.source.forever().filter_map(received).for_each(&mut act);
        let thread = thread::Builder::new().name("signals".to_owned()).spawn(each)?;
        Ok(Watch { handle, thread: Some(thread) })
    }
}

/// The thread that reads signals. Dropped, it is ended; the signals stay caught.
#[derive(Debug)]
pub(crate) struct Watch {
    handle: Handle,
    thread: Option<thread::JoinHandle<()>>,
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.handle.close();
        if let Some(thread) = self.thread.take() {
            // A panic there has been printed; there is nothing to add.
            let _ = thread.join();
        }
    }
}

fn received(origin: Origin) -> Option<Received> {
    let signal = Signal::from_raw(origin.signal)?;
    let sender = match origin.cause {
        Cause::Kernel => Sender::Terminal,
        _ => Sender::Process(origin.process.and_then(|process| Pid::from_raw(process.pid))),
    };
    Some(Received { signal, sender })
}

/// The mask of ignored signals, bit 0 for signal 1. What cannot be read is taken as: none.
fn ignored_signals() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    mask(&status, "SigIgn:").unwrap_or(0)
}

fn mask(status: &str, field: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    u64::from_str_radix(line.trim(), 16).ok()
}

fn is_in(mask: u64, signal: i32) -> bool {
    u32::try_from(signal - 1).ok().and_then(|bit| mask.checked_shr(bit)).is_some_and(|rest| rest & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks() {
        let status = "Name:\tx\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000001001\n";
        let ignored = mask(status, "SigIgn:").unwrap();
        assert!(is_in(ignored, SIGHUP) && is_in(ignored, 13));
        assert!(!is_in(ignored, SIGINT) && !is_in(ignored, 0) && !is_in(ignored, 64));
        assert_eq!(mask("", "SigIgn:"), None);
    }

    #[test]
    fn senders() {
        use std::sync::mpsc;
        let (send, receive) = mpsc::channel();
        let watch = Signals::catch().unwrap().each(move |received| send.send(received).unwrap()).unwrap();
        let own = rustix::process::getpid();
        rustix::process::kill_process(own, rustix::process::Signal::USR2).unwrap();
        let received = receive.recv().unwrap();
        assert_eq!(received.signal, Signal::SIGUSR2);
        assert_eq!(received.sender, Sender::Process(Pid::from_raw(own.as_raw_pid())));
        drop(watch);
    }
}
