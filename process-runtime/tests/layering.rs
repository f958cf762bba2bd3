//! The rules that keep the house livable, read from the sources of the whole workspace. Std only.
//!
//! Each rule is an absence. Comments, strings and test code do not count.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that is surprised fails"
)]

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// One source file with everything blanked that is no code.
struct Source {
    /// From the workspace's root.
    path: String,
    lines: usize,
    code: String,
}

/// A place that breaks a rule.
#[derive(PartialEq, Eq)]
struct Breach(String);

impl fmt::Debug for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\n    {}", self.0)
    }
}

const NONE: [Breach; 0] = [];

#[test]
fn unsafe_code_has_its_places() {
    let places = [
        "process-runtime/src/sys/",
        "process-runtime/src/arch/",
        "watchers/src/linked.rs",
        "watchers/src/table.rs",
        // The values of a module's task data, which go before their task does.
        "watchers/src/value.rs",
        "watchers/src/slots.rs",
        "watchers/src/task.rs",
        // What the macro expands to is unsafe to the linker: attributes that name sections and symbols.
        "watchers-macros/src/gather/",
        // A write to a sealed table, which must fault.
        "watchers/tests/link_matrix/",
        // Command::pre_exec, which is what those tests are about.
        "process-runtime/tests/support/pre_exec.rs",
        "process-runtime/tests/spawn/steps.rs",
    ];
    let elsewhere =
        all().into_iter().filter(|source| !places.iter().any(|place| source.path.starts_with(place)));
    assert_eq!(elsewhere.flat_map(|source| source.words("unsafe")).collect::<Vec<_>>(), NONE);
}

#[test]
fn one_stage_waits() {
    let waits = ["wait::", "libc::wait", "process::wait", "waitpid(", "waitid(", "wait4("];
    let places = [
        "process-runtime/src/sys/wait.rs",
        "process-runtime/src/stop/observe.rs",
        // Children that are no tracees, each by its own pid, for a host that is PID 1.
        "process-runtime/src/foreign.rs",
        // The death of the doorbell, which is no task of the tree.
        "process-runtime/src/doorbell.rs",
    ];
    assert_eq!(runtime().breaches(&waits, &places), NONE);
}

#[test]
fn one_stage_restarts() {
    let restarts = ["cont", "syscall", "listen", "detach", "single_step", "single_block", "sysemu"]
        .map(|name| format!("ptrace::{name}("));
    let requests = [
        "PTRACE_CONT",
        "PTRACE_SYSCALL,",
        "PTRACE_LISTEN",
        "PTRACE_DETACH",
        "PTRACE_SINGLESTEP",
        "PTRACE_SINGLEBLOCK",
        "PTRACE_SYSEMU",
    ];
    let restarts: Vec<&str> = restarts.iter().map(String::as_str).chain(requests).collect();
    let places = ["process-runtime/src/resume.rs", "process-runtime/src/sys/ptrace.rs"];
    assert_eq!(runtime().breaches(&restarts, &places), NONE);
}

#[test]
fn nothing_panics_on_what_a_tracee_or_the_kernel_said() {
    let panics = [
        ".unwrap()",
        ".expect(\"",
        "assert!(",
        "assert_eq!(",
        "assert_ne!(",
        "unreachable!(",
        "panic!(",
        "todo!(",
        "unimplemented!(",
    ];
    assert_eq!(runtime().breaches(&panics, &[]), NONE);
}

#[test]
fn decoding_and_the_table_make_no_system_call() {
    let calls = ["crate::sys::", "sys::", "rustix::", "std::fs", "fs::read", "crate::proc"];
    let pure = ["process-runtime/src/stop/decode.rs", "process-runtime/src/task/table.rs"];
    let sources = all().into_iter().filter(|source| pure.contains(&source.path.as_str())).collect::<Vec<_>>();
    assert_eq!(sources.len(), pure.len());
    assert_eq!(Sources(sources).breaches(&calls, &[]), NONE);
}

/// The rules of engines: `roster`, `report`, `hold` and `attached` are what is around them.
#[test]
fn the_rules_of_engines_make_no_system_call() {
    let calls = [
        "sys::",
        "rustix::",
        "std::fs",
        "fs::read",
        "crate::proc",
        "crate::tracer",
        "crate::arch",
        "libc::syscall",
    ];
    let rules = [
        "action",
        "control",
        "disposition",
        "error",
        "event",
        "examine",
        "list",
        "matching",
        "pass",
        "quiesce",
        "teardown",
    ];
    let rules = rules.map(|file| format!("process-runtime/src/engine/{file}.rs"));
    let sources = all().into_iter().filter(|source| rules.contains(&source.path)).collect::<Vec<_>>();
    assert_eq!(sources.len(), rules.len());
    assert_eq!(Sources(sources).breaches(&calls, &[]), NONE);
}

