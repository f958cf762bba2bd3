//! The command without further watchers. With yours: the same, and `use my_watchers as _;`.

use std::process::ExitCode;

fn main() -> ExitCode {
    taskwatch::main()
}
