//! Job control: an interactive shell on a terminal, with somebody typing.

use crate::support::{
    pty::Pty,
    run,
    skip::{Skip, installed, skip},
    tracee,
};
use std::process::{Command, Stdio};

/// What the shell says when it waits for a line.
const PROMPT: &str = "ready> ";

/// One thing to type, and the text that ends what must be on the screen before the next one; the echo of what
/// was typed does not have it.
type Turn = (&'static [u8], &'static str);

/// Where we are in a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Supervisor {
    None,
    /// Around the shell.
    Outside,
    /// What the shell runs as `$RUN COMMAND`.
    Inside,
}

/// Types into `bash -i`; all that was shown, and the status.
fn session(supervisor: Supervisor, turns: &[Turn]) -> (String, std::process::ExitStatus) {
    let ours = [env!("CARGO_BIN_EXE_taskwatch"), "-qq", "--"];
    let mut pty = Pty::new();
    let mut command = Command::new(tracee("prepare"));
    command.args(["defaults", "terminal", "--"]);
    if supervisor == Supervisor::Outside {
        command.args(ours);
    }
    command.args(["bash", "--norc", "--noprofile", "--noediting", "-i"]);
    command
        .env("PS1", PROMPT)
        .env("TERM", "dumb")
        .env_remove("PROMPT_COMMAND")
        .env("HISTFILE", "")
        .env("SITTER", tracee("sitter"))
        .env("RUN", if supervisor == Supervisor::Inside { ours.join(" ") } else { String::new() });
    command.stdin(Stdio::from(pty.terminal())).stdout(pty.terminal()).stderr(pty.terminal());
    let mut child = command.spawn().unwrap();
    drop(command);
    pty.leave_to_programs();
    let guard = run::guard(&child, &format!("bash -i, supervisor: {supervisor:?}"));
    let mut shown = pty.read_to(PROMPT);
    for (keys, answer) in turns {
        pty.type_in(keys);
        shown.push_str(&pty.read_to(answer));
    }
    shown.push_str(&run::text(&pty.read_to_end()));
    let status = child.wait().unwrap();
    guard.done();
    (shown, status)
}

/// Pids differ from run to run.
fn without_numbers(text: &str) -> String {
    let mut plain = String::new();
    for c in text.chars() {
        if !c.is_ascii_digit() {
            plain.push(c);
        } else if !plain.ends_with('#') {
            plain.push('#');
        }
    }
    plain
}

/// Behind the terminal's `^C`, bash ends the line once more or not, as it happens to hear of the deaths in a pipeline.
fn without_chance(text: &str) -> String {
    text.replace("^C\r\n\r\n", "^C\r\n")
}

fn same_session(name: &str, turns: &[Turn], code: i32) {
    same_session_with(name, Supervisor::Outside, turns, code);
}

fn same_session_with(name: &str, supervisor: Supervisor, turns: &[Turn], code: i32) {
    if installed("bash").is_none() {
        return skip(name, Skip::NoBash);
    }
    let (plain, plain_status) = session(Supervisor::None, turns);
    let (ours, status) = session(supervisor, turns);
    let [ours_plainly, plain] = [&ours, &plain].map(|text| without_chance(&without_numbers(text)));
    assert_eq!(ours_plainly, plain, "(ours, plain)");
    assert_eq!(status, plain_status);
    assert_eq!(status.code(), Some(code), "{ours}");
}

/// What the program in the foreground says when it runs, and when it runs again.
const RUNS: &str = "running\r\n";
const CONTINUED: &str = "continued\r\n";

#[test]
fn stop_and_continue_and_interrupt() {
    let turns: [Turn; 7] = [
        (b"$SITTER\n", RUNS),
        (b"\x1a", PROMPT),
        (b"jobs | wc -l; echo job''s\n", "jobs\r\nready> "),
        (b"fg\n", CONTINUED),
        (b"\x03", PROMPT),
        (b"echo status $?\n", "status 130\r\nready> "),
        (b"exit 3\n", "exit"),
    ];
    same_session("stop_and_continue_and_interrupt", &turns, 3);
}

