//! Job control: `taskwatch` stops after its command has, and never before.
//!
//! If we stopped at once, as the default of SIGTSTP is, nobody would handle the ptrace-stops of a command that
//! wants to clean up first, and the shell would get its prompt while the command still runs. So the signal is
//! caught, and we stop when /proc shows that the command has. One that puts off its stop is waited for, and one
//! that ignores the signal is left in peace.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use watchers::Pid;

use crate::last_of_job::LastOfJob;

/// Between two looks at a process: long enough for a mere ptrace-stop to pass.
const LOOK: Duration = Duration::from_millis(10);
/// Between two pairs of looks, when a command takes its time.
const LONGEST_PAUSE: Duration = Duration::from_millis(250);
/// How long a command may take. Who presses the key again is followed again.
const PATIENCE: Duration = Duration::from_secs(10);

/// Follows one command into its stops.
#[derive(Debug)]
pub(crate) struct Follower {
    command: Pid,
    last: LastOfJob,
    /// Whether the last pursuit goes on. Each has its own: one that ends late ends no other.
    goes_on: Mutex<Arc<AtomicBool>>,
}

impl Follower {
    /// Follows `command`, where `last` says what has come for both.
    pub(crate) fn new(command: Pid, last: LastOfJob) -> Follower {
        Follower { command, last, goes_on: Mutex::default() }
    }

    /// Stops this process as soon as the command has stopped. Returns at once.
    pub(crate) fn stop_after_command(&self) {
        let mut pursuit = self.pursuit();
        if pursuit.load(Ordering::SeqCst) {
            return;
        }
        *pursuit = Arc::new(AtomicBool::new(true));
        let (command, goes_on) = (self.command, pursuit.clone());
        let follow = move || follow(command, &goes_on);
        if thread::Builder::new().name("stop".to_owned()).spawn(follow).is_err() {
            pursuit.store(false, Ordering::SeqCst);
        }
    }

    /// SIGCONT was read: we do not stop any more. A shell's `fg` has woken the whole group; after `kill -CONT` to us alone the command
    /// sleeps on, and `wake` is for it.
    ///
    /// Nothing is done if a stop has come since: the command sleeps by that one.
    pub(crate) fn go_on(&self, wake: impl FnOnce()) {
        if !self.last.is_to_continue() {
            return;
        }
        self.pursuit().store(false, Ordering::SeqCst);
        if is_stopped(self.command) && self.last.is_to_continue() {
            wake();
        }
    }

    fn pursuit(&self) -> MutexGuard<'_, Arc<AtomicBool>> {
        self.goes_on.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn follow(command: Pid, goes_on: &AtomicBool) {
    let (mut pause, begin) = (LOOK, Instant::now());
    while goes_on.load(Ordering::SeqCst) && begin.elapsed() < PATIENCE {
        if is_gone(command) || is_stopped(command) {
            // All threads stop here, and go on from here after SIGCONT.
            process_runtime::stop_with_the_job();
            break;
        }
        thread::sleep(pause);
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
    goes_on.store(false, Ordering::SeqCst);
}

/// Whether the process has ended: then nothing is left to wait for before a stop.
fn is_gone(pid: Pid) -> bool {
    !matches!(look(pid), Some(Look { state, .. }) if !matches!(state, 'Z' | 'X'))
}

/// A traced task shows `t` in any stop; one of job control is the one that it stays in.
fn is_stopped(pid: Pid) -> bool {
    let Some(first) = look(pid).filter(Look::stands) else { return false };
    thread::sleep(LOOK);
    look(pid) == Some(first)
}

/// What /proc says about a process.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Look {
    state: char,
    /// How often it has left a CPU: another stop means another switch.
    switches: String,
}

impl Look {
    fn stands(&self) -> bool {
        matches!(self.state, 't' | 'T')
    }
}

fn look(pid: Pid) -> Option<Look> {
    let status = std::fs::read(format!("/proc/{pid}/status")).ok()?;
    parse(&String::from_utf8_lossy(&status))
}

fn parse(status: &str) -> Option<Look> {
    let field = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    let state = field("State:")?.chars().next()?;
    let switches =
        format!("{:?} {:?}", field("voluntary_ctxt_switches:"), field("nonvoluntary_ctxt_switches:"));
    Some(Look { state, switches })
}

#[cfg(test)]
mod tests {
    use signal_hook::consts::{SIGCONT, SIGTSTP};
    use signal_hook::low_level::raise;

