//! The command line: what may be asked for, and the texts of `--help`.
//!
//! In: the arguments of the process. Out: [`Request`]. Does not: act on anything.

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use anstream::ColorChoice;
use clap::{ArgAction, CommandFactory, Parser, ValueEnum};
use clap_complete::Shell;
use watchers::Pid;

const USAGE: &str = "taskwatch [OPTIONS] [--] COMMAND [ARG]...
       taskwatch [OPTIONS] -p PID
       taskwatch [--module FILE]... --list [FILE]
       taskwatch completions SHELL
       taskwatch man";

const MORE_HELP: &str = "\
Examples:
  taskwatch make -j8                     build, then show the process tree
  taskwatch -f log -- ./configure -q     one line per event, as it happens
  taskwatch -f jsonl -o ev.jsonl make    every event, for programs
  taskwatch --max-tasks 64 ./build.sh    the 65th live task gets EAGAIN from fork
  taskwatch --wait command ./start.sh    kill and name what the command left behind
  taskwatch -f log -p 4711               follow a process that runs, and its descendants
  taskwatch --list                       the watchers linked into this program
  taskwatch --list ./program             those of another one, without running it

Exit status:
  That of COMMAND. If a signal killed it, the same signal kills taskwatch
  (as PID 1 it exits with 128+n instead).
  125  taskwatch itself failed
  126  COMMAND cannot be executed
  127  COMMAND was not found
With -p: 0, whether the tree was let go or has ended; 125 if it cannot be
attached to.

Signals:
  HUP, INT, QUIT, TERM, USR1, USR2 and WINCH from a process are passed on to
  COMMAND; those from the terminal have reached it already. When COMMAND has
  ended and others of its tree live on, the first HUP, INT, QUIT or TERM goes
  to all of them, and the second kills them.
  With -p, HUP, INT, QUIT or TERM lets the tree go: it lives on undisturbed.

Manual and completions:
  `taskwatch man` and `taskwatch completions bash|elvish|fish|powershell|zsh`,
  with nothing before or after. With `--` in front these are commands to run.";

/// Runs COMMAND, or attaches to a process, and shows the tree of its processes.
///
/// Every process and thread that COMMAND starts is followed with ptrace(2), and the task watchers that are
/// linked into this program are called at each fork, exec, change of ids and exit. COMMAND's own input and
/// output are left alone; the report goes to stderr or to the file of -o.
#[derive(Debug, Parser)]
#[command(name = "taskwatch", version, override_usage = USAGE, after_long_help = MORE_HELP, max_term_width = 100)]
pub(crate) struct Options {
    /// What to report
    #[arg(short, long, value_enum, default_value_t = Format::Tree, value_name = "FORMAT")]
    pub(crate) format: Format,

    /// Write the report to FILE instead of stderr (`-` is stdout)
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// Follow the process PID and all that descends from it, until Ctrl-C or its end, and let it go as it was
    #[arg(short = 'p', long = "attach", value_name = "PID", value_parser = process, allow_negative_numbers = true, conflicts_with_all = ["command", "list", "wait", "subreaper"])]
    pub(crate) attach: Option<Pid>,

    /// List the watchers linked into this program, or into the program or module FILE, and those of each --module, and exit
    #[arg(long, value_name = "FILE", num_args = 0..=1, conflicts_with = "command")]
    pub(crate) list: Option<Option<PathBuf>>,

    /// Call the watchers of the module FILE too, a shared library (repeatable)
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub(crate) module: Vec<PathBuf>,

    /// Leave the watcher NAME out (repeatable)
    #[arg(long, value_name = "NAME")]
    pub(crate) without: Vec<String>,

    /// Keep the watcher NAME and no other (repeatable)
    #[arg(long, value_name = "NAME")]
    pub(crate) only: Vec<String>,

