//! The same sources, linked in every way: the same watchers, in the same order, in memory that cannot be written to.
//!
//! {dev, release, thin LTO, fat LTO} x {1, 256 codegen units} x {rust-lld, GNU ld, mold}. Where a linker is not installed its builds are
//! skipped, and the reason printed. The programs are those of the workspace in tests/link_matrix.

#![allow(clippy::panic, clippy::print_stdout, reason = "a test fails by panicking, and says why it skips")]

#[path = "support/fixture.rs"]
mod fixture;

use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Output};

use fixture::Build;
use watchers::{ObjectError, read_object};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Profile {
    Dev,
    Release,
    Thin,
    Fat,
}

#[derive(Clone, Copy, Debug)]
enum Linker {
    RustLld,
    GnuLd,
    Mold,
}

impl Linker {
    /// Why it cannot be used, if so.
    fn missing(self) -> Option<&'static str> {
        let runs =
            |program| Command::new(program).arg("--version").output().is_ok_and(|run| run.status.success());
        match self {
            _ if !cfg!(all(target_arch = "x86_64", target_env = "gnu")) => {
                Some("how the compiler chooses its linker is only known of x86_64-unknown-linux-gnu")
            }
            Self::RustLld => None,
            Self::GnuLd => (!runs("ld.bfd")).then_some("there is no `ld.bfd`: it is in the package binutils"),
            Self::Mold => (!runs("mold")).then_some("there is no `mold`: it is in the package of that name"),
        }
    }

    fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::RustLld => &[],
            Self::GnuLd => &["-Clinker-features=-lld", "-Clink-arg=-fuse-ld=bfd"],
            Self::Mold => &["-Clinker-features=-lld", "-Clink-arg=-fuse-ld=mold"],
        }
    }

    /// What the linker leaves in the section `.comment`.
    fn signature(self) -> Option<&'static [u8]> {
        match self {
            Self::RustLld => Some(b"Linker: LLD "),
            Self::GnuLd => None,
            Self::Mold => Some(b"mold "),
        }
    }
}

fn build(profile: Profile, codegen_units: u32, linker: Linker) -> Build {
    let (name, lto) = match profile {
        Profile::Dev => ("DEV", "off"),
        Profile::Release => ("RELEASE", "off"),
        Profile::Thin => ("RELEASE", "thin"),
        Profile::Fat => ("RELEASE", "fat"),
    };
    let variable = |key: &str, value: &str| (format!("CARGO_PROFILE_{name}_{key}"), value.to_owned());
    let mut environment = vec![variable("CODEGEN_UNITS", &codegen_units.to_string())];
    if profile != Profile::Dev {
        environment.push(variable("LTO", lto));
    }
    if profile == Profile::Thin {
        environment.push(variable("STRIP", "symbols"));
    }
    let link = linker.arguments().iter().map(|argument| (*argument).to_owned()).collect();
    Build { release: profile != Profile::Dev, environment, link, ..Build::default() }
}

#[test]
fn the_same_watchers_in_the_same_order_however_linked() {
    let mut n_builds = 0;
    for profile in [Profile::Dev, Profile::Release, Profile::Thin, Profile::Fat] {
        for codegen_units in [1, 256] {
            for linker in [Linker::RustLld, Linker::GnuLd, Linker::Mold] {
                let name = format!("{profile:?}, {codegen_units} codegen units, {linker:?}");
                if let Some(reason) = linker.missing() {
                    println!("skipped: {name}: {reason}");
                    continue;
                }
                let host = build(profile, codegen_units, linker).program("host");
                check(&name, &host.unwrap_or_else(|error| panic!("{name}: {error}")), linker);
                n_builds += 1;
            }
        }
    }
    println!("{n_builds} builds");
}

/// Event, path and name, in the order of the registry.
const WATCHERS: [&str; 9] = [
    "init renamed::limit limit",
    "clone audit::named audit.clone",
    "exec audit::private::first first",
    "exec renamed::early early",
    "exec audit::zeta zeta",
    "exec audit::alpha alpha",
    "exec host::inside_main inside_main",
    "exec host::last last",
    "exit audit::private::both both",
];

