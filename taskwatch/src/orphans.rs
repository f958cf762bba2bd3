//! `--subreaper`, and PID 1: orphans become our children, and somebody has to reap them.
//!
//! Tasks of the tree are reaped by the tracer. What is left are processes that are not traced: started by others in
//! our container, or hidden from tracing. They must be told apart without a wait on -1, which would take the
//! tracer's statuses: they are zombies without a tracer that nobody has reaped for a while. (A program that a
//! watcher runs with `spawn_aside` is waited for by the watcher.)

use std::collections::HashSet;
use std::fs;
use std::io;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, WaitOptions};

/// Between two looks for zombies; one that is seen twice is reaped.
const PERIOD: Duration = Duration::from_millis(500);

/// Adopts and reaps orphans while it lives.
#[derive(Debug)]
pub(crate) struct Reaper {
    done: Option<Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Reaper {
    /// Makes this process the one that orphans below it go to. PID 1 is that already.
    ///
    /// # Errors
    /// Those of prctl(2) and of making a thread.
    pub(crate) fn start() -> io::Result<Reaper> {
        let own = rustix::process::getpid();
        if !own.is_init() {
            rustix::process::set_child_subreaper(Some(own))?;
        }
        let (done, wait) = mpsc::channel();
        let reap = move || {
            let mut seen = HashSet::new();
            while wait.recv_timeout(PERIOD) == Err(RecvTimeoutError::Timeout) {
                seen = reap(&seen);
            }
        };
        let thread = thread::Builder::new().name("reaper".to_owned()).spawn(reap)?;
        Ok(Reaper { done: Some(done), thread: Some(thread) })
    }
}

impl Drop for Reaper {
    fn drop(&mut self) {
        drop(self.done.take());
        if let Some(thread) = self.thread.take() {
            // A panic there has been printed; there is nothing to add.
            let _ = thread.join();
        }
    }
}

/// Reaps those of the untraced zombies among our children that are in `seen`; the others.
fn reap(seen: &HashSet<Pid>) -> HashSet<Pid> {
    let (old, new): (Vec<_>, Vec<_>) = zombies().partition(|pid| seen.contains(pid));
    for pid in old {
        // It may have been reaped in between; then this is not about its successor, which would be no zombie.
        let _ = rustix::process::waitpid(Some(pid), WaitOptions::NOHANG);
    }
    new.into_iter().collect()
}

/// Our children that are dead and have no tracer.
fn zombies() -> impl Iterator<Item = Pid> {
    let threads = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let lists = threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    let children =
        lists.flat_map(|list| list.split_ascii_whitespace().map(str::to_owned).collect::<Vec<_>>());
    children.filter_map(|child| {
        let status = fs::read(format!("/proc/{child}/status")).ok()?;
        is_forgotten(&String::from_utf8_lossy(&status)).then(|| Pid::from_raw(child.parse().ok()?)).flatten()
    })
}

/// Whether a process is dead and nobody traces it.
fn is_forgotten(status: &str) -> bool {
    let field = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    field("State:").is_some_and(|state| state.starts_with('Z')) && field("TracerPid:") == Some("0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_forgotten() {
        assert!(is_forgotten("Name:\tsh\nState:\tZ (zombie)\nTracerPid:\t0\n"));
        assert!(!is_forgotten("Name:\tsh\nState:\tZ (zombie)\nTracerPid:\t12\n"));
        assert!(!is_forgotten("Name:\tsh\nState:\tS (sleeping)\nTracerPid:\t0\n"));
        assert!(!is_forgotten(""));
    }

    #[test]
    fn a_zombie_is_reaped_when_it_is_seen_again() {
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let pid = Pid::from_child(&child);
        let options = rustix::process::WaitIdOptions::EXITED | rustix::process::WaitIdOptions::NOWAIT;
        rustix::process::waitid(rustix::process::WaitId::Pid(pid), options).unwrap();
        let seen = zombies().filter(|zombie| *zombie == pid).collect();
        assert_eq!(seen, HashSet::from([pid]));
        reap(&seen);
        assert!(!zombies().any(|zombie| zombie == pid));
        assert!(child.wait().is_err());
    }
}
