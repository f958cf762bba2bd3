//! A host that stops with its job.

use std::os::unix::process::CommandExt;

use process_runtime::stop_with_the_job;
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};

use super::support::{is_elsewhere, launched, myself};

/// Whether or not its threads block the signal: it is the caller that stops, before anything else happens.
#[test]
fn stops_before_the_call_returns() {
    let name = "job::stops_before_the_call_returns";
    if is_elsewhere(name) {
        return stop_with_the_job();
    }
    let tstp = Signal::TSTP.as_raw();
    for heritage in [vec![], vec![format!("block:{tstp}")], vec![format!("ignore:{tstp}")]] {
        let heritage: Vec<&str> = heritage.iter().map(String::as_str).collect();
        // In a group of its own, which is not orphaned as long as we live.
        let mut host = launched(&heritage, &myself(name)).process_group(0).spawn().unwrap();
        let pid = Pid::from_child(&host);
        let (_, status) = waitpid(Some(pid), WaitOptions::UNTRACED).unwrap().unwrap();
        assert_eq!(status.stopping_signal(), Some(tstp), "{heritage:?}");
        kill_process(pid, Signal::CONT).unwrap();
        assert_eq!(host.wait().unwrap().code(), Some(0), "{heritage:?}");
    }
}