#[test]
fn pipelines_in_the_background() {
    let turns: [Turn; 9] = [
        (b"sleep 100 | sleep 100 | sleep 100 &\n", PROMPT),
        (b"jobs; echo job''s\n", "jobs\r\nready> "),
        (b"kill -STOP %1; until [ \"$(jobs -s)\" ]; do :; done; echo stop''ped\n", "stopped\r\n"),
        (b"", PROMPT),
        (b"jobs; echo job''s\n", "jobs\r\nready> "),
        (b"bg; jobs; echo job''s\n", "jobs\r\nready> "),
        (b"kill %1; wait %1; echo wait''ed $?\n", "waited 143\r\nready> "),
        (b"jobs; echo job''s\n", "jobs\r\nready> "),
        (b"exit 4\n", "exit"),
    ];
    same_session("pipelines_in_the_background", &turns, 4);
}

/// A background job that reads from the terminal is stopped by the kernel.
#[test]
fn reading_in_the_background() {
    let turns: [Turn; 6] = [
        (b"cat & until [ \"$(jobs -s)\" ]; do :; done; echo stop''ped\n", "stopped\r\n"),
        (b"", PROMPT),
        (b"fg\n", "fg\r\ncat\r\n"),
        (b"typed\n", "typed\r\ntyped\r\n"),
        (b"\x04", PROMPT),
        (b"exit 5\n", "exit"),
    ];
    same_session("reading_in_the_background", &turns, 5);
}

/// Ctrl-\ and a shell within the shell.
#[test]
fn shells_within() {
    let turns: [Turn; 8] = [
        (b"PS1='in''ner> ' bash --norc --noprofile --noediting -i\n", "inner> "),
        (b"ulimit -c 0; $SITTER\n", RUNS),
        (b"\x1c", "inner> "),
        (b"echo status $?\n", "status 131\r\ninner> "),
        (b"suspend\n", PROMPT),
        (b"fg\n", "inner> "),
        (b"exit 7\n", PROMPT),
        (b"exit $?\n", "exit"),
    ];
    same_session("shells_within", &turns, 7);
}

/// The terminal is in the right hands again and again.
#[test]
fn many_stops() {
    same_session("many_stops", &stopped_again_and_again(b"$SITTER\n"), 8);
}

/// The same of us. The key is pressed as soon as the command goes on: before we do.
#[test]
fn many_stops_as_a_job() {
    let turns = stopped_again_and_again(b"$RUN $SITTER\n");
    same_session_with("many_stops_as_a_job", Supervisor::Inside, &turns, 8);
}

fn stopped_again_and_again(start: &'static [u8]) -> Vec<Turn> {
    let mut turns: Vec<Turn> = vec![(start, RUNS)];
    for _ in 0..10 {
        turns.push((b"\x1a", PROMPT));
        turns.push((b"fg\n", CONTINUED));
    }
    turns.push((b"\x03", PROMPT));
    turns.push((b"exit 8\n", "exit"));
    turns
}

/// The command in a session that knows nothing of it: it stops and goes on with what it runs, and ends as it.
#[test]
fn as_a_job() {
    let turns: [Turn; 11] = [
        (b"$RUN $SITTER\n", RUNS),
        (b"\x1a", PROMPT),
        (b"[ $? = 148 ] && echo SIGT''STP || echo an''other signal\n", PROMPT),
        (b"jobs | wc -l; echo job''s\n", "jobs\r\nready> "),
        (b"fg\n", CONTINUED),
        (b"\x1a", PROMPT),
        // The shell asks for a line of its own, or its prompt would race what the job says.
        (b"bg; read go\n", CONTINUED),
        (b"go\n", PROMPT),
        (b"kill -INT %1; wait %1; echo status $?\n", "status 130\r\nready> "),
        (b"$RUN sh -c 'exit 6'; echo status $?\n", "status 6\r\nready> "),
        (b"exit 9\n", "exit"),
    ];
    same_session_with("as_a_job", Supervisor::Inside, &turns, 9);
}

/// The same with a pipeline of which we are a part.
#[test]
fn as_a_part_of_a_job() {
    let turns: [Turn; 6] = [
        (b"cat /dev/null | $RUN $SITTER | cat\n", RUNS),
        (b"\x1a", PROMPT),
        (b"fg\n", CONTINUED),
        (b"\x03", PROMPT),
        (b"echo status ${PIPESTATUS[@]}\n", PROMPT),
        (b"exit 9\n", "exit"),
    ];
    same_session_with("as_a_part_of_a_job", Supervisor::Inside, &turns, 9);
}