#[track_caller]
fn check(name: &str, host: &Path, linker: Linker) {
    let file = std::fs::read(host).expect("the program can be read");
    if let Some(signature) = linker.signature() {
        assert!(
            file.windows(signature.len()).any(|window| window == signature),
            "{name}: was linked otherwise"
        );
    }
    let expected: Vec<&str> = WATCHERS.into_iter().chain(["free audit::private::both both"]).collect();
    let listed = say(host, &["list"]);
    assert_eq!(listed.lines().collect::<Vec<_>>(), expected, "{name}: in memory");

    let read = read_object(host).unwrap_or_else(|error| panic!("{name}: {error}"));
    let line = |watcher: &watchers::OwnedWatcherInfo| {
        format!("{} {} {}", watcher.event, watcher.path(), watcher.name)
    };
    assert_eq!(read.iter().map(line).collect::<Vec<_>>(), expected, "{name}: in the file");

    assert_eq!(say(host, &["notify"]), "true 3\n", "{name}");

    // A table of another gatherer is writable: that is what it gives up.
    let places = [("record", 0), ("place", 1), ("sealed page", 2)];
    for (place, which) in places.into_iter().filter(|(_, which)| *which > 0 || cfg!(gatherer = "section")) {
        let Output { status, stdout, .. } = run(host, &["write", &which.to_string()]);
        let said = String::from_utf8_lossy(&stdout);
        assert_eq!(status.signal(), Some(libc::SIGSEGV), "{name}: writing to the {place}: {status}, {said}");
        assert!(said.starts_with("at 0x"), "{name}: it died before: {said}");
    }
}

#[test]
fn a_crate_in_two_versions_is_an_error_that_shows_both() {
    let clash = Build::default().program("clash").expect("it can be linked");
    assert_eq!(
        say(&clash, &[]),
        "the exec watcher `audit::zeta` is linked twice: audit 0.1.0 at audit/src/lib.rs:19 and audit 0.2.0 at audit-0.2/src/lib.rs:10\n"
    );
}

#[test]
fn two_watchers_of_one_name_cannot_be_linked() {
    for linker in [Linker::RustLld, Linker::GnuLd, Linker::Mold] {
        if let Some(reason) = linker.missing() {
            println!("skipped: {linker:?}: {reason}");
            continue;
        }
        let said = build(Profile::Dev, 1, linker).program("collide").expect_err("it was linked");
        assert!(said.contains("__tw1_name.audit.clone"), "{linker:?}: {said}");
    }
    let said = build(Profile::Fat, 1, Linker::RustLld).program("collide").expect_err("it was linked");
    assert!(said.contains("__tw1_name.audit.clone"), "{said}");
}

#[test]
fn a_crate_that_nobody_names_is_missed_if_it_is_expected() {
    let unexpected = Build::default().program("unexpected").expect("it can be linked");
    assert_eq!(
        say(&unexpected, &[]),
        "no watcher of the crate `dropped` is linked, which unexpected/src/main.rs:3 expects: write `use dropped as _;` in the crate root\n"
    );
    assert!(matches!(read_object(&unexpected), Err(ObjectError::NoWatchers)));
}

/// A module's copy of the crate has a table of its own; to run the module's watchers is the matter of whoever loads it.
#[test]
fn a_module_that_was_loaded_before_the_start_is_not_of_the_program() {
    let host = Build::default().program("host").expect("it can be linked");
    let module = Build::default().library("module").expect("it can be linked");
    let file = module.to_str().expect("a path of ours");
    assert_eq!(say(&host, &["load", file]), say(&host, &["list"]));

    let read = read_object(&module).expect("it has watchers");
    assert_eq!(
        read.iter().map(watchers::OwnedWatcherInfo::path).collect::<Vec<_>>(),
        ["module::from_a_module"]
    );
}

/// Also where the program has the crate from a Rust dylib: both of them have tables, and there is one order.
#[test]
fn a_program_and_a_rust_dylib_are_one() {
    if !cfg!(gatherer = "section") {
        println!("skipped: the other gatherers lose what is not where the crate is");
        return;
    }
    let environment = vec![("RUSTFLAGS".to_owned(), "-Cprefer-dynamic".to_owned())];
    let build = Build { environment, ..Build::default() };
    let shares = build.program("shares").expect("it can be linked");
    let sysroot =
        Command::new("rustc").args(["--print", "target-libdir"]).output().expect("there is a compiler");
    let sysroot = String::from_utf8(sysroot.stdout).expect("text");
    let libraries = format!("{}:{}", build.folder().join("deps").display(), sysroot.trim());
    let run = Command::new(shares).env("LD_LIBRARY_PATH", libraries).output().expect("it can be run");
    assert_eq!(
        String::from_utf8_lossy(&run.stdout),
        "exec shared::in_the_library in_the_library\nexec shares::in_the_program in_the_program\n",
        "{}",
        String::from_utf8_lossy(&run.stderr)
    );
}

fn run(program: &Path, arguments: &[&str]) -> Output {
    Command::new(program).args(arguments).output().expect("what was built can be run")
}

#[track_caller]
fn say(program: &Path, arguments: &[&str]) -> String {
    let Output { status, stdout, stderr } = run(program, arguments);
    assert!(status.success(), "{}: {status}: {}", program.display(), String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).expect("text")
}