    use super::*;

    #[test]
    fn reads_the_state() {
        let look = parse("Name:\ta\nState:\tt (tracing stop)\nvoluntary_ctxt_switches:\t7\n").unwrap();
        assert!(look.stands());
        assert!(!parse("State:\tS (sleeping)\n").unwrap().stands());
        assert_ne!(Some(look), parse("State:\tt\nvoluntary_ctxt_switches:\t8\n"));
        assert_eq!(parse("Name:\tx\n"), None);
    }

    #[test]
    fn we_run_and_nobody_has_the_last_pid() {
        let own = Pid::from_raw(rustix::process::getpid().as_raw_pid()).unwrap();
        assert!(!is_stopped(own) && !is_gone(own));
        assert!(is_gone(Pid::from_raw(i32::MAX).unwrap()));
    }

    /// A child that is killed when the test is over.
    struct Sleeper(std::process::Child);

    impl Sleeper {
        fn new() -> Sleeper {
            Sleeper(std::process::Command::new("sleep").arg("1000").spawn().unwrap())
        }

        fn pid(&self) -> Pid {
            Pid::from_raw(self.0.id().cast_signed()).unwrap()
        }

        fn stop(&self) {
            let pid = rustix::process::Pid::from_child(&self.0);
            rustix::process::kill_process(pid, rustix::process::Signal::STOP).unwrap();
            rustix::process::waitpid(Some(pid), rustix::process::WaitOptions::UNTRACED).unwrap();
        }
    }

    impl Drop for Sleeper {
        fn drop(&mut self) {
            self.0.kill().unwrap();
            self.0.wait().unwrap();
        }
    }

    #[test]
    fn sees_a_stopped_child() {
        let child = Sleeper::new();
        assert!(!is_stopped(child.pid()));
        child.stop();
        assert!(is_stopped(child.pid()));
    }

    /// Ctrl-Z right after `fg`: when SIGCONT is read, the command may sleep by the stop that came after it.
    #[test]
    fn who_is_woken() {
        let (child, last) = (Sleeper::new(), LastOfJob::of(&[SIGCONT, SIGTSTP]).unwrap());
        let follower = Follower::new(child.pid(), last);
        let is_woken_by = |signals: &[i32]| {
            signals.iter().for_each(|signal| raise(*signal).unwrap());
            let woken = AtomicBool::new(false);
            follower.go_on(|| woken.store(true, Ordering::SeqCst));
            woken.into_inner()
        };
        assert!(!is_woken_by(&[SIGCONT]), "it runs");
        child.stop();
        assert!(is_woken_by(&[SIGTSTP, SIGCONT]));
        assert!(!is_woken_by(&[SIGCONT, SIGTSTP]));
    }

    #[test]
    fn a_pursuit_that_was_given_up_ends_no_other() {
        let (child, last) = (Sleeper::new(), LastOfJob::of(&[SIGCONT]).unwrap());
        let follower = Follower::new(child.pid(), last);
        follower.stop_after_command();
        let first = follower.pursuit().clone();
        raise(SIGCONT).unwrap();
        follower.go_on(|| ());
        follower.stop_after_command();
        while Arc::strong_count(&first) > 1 {
            thread::yield_now();
        }
        assert!(!first.load(Ordering::SeqCst) && follower.pursuit().load(Ordering::SeqCst));
        follower.go_on(|| ());
    }
}
