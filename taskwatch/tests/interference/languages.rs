//! Programs of language runtimes: interpreters, virtual machines, ourselves.

use crate::{
    same,
    support::{
        run,
        run::text,
        skip::{Skip, installed, skip},
    },
};
use std::process::Command;

#[test]
fn python() {
    if installed("python3").is_none() {
        return skip("python", Skip::NoPython);
    }
    let script = r#"
import multiprocessing, os, signal, subprocess, threading

def square(n):
    return n * n

def main():
    print(subprocess.run(["sh", "-c", "exit 3"]).returncode)
    print(subprocess.check_output(["sh", "-c", "echo out; echo err >&2"], stderr=subprocess.STDOUT))
    child = subprocess.Popen(["sleep", "1000"])
    child.send_signal(signal.SIGSTOP)
    print(os.waitid(os.P_PID, child.pid, os.WSTOPPED).si_status)
    child.kill()
    print(child.wait())
    print(os.waitstatus_to_exitcode(os.system("exit 4")))
    threads = [threading.Thread(target=lambda: subprocess.run(["true"], check=True)) for _ in range(8)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    for method in ["fork", "spawn", "forkserver"]:
        with multiprocessing.get_context(method).Pool(3) as pool:
            print(method, pool.map(square, range(10)))
    pid = os.fork()
    if pid == 0:
        os._exit(5)
    print(os.waitpid(pid, 0)[1])
    print(os.posix_spawn("/bin/sh", ["sh", "-c", "exit 6"], os.environ) > 0, os.waitstatus_to_exitcode(os.wait()[1]))
    seen = []
    signal.signal(signal.SIGALRM, lambda *_: seen.append("alarm"))
    signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
    while not seen:
        signal.pause()
    signal.setitimer(signal.ITIMER_REAL, 0)
    print(seen[0])
    os.kill(os.getpid(), signal.SIGTERM)

if __name__ == "__main__":
    main()
"#;
    let directory = crate::support::Directory::new("python");
    let file = directory.write("program.py", script);
    let output = same("python3", &[file.to_str().unwrap()]);
    assert_eq!(output.status.code(), None, "{}{}", text(&output.stdout), text(&output.stderr));
}

/// Python's event loop learns of children through a pidfd, or a thread that waits.
#[test]
fn python_asyncio() {
    if installed("python3").is_none() {
        return skip("python_asyncio", Skip::NoPython);
    }
    let script = r#"
import asyncio
async def one(n):
    process = await asyncio.create_subprocess_exec("sh", "-c", f"echo {n}; exit {n}", stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    return out, process.returncode
async def main():
    for result in await asyncio.gather(*(one(n) for n in range(20))):
        print(result)
asyncio.run(main())
"#;
    assert_eq!(same("python3", &["-c", script]).status.code(), Some(0));
}

#[test]
fn perl() {
    if installed("perl").is_none() {
        return skip("perl", Skip::NoPerl);
    }
    let script = r#"
$| = 1;
for my $n (1 .. 5) { my $pid = fork; exit $n unless $pid; waitpid $pid, 0; print $? >> 8, "\n"; }
print `echo quoted; exit 3`, $? >> 8, "\n";
open my $pipe, "-|", "echo from a pipe; exit 4" or die; print <$pipe>; close $pipe; print $? >> 8, "\n";
open my $child, "|-" or do { print while <STDIN>; exit 5 }; print $child "to a fork\n"; close $child; print $? >> 8, "\n";
local $SIG{CHLD} = sub { 1 while waitpid(-1, 1) > 0; print "child\n" };
my $pid = fork; exit 0 unless $pid; select undef, undef, undef, 0.01 while kill 0, $pid;
local $SIG{ALRM} = sub { die "alarm\n" }; eval { alarm 1; select undef, undef, undef, 1000; }; print $@;
system "kill -9 \$\$"; print $? & 127, "\n";
exec "sh", "-c", "exit 6";
"#;
    assert_eq!(same("perl", &["-e", script]).status.code(), Some(6));
}

#[test]
fn java() {
    let starts = installed("java").is_some() && run(Command::new("java").arg("-version")).status.success();
    if !starts {
        return skip("java", Skip::NoJava);
    }
    same("java", &["-version"]);
    same("java", &["-XshowSettings:none", "-no-such-option"]);
}

/// The Rust tool chain that builds this is a program with threads, pipes and children too.
#[test]
fn rustc() {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    if installed("rustc").is_none() {
        return skip("rustc", Skip::NoRustc);
    }
    let directory = crate::support::Directory::new("rustc");
    directory.write("hello.rs", "fn main() { println!(\"hello\"); std::process::exit(7) }\n");
    crate::same_with(rustc, &["-C", "opt-level=0", "hello.rs"], |command| {
        command.current_dir(directory.path());
    });
    assert_eq!(same(directory.join("hello"), &[]).status.code(), Some(7));
}
