//! Instructions instead of time: the program runs itself under callgrind and reads what each loop executed.

use std::env;
use std::path::Path;
use std::process::{Command, Stdio};

use benches::Result;
use benches::program::find;
use benches::table::say;

use crate::ways::Subject;

/// What makes the program run every loop and do nothing else.
pub(crate) const ARGUMENT: &str = "--count";

const N_TIMES: u32 = 1000;

/// Runs every loop: this is what callgrind sees.
pub(crate) fn run(subjects: &[Subject]) -> Result<()> {
    subjects.iter().for_each(|subject| (subject.run)(N_TIMES));
    Ok(())
}

/// Counts, and prints the table, where valgrind is installed.
pub(crate) fn report(subjects: &[Subject]) -> Result<()> {
    let (Some(valgrind), Some(annotate)) = (find("valgrind"), find("callgrind_annotate")) else {
        say("valgrind is not installed: instructions are not counted");
        return Ok(());
    };
    let counts = executed(&valgrind, &annotate)?;
    let per_dispatch: Vec<f64> = subjects
        .iter()
        .map(|subject| {
            let function = format!("dispatch::crowds::{}::{}", subject.module, subject.way.function());
            let count = counts.iter().find(|(name, _)| *name == function);
            count.map_or(f64::NAN, |(_, count)| *count / f64::from(N_TIMES))
        })
        .collect();
    let title = "instructions per dispatch (callgrind), the loop's own included".to_owned();
    crate::print(title, subjects, |n| {
        per_dispatch.get(n).map_or(String::new(), |count| format!("{count:.1}"))
    });
    Ok(())
}

/// Functions by path, and the instructions that they and whom they called executed.
fn executed(valgrind: &Path, annotate: &Path) -> Result<Vec<(String, f64)>> {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("dispatch.callgrind");
    let mut program = Command::new(valgrind);
    program.args(["--quiet", "--tool=callgrind"]).arg(format!("--callgrind-out-file={}", file.display()));
    program.arg(env::current_exe()?).arg(ARGUMENT).stdout(Stdio::null()).stderr(Stdio::null());
    if !program.status()?.success() {
        return Err(format!("{program:?} failed").into());
    }
    let lines = Command::new(annotate).args(["--inclusive=yes", "--threshold=100"]).arg(&file).output()?;
    let lines = String::from_utf8_lossy(&lines.stdout).into_owned();
    Ok(lines.lines().filter_map(function).collect())
}

/// A line like `20,038 (0.11%)  main.rs:dispatch::crowds::one::direct::h0123456789abcdef [/path]`.
fn function(line: &str) -> Option<(String, f64)> {
    let (count, rest) = line.trim_start().split_once(' ')?;
    let count = count.replace(',', "").parse().ok()?;
    let path = rest.get(rest.find("dispatch::crowds::")?..)?.split_ascii_whitespace().next()?;
    let path = path.rsplit_once("::h").map_or(path, |(path, _)| path);
    Some((path.to_owned(), count))
}
