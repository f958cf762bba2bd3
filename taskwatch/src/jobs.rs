//! Job control: `taskwatch` stops after its command has, and never before.
//!
//! If we stopped at once, as the default of SIGTSTP is, nobody would handle the ptrace-stops of a command that
//! wants to clean up first, and the shell would get its prompt while the command still runs. So the signal is
//! caught, and we stop when /proc shows that the command has. One that puts off its stop is waited for, and one
//! that ignores the signal is left in peace.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use watchers::Pid;

/// Between two looks at a process: long enough for a mere ptrace-stop to pass.
const LOOK: Duration = Duration::from_millis(10);
/// Between two pairs of looks, when a command takes its time.
const LONGEST_PAUSE: Duration = Duration::from_millis(250);
/// How long a command may take. Who presses the key again is followed again.
const PATIENCE: Duration = Duration::from_secs(10);

/// Follows one command into its stops.
#[derive(Clone, Debug)]
pub(crate) struct Follower {
    command: Pid,
    is_following: Arc<AtomicBool>,
}

impl Follower {
    /// Follows `command`.
    pub(crate) fn new(command: Pid) -> Follower {
        Follower { command, is_following: Arc::new(AtomicBool::new(false)) }
    }

    /// Stops this process as soon as the command has stopped. Returns at once.
    pub(crate) fn stop_after_command(&self) {
        if self.is_following.swap(true, Ordering::SeqCst) {
            return;
        }
        let follower = self.clone();
        let follow = move || follower.follow();
        if thread::Builder::new().name("stop".to_owned()).spawn(follow).is_err() {
            self.give_up();
        }
    }

    /// Does not stop any more: somebody has said SIGCONT.
    pub(crate) fn give_up(&self) {
        self.is_following.store(false, Ordering::SeqCst);
    }

    /// Whether the command is in a stop of job control.
    pub(crate) fn command_is_stopped(&self) -> bool {
        is_stopped(self.command)
    }

    fn follow(&self) {
        let (mut pause, begin) = (LOOK, Instant::now());
        while self.is_following.load(Ordering::SeqCst) && begin.elapsed() < PATIENCE {
            if is_gone(self.command) || is_stopped(self.command) {
                // All threads stop here, and go on from here after SIGCONT.
                process_runtime::stop_with_the_job();
                break;
            }
            thread::sleep(pause);
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        self.give_up();
    }
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

    #[test]
    fn sees_a_stopped_child() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let pid = rustix::process::Pid::from_child(&child);
        rustix::process::kill_process(pid, rustix::process::Signal::STOP).unwrap();
        rustix::process::waitpid(Some(pid), rustix::process::WaitOptions::UNTRACED).unwrap();
        let seen = is_stopped(Pid::from_raw(pid.as_raw_pid()).unwrap());
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(seen);
    }
}