#[test]
fn the_kernels_side_knows_nobody_above_it() {
    let above =
        ["tracer", "task", "supervisor", "builder", "deliver", "spawn", "child", "resume", "tracee", "stop"];
    let above = above.map(|module| format!("crate::{module}::"));
    let sources = all().into_iter().filter(|source| source.path.starts_with("process-runtime/src/sys/"));
    assert_eq!(
        Sources(sources.collect()).breaches(&above.iter().map(String::as_str).collect::<Vec<_>>(), &[]),
        NONE
    );
}

#[test]
fn watchers_do_not_know_the_runtime() {
    let sources = all().into_iter().filter(|source| source.path.starts_with("watchers"));
    assert_eq!(Sources(sources.collect()).breaches(&["process_runtime"], &[]), NONE);
    for manifest in ["watchers/Cargo.toml", "watchers-macros/Cargo.toml"] {
        assert!(
            !fs::read_to_string(root().join(manifest)).unwrap().contains("process-runtime"),
            "{manifest}"
        );
    }
}

#[test]
fn no_file_is_too_long_to_read() {
    let long = all().into_iter().filter(|source| source.lines > 600);
    assert_eq!(
        long.map(|source| Breach(format!("{}: {} lines", source.path, source.lines))).collect::<Vec<_>>(),
        NONE
    );
}

#[test]
fn a_table_of_contents_holds_no_code() {
    let contents = all().into_iter().filter(|source| source.path.ends_with("/mod.rs"));
    assert_eq!(contents.flat_map(|source| source.long_functions(10)).collect::<Vec<_>>(), NONE);
}

#[test]
fn the_rules_see_what_they_are_to_see() {
    let code = blank(
        "// unwrap() in a comment\nlet a = \"panic!(\"; /* unsafe /* nested */ */ let b = '\"'; b.unwrap();\n\
         #[cfg(test)]\nmod tests {\n    fn f() { x.unwrap(); }\n}\nfn g<'a>() { r#\"unsafe \"#; }\n",
    );
    assert_eq!(code.matches(".unwrap()").count(), 1);
    assert!(!code.contains("unsafe") && !code.contains("panic"));
    assert_eq!(code.lines().count(), 7);
    let code = "fn f() {\n\n\n}\nfn g(); unsafe_code".to_owned();
    let source = Source { path: "a/mod.rs".to_owned(), lines: 5, code };
    let (one, two) = (source.long_functions(1).len(), source.long_functions(2).len());
    assert_eq!((one, two, source.words("unsafe").len(), source.places_of("code").len()), (1, 0, 0, 0));
}

/// Sources that one rule is about.
struct Sources(Vec<Source>);

/// The runtime's sources, without tests.
fn runtime() -> Sources {
    Sources(all().into_iter().filter(|source| source.path.starts_with("process-runtime/src/")).collect())
}

impl Sources {
    /// Where any of `patterns` occurs outside `places`.
    fn breaches(&self, patterns: &[&str], places: &[&str]) -> Vec<Breach> {
        let elsewhere = self.0.iter().filter(|source| !places.contains(&source.path.as_str()));
        elsewhere.flat_map(|source| patterns.iter().flat_map(|pattern| source.places_of(pattern))).collect()
    }
}

impl Source {
    fn places_of(&self, pattern: &str) -> Vec<Breach> {
        let lines = self.code.lines().enumerate();
        // What is checked when it is compiled cannot panic later.
        let found = lines.filter(|(_, line)| line.contains(pattern) && !line.starts_with("const _"));
        let alone = |line: &str| {
            let starts_word = pattern.starts_with(|c: char| c.is_alphanumeric());
            line.match_indices(pattern).any(|(at, _)| {
                !starts_word || !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_')
            })
        };
        found.filter(|(_, line)| alone(line)).map(|(n, line)| self.breach(n, line)).collect()
    }

    /// Where `word` occurs by itself.
    fn words(&self, word: &str) -> Vec<Breach> {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let lines = self.code.lines().enumerate();
        let found = lines.filter(|(_, line)| line.split(|c| !is_word(c)).any(|part| part == word));
        found.map(|(n, line)| self.breach(n, line)).collect()
    }

    /// Functions with more than `most` lines between their braces.
    fn long_functions(&self, most: usize) -> Vec<Breach> {
        let mut found = Vec::new();
        for (at, _) in self.code.match_indices("fn ") {
            let rest = &self.code[at..];
            let Some(open) = rest.find(['{', ';']).filter(|open| rest.as_bytes()[*open] == b'{') else {
                continue;
            };
            let end = open + block(&rest[open..]);
            if rest[open..end].matches('\n').count() > most + 1 {
                let line = self.code[..at].matches('\n').count();
                found.push(self.breach(line, rest.lines().next().unwrap_or_default()));
            }
        }
        found
    }

