//! Which signal of job control came last.
//!
//! A stop and SIGCONT undo one another, so what counts is which came last; and what is read of several signals that came at once is not
//! in their order.
//!
//! KERNEL: a stop takes back a SIGCONT that is still pending, and SIGCONT a stop (kernel/signal.c `prepare_signal`); not one whose handler
//! is about to run. Both are for the process, and go to its main thread first (`complete_signal`), so handlers run in their order.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use signal_hook::consts::{SIGCONT, SIGTSTP, SIGTTIN, SIGTTOU};
use signal_hook::flag;

const OF_JOB_CONTROL: [i32; 4] = [SIGTSTP, SIGTTIN, SIGTTOU, SIGCONT];

/// The number of that signal; 0: none has come.
#[derive(Clone, Debug)]
pub(crate) struct LastOfJob(Arc<AtomicUsize>);

impl LastOfJob {
    /// Of these signals, as far as they are of job control. Comes before whoever reads them, so that it is there to ask.
    ///
    /// # Errors
    /// Those of sigaction(2).
    pub(crate) fn of(signals: &[i32]) -> io::Result<LastOfJob> {
        let last = LastOfJob(Arc::default());
        for signal in OF_JOB_CONTROL.into_iter().filter(|signal| signals.contains(signal)) {
            flag::register_usize(signal, last.0.clone(), number(signal))?;
        }
        Ok(last)
    }

    /// Whether it is SIGCONT.
    pub(crate) fn is_to_continue(&self) -> bool {
        self.0.load(Ordering::SeqCst) == number(SIGCONT)
    }
}

fn number(signal: i32) -> usize {
    signal.unsigned_abs() as usize
}
