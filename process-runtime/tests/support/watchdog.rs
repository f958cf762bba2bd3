//! Ends a test that hangs: kills its tracees, and the process if even that does not help.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::alive::Mark;
use super::recorder::Recorder;

/// How long a run may take. No test is about time: this is only to see what hangs.
const PATIENCE: Duration = Duration::from_secs(120);
/// How long a supervisor may take to see that its tracees are killed.
const GRACE: Duration = Duration::from_secs(20);

/// Watches one run until it is dropped.
pub(crate) struct Watchdog {
    barked: Arc<AtomicBool>,
    enough: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Watchdog {
    pub(crate) fn watch(mark: Mark, recorder: Recorder) -> Watchdog {
        Watchdog::patient(PATIENCE, mark, recorder)
    }

    /// One for a long run.
    pub(crate) fn patient(patience: Duration, mark: Mark, recorder: Recorder) -> Watchdog {
        let barked = Arc::new(AtomicBool::new(false));
        let (enough, over) = sync_channel(0);
        let said = barked.clone();
        let name = std::thread::current().name().unwrap_or("a test").to_owned();
        let body = move || {
            if waits(&over, patience) {
                said.store(true, Ordering::SeqCst);
                bark(&name, &mark, &recorder);
                if waits(&over, GRACE) {
                    eprintln!("{name}: hangs although its tracees are dead");
                    std::process::abort();
                }
            }
        };
        Watchdog { barked, enough: Some(enough), thread: Some(std::thread::spawn(body)) }
    }

    /// Whether the run was ended by force.
    pub(crate) fn barked(&self) -> bool {
        self.barked.load(Ordering::SeqCst)
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        drop(self.enough.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn waits(over: &Receiver<()>, time: Duration) -> bool {
    matches!(over.recv_timeout(time), Err(RecvTimeoutError::Timeout))
}

fn bark(name: &str, mark: &Mark, recorder: &Recorder) {
    eprintln!("{name}: takes too long. So far:\n{}", recorder.trace());
    for pid in mark.alive().into_iter().chain(recorder.tracees()) {
        eprintln!("  {pid}: {}", describe(pid));
        if let Some(pid) = Pid::from_raw(pid) {
            let _ = kill_process(pid, Signal::KILL);
        }
    }
}

fn describe(pid: i32) -> String {
    let read = |file: &str| fs::read_to_string(format!("/proc/{pid}/{file}")).unwrap_or_default();
    let status = read("status");
    let keys = ["Name", "State", "Tgid", "PPid", "TracerPid", "SigPnd", "ShdPnd", "SigBlk"];
    let wanted = |line: &&str| keys.iter().any(|key| line.starts_with(key));
    let lines: Vec<&str> = status.lines().filter(wanted).collect();
    format!("{} in call {}", lines.join(", ").replace('\t', " "), read("syscall").trim())
}