    /// Refuse to make more than N live tasks (threads count): fork fails with EAGAIN
    #[arg(long, value_name = "N", value_parser = at_least_one, allow_negative_numbers = true)]
    pub(crate) max_tasks: Option<NonZeroUsize>,

    /// When to report and exit
    #[arg(long, value_enum, default_value_t = Wait::Tree, value_name = "FOR")]
    pub(crate) wait: Wait,

    /// Adopt and reap orphans, untraced ones too (automatic as PID 1)
    #[arg(long)]
    pub(crate) subreaper: bool,

    /// Show threads one by one, not as a count (tree)
    #[arg(long)]
    pub(crate) threads: bool,

    /// No notes and diagnoses on stderr; twice: no report either
    #[arg(short, long, action = ArgAction::Count, conflicts_with = "verbose")]
    pub(crate) quiet: u8,

    /// Fold and abbreviate nothing, show pids
    #[arg(short, long)]
    pub(crate) verbose: bool,

    /// When to use colours (NO_COLOR and CLICOLOR_FORCE are honoured by `auto`)
    #[arg(long, value_enum, default_value_t = Colour::Auto, value_name = "WHEN")]
    pub(crate) color: Colour,

    /// The command to run, with its arguments
    #[arg(trailing_var_arg = true, value_name = "COMMAND", required_unless_present_any = ["list", "attach"], value_hint = clap::ValueHint::CommandWithArguments)]
    pub(crate) command: Vec<OsString>,
}

/// A number that can be a process's.
fn process(word: &str) -> Result<Pid, String> {
    word.parse().ok().and_then(Pid::from_raw).ok_or_else(|| "not the number of a process".to_owned())
}

/// A number of tasks, the command's own first one included.
fn at_least_one(word: &str) -> Result<NonZeroUsize, String> {
    word.parse().map_err(|_| "not a number from 1 on".to_owned())
}

/// The shape of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// The process tree, at the end
    Tree,
    /// One readable line per event, as it happens
    Log,
    /// One JSON object per event; taskwatch/schema/events.schema.json says what is in it
    Jsonl,
}

/// What the end of the run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Wait {
    /// When the last task of the tree is gone
    Tree,
    /// When COMMAND has ended; what is left is killed and named
    Command,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Colour {
    /// If the report goes to a terminal
    Auto,
    /// Even into a file
    Always,
    /// Not at all
    Never,
}

impl From<Colour> for ColorChoice {
    fn from(colour: Colour) -> ColorChoice {
        match colour {
            Colour::Auto => ColorChoice::Auto,
            Colour::Always => ColorChoice::Always,
            Colour::Never => ColorChoice::Never,
        }
    }
}

/// How much is said besides the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Loudness {
    /// Not even the report.
    Silent,
    /// The report only.
    Quiet,
    /// The report and one-line diagnoses.
    Normal,
}

impl Options {
    /// What `-q` was given for.
    pub(crate) fn loudness(&self) -> Loudness {
        match self.quiet {
            0 => Loudness::Normal,
            1 => Loudness::Quiet,
            _ => Loudness::Silent,
        }
    }
}

/// What this invocation is for.
#[derive(Debug)]
pub(crate) enum Request {
    /// Run a command, or list watchers.
    Options(Box<Options>),
    /// Print a shell's completion script.
    Completions(Shell),
    /// Print the manual page.
    Manual,
}

/// Understands the arguments of the process, its own name first.
///
/// `man` alone, and `completions` with the name of a shell we know, are ours; with anything else around them,
/// `--` included, they are commands to run.
///
/// # Errors
/// clap's: also for `--help` and `--version`, which are no failures.
pub(crate) fn parse(arguments: Vec<OsString>) -> Result<Request, clap::Error> {
    let words: Vec<Option<&str>> = arguments.iter().skip(1).map(|word| word.to_str()).collect();
    match words.as_slice() {
        [Some("man")] => Ok(Request::Manual),
        [Some("completions"), Some(shell)] if Shell::from_str(shell, false).is_ok() => {
            Shell::from_str(shell, false)
                .map(Request::Completions)
                .map_err(|message| clap::Error::raw(clap::error::ErrorKind::InvalidValue, message))
        }
        _ => Options::try_parse_from(arguments).map(|options| Request::Options(Box::new(options))),
    }
}

