//! Exit statuses in words.

use watchers::ExitStatus;

/// `exit 2`, `SIGSEGV`, `SIGSEGV, core dumped`.
pub(crate) fn words(status: ExitStatus) -> String {
    match (status.signal(), status.core_dumped()) {
        (Some(signal), true) => format!("{signal}, core dumped"),
        (Some(signal), false) => signal.to_string(),
        (None, _) => format!("exit {}", status.code().unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_words() {
        for (raw, text) in
            [(0, "exit 0"), (2 << 8, "exit 2"), (11, "SIGSEGV"), (0x80 | 6, "SIGABRT, core dumped")]
        {
            assert_eq!(words(ExitStatus::from_raw(raw)), text);
        }
    }
}
