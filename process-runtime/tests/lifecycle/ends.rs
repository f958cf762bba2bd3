//! The ways to end, and what the parent and the watchers are told of each.

use super::support::{Mode, lines, plain, run, tracee};

#[test]
fn codes_and_signals() {
    let ways =
        ["code:0", "code:255", "signal:15", "signal:9", "signal:34", "signal:64", "segv", "trap", "abort"];
    let ends =
        ["code 0", "code 255", "SIGTERM", "SIGKILL", "SIGRTMIN", "SIGRTMAX", "SIGSEGV", "SIGTRAP", "SIGABRT"];
    for mode in Mode::ALL {
        let command = || {
            let mut command = tracee("ends");
            command.args(ways);
            command
        };
        let run = run(mode, command());
        let life =
            |(n, end)| format!("init 1>{0} SIGCHLD\nclone 1>{0}\nexit {0} {1}\nfree {0} {1}\n", n + 2, end);
        let lives: String = ends.iter().enumerate().map(life).collect();
        let expected = format!("init 1\nclone 1\nexec 1 ends\n{lives}exit 1 code 0\nfree 1 code 0");
        assert_eq!((run.trace.whole(), run.verdict), (lines(expected), plain(command())), "{mode:?}");
    }
}

#[test]
fn the_commands_own_signal_is_its_status() {
    for mode in Mode::ALL {
        let run = run(mode, tracee("ends"));
        let expected = lines("init 1\nclone 1\nexec 1 ends\nexit 1 SIGKILL\nfree 1 SIGKILL");
        assert_eq!((run.trace.whole(), run.verdict), (expected, plain(tracee("ends"))), "{mode:?}");
    }
}