/// The grammar, for the completions and the manual.
pub(crate) fn grammar() -> clap::Command {
    Options::command()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(words: &[&str]) -> Result<Request, clap::Error> {
        parse(std::iter::once("taskwatch").chain(words.iter().copied()).map(OsString::from).collect())
    }

    fn options(words: &[&str]) -> Options {
        match request(words) {
            Ok(Request::Options(options)) => *options,
            other => panic!("{words:?} gave {other:?}"),
        }
    }

    #[test]
    fn the_grammar_is_sound() {
        grammar().debug_assert();
    }

    #[test]
    fn the_command_keeps_its_own_options() {
        for words in [&["make", "-j2", "--version"][..], &["--", "make", "-j2", "--version"]] {
            assert_eq!(options(words).command, ["make", "-j2", "--version"]);
        }
        assert_eq!(options(&["-f", "log", "ls", "--", "-f"]).command, ["ls", "--", "-f"]);
        assert_eq!(options(&["--", "-x"]).command, ["-x"]);
    }

    #[test]
    fn a_mistyped_option_is_no_command() {
        assert!(request(&["--fromat", "log", "ls"]).is_err());
        assert!(request(&["-Z"]).is_err());
    }

    #[test]
    fn something_to_do_is_required() {
        assert!(request(&[]).is_err());
        assert!(request(&["-v"]).is_err());
        assert!(request(&["--max-tasks", "0", "ls"]).is_err());
        for pid in ["0", "-4", "x", "99999999999"] {
            assert!(request(&["-p", pid]).is_err(), "{pid}");
        }
        // The reason is told, and not that there is no option -4.
        for (option, reason) in
            [("-p", "not the number of a process"), ("--max-tasks", "not a number from 1 on")]
        {
            for number in ["0", "-4"] {
                let told = request(&[option, number, "ls"]).unwrap_err().to_string();
                assert!(told.contains(reason), "{told}");
            }
        }
    }

    #[test]
    fn a_process_is_instead_of_a_command() {
        assert_eq!(options(&["-p", "12"]).attach, Pid::from_raw(12));
        assert_eq!(options(&["-f", "log", "--attach=12"]).attach, Pid::from_raw(12));
        for words in [&["-p", "12", "ls"][..], &["-p", "12", "--list"], &["-p", "12", "--wait", "command"]] {
            assert!(request(words).is_err(), "{words:?}");
        }
    }

    #[test]
    fn list_takes_a_file_or_not() {
        assert_eq!(options(&["--list"]).list, Some(None));
        assert_eq!(options(&["--list", "x"]).list, Some(Some("x".into())));
        assert_eq!(options(&["-f", "jsonl", "--list", "x"]).list, Some(Some("x".into())));
    }

    #[test]
    fn man_and_completions_do_not_hide_commands() {
        assert!(matches!(request(&["man"]), Ok(Request::Manual)));
        assert!(matches!(request(&["completions", "fish"]), Ok(Request::Completions(Shell::Fish))));
        assert_eq!(options(&["man", "ls"]).command, ["man", "ls"]);
        assert_eq!(options(&["--", "man"]).command, ["man"]);
        assert_eq!(options(&["completions", "tcsh"]).command, ["completions", "tcsh"]);
    }

    #[test]
    fn quiet_and_loud() {
        assert_eq!(options(&["-qq", "ls"]).loudness(), Loudness::Silent);
        assert_eq!(options(&["-q", "ls"]).loudness(), Loudness::Quiet);
        assert_eq!(options(&["ls"]).loudness(), Loudness::Normal);
        assert!(request(&["-q", "-v", "ls"]).is_err());
    }
}