    fn breach(&self, line: usize, text: &str) -> Breach {
        Breach(format!("{}:{}: {}", self.path, line + 1, text.trim()))
    }
}

/// How long the block is that `text` begins with, braces included.
fn block(text: &str) -> usize {
    let mut depth = 0;
    for (at, byte) in text.bytes().enumerate() {
        depth += i32::from(byte == b'{') - i32::from(byte == b'}');
        if depth == 0 {
            return at + 1;
        }
    }
    text.len()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Every Rust file of the workspace but those of modules that are for tests only.
fn all() -> Vec<Source> {
    let mut found = Vec::new();
    let members =
        ["watchers", "watchers-macros", "process-runtime", "taskwatch", "features", "examples", "benches"];
    for member in members {
        collect(&root().join(member), &mut found);
    }
    let tests: Vec<PathBuf> = found.iter().flat_map(|(path, text)| test_modules(path, text)).collect();
    found.retain(|(path, _)| !tests.contains(path));
    assert!(found.len() > 50, "the sources are elsewhere");
    found.into_iter().map(|(path, text)| source(&path, &text)).collect()
}

fn collect(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        // Inputs that a compiler is to refuse are no code of ours.
        if path.is_dir() && !path.ends_with("target") && !path.ends_with("ui/fail") {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
}

fn source(path: &Path, text: &str) -> Source {
    let relative = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
    Source { path: relative, lines: text.lines().count(), code: blank(text) }
}

/// The files of `#[cfg(test)] mod name;` in `text`.
fn test_modules(path: &Path, text: &str) -> Vec<PathBuf> {
    let names =
        text.split("#[cfg(test)]").skip(1).filter_map(|after| after.trim_start().strip_prefix("mod "));
    let names = names.filter_map(|after| {
        after.split_once(['{', ';']).filter(|(name, _)| after.as_bytes()[name.len()] == b';')
    });
    let folder = match path.file_name().and_then(|name| name.to_str()) {
        Some("mod.rs" | "lib.rs" | "main.rs") => path.parent().unwrap().to_owned(),
        _ => path.with_extension(""),
    };
    let files = |name: &str| [folder.join(format!("{name}.rs")), folder.join(name).join("mod.rs")];
    names.flat_map(|(name, _)| files(name.trim())).collect()
}

/// `text` with comments, strings and test modules blanked, lines kept.
fn blank(text: &str) -> String {
    without_test_items(&without_text(text))
}

fn without_test_items(code: &str) -> String {
    let mut kept = String::new();
    let mut rest = code;
    while let Some((before, after)) = rest.split_once("#[cfg(test)]") {
        kept.push_str(before);
        let end = after.find(['{', ';']).map_or(after.len(), |at| match after.as_bytes()[at] {
            b'{' => at + block(&after[at..]),
            _ => at + 1,
        });
        kept.extend(after[..end].chars().filter(|c| *c == '\n'));
        rest = &after[end..];
    }
    kept + rest
}

/// Blanks comments, and the insides of strings and characters.
fn without_text(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => comment(rest),
            '"' => string(rest),
            'r' if raw_string(rest).is_some() && !ends_in_word(&code) => raw_string(rest).unwrap_or(1),
            '\'' => character(rest),
            other => {
                code.push(other);
                rest = &rest[other.len_utf8()..];
                continue;
            }
        };
        let (gone, after) = rest.split_at(length);
        code.push_str(match first {
            '/' => "",
            '\'' if length == 1 => "'",
            _ => "\"\"",
        });
        code.extend(gone.chars().filter(|c| *c == '\n'));
        rest = after;
    }
    code
}

fn ends_in_word(code: &str) -> bool {
    code.ends_with(|c: char| c.is_alphanumeric() || c == '_')
}

/// The length of a comment that may hold others.
fn comment(text: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < text.len() {
        let rest = &text.as_bytes()[at..];
        if rest.starts_with(b"/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if rest.starts_with(b"*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    text.len()
}

fn string(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

fn raw_string(text: &str) -> Option<usize> {
    let hashes = text[1..].bytes().take_while(|byte| *byte == b'#').count();
    let start = 1 + hashes;
    if text.as_bytes().get(start) != Some(&b'"') {
        return None;
    }
    let end = format!("\"{}", "#".repeat(hashes));
    Some(text[start + 1..].find(&end).map_or(text.len(), |at| start + 1 + at + end.len()))
}

/// The length of a character; 1 for the quote of a lifetime.
fn character(text: &str) -> usize {
    let mut inside = text[1..].char_indices();
    match (inside.next(), inside.next()) {
        (Some((_, '\\')), _) => {
            text[2..].char_indices().skip(1).find(|(_, c)| *c == '\'').map_or(1, |(at, _)| at + 3)
        }
        (Some(_), Some((at, '\''))) => at + 2,
        _ => 1,
    }
}
