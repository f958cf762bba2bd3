//! PR_SET_PDEATHSIG: fires when the thread that made the child ends, and only then.

use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;

use super::same_with_and_without;
use super::support::{Mode, Session, lines, run_with, set_parent_death_signal, tracee};

#[test]
fn inside_the_tree() {
    for whose in ["process", "thread"] {
        same_with_and_without("pdeath", &[whose]);
    }
}

/// The command's own setting is for the supervisor's end, not for that of the thread that called spawn.
#[test]
fn of_the_command_itself() {
    for mode in Mode::ALL {
        let session = Session::start(mode.builder());
        let mut command = tracee("armed");
        set_parent_death_signal(&mut command, 15);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        // Another thread spawns, and is gone before the command goes on.
        let mut child =
            std::thread::scope(|scope| scope.spawn(|| session.spawn(command).unwrap()).join().unwrap());
        let mut out = BufReader::new(child.take_stdout().unwrap());
        let mut text = String::new();
        out.read_line(&mut text).unwrap();
        drop(child.take_stdin());
        let status = child.wait().unwrap();
        out.read_to_string(&mut text).unwrap();
        assert_eq!((lines(text), status.code()), (lines("pdeathsig 15\nend of input"), Some(0)), "{mode:?}");
        session.finish();
    }
}

#[test]
fn is_as_unset_as_without_us() {
    for mode in Mode::ALL {
        let run = run_with(mode.builder(), tracee("armed"));
        assert_eq!(run.verdict.stdout, lines("pdeathsig 0\nend of input"));
    }
}
