//! Byte for byte what the kernel's own connector sends for the same tree. Needs root: for changes of ids, and for a buffer that the
//! whole machine's events do not overrun.

use std::collections::BTreeMap;

use process_runtime::Supervisor;
use watchers_connector::Connector;

use crate::client::{Client, Line};
use crate::support::{Feature, Session, require, tracee};

/// For each thread its messages in order, in hexadecimal, without what no two senders have in common: numbers, processor, time.
type Messages = BTreeMap<u32, Vec<String>>;

fn messages(lines: &[Line]) -> Messages {
    let mut all = Messages::new();
    for line in lines {
        let mut bytes = line.bytes.clone();
        for own in [8..12, 24..28, 40..52] {
            bytes[own].fill(0xff);
        }
        let hex: Vec<String> =
            bytes.chunks(4).map(|word| word.iter().map(|byte| format!("{byte:02x}")).collect()).collect();
        all.entry(line.tid()).or_default().push(format!("{}: {}", line.words, hex.join(" ")));
    }
    all
}

/// The kernel's lines that are about the tree of `root`, up to the end of its last task, without those that no watcher knows of.
fn of_the_tree(mut kernel: Client, root: u32) -> Vec<Line> {
    let (mut alive, mut lines, mut began) = (Vec::new(), Vec::new(), false);
    while !began || !alive.is_empty() {
        let line = kernel.next().expect("the kernel's connector does not end");
        let ours = |pid: u32, alive: &[(u32, u32)]| alive.iter().any(|(_, other)| *other == pid);
        let numbers: Vec<u32> =
            line.words.split(' ').skip(1).map(|word| word.parse::<i64>().unwrap_or(0) as u32).collect();
        match line.words.split(' ').next().unwrap() {
            "fork" => {
                let [_, parent, tid, pid] = numbers[..] else { panic!("{line:?}") };
                let is_root = (tid, pid) == (root, root);
                began |= is_root;
                if is_root || ours(pid, &alive) || ours(parent, &alive) {
                    alive.push((tid, pid));
                    lines.push(line);
                }
            }
            "exit" if ours(numbers[1], &alive) => {
                alive.retain(|(tid, _)| *tid != numbers[0]);
                lines.push(line);
            }
            "exec" if ours(numbers[1], &alive) => {
                // Who called it is the leader from here on, and alone.
                alive.retain(|(_, pid)| *pid != numbers[1]);
                alive.push((numbers[0], numbers[1]));
                lines.push(line);
            }
            "uid" | "gid" | "coredump" if ours(numbers[1], &alive) => lines.push(line),
            _ => {}
        }
    }
    kernel.kill();
    lines
}

/// KERNEL: a task that is reaped when its exit is told has no parent any more (`pid_alive`, drivers/connector/cn_proc.c): always so
/// for a thread that nobody traces, and a matter of luck for others.
fn without_parents_that_the_kernel_left_out(ours: &mut [Line], kernels: &[Line]) {
    let exits = |line: &&Line| line.words.starts_with("exit");
    for left_out in kernels.iter().filter(exits).filter(|line| line.words.ends_with(" 0 0")) {
        let same = |line: &&mut Line| line.words.starts_with("exit") && line.tid() == left_out.tid();
        let line = ours.iter_mut().find(same).unwrap();
        line.bytes[68..76].fill(0);
        let words: Vec<&str> = line.words.split(' ').collect();
        line.words = format!("{} 0 0", words[..5].join(" "));
    }
}

#[test]
fn byte_for_byte_as_the_kernel_says_it() {
    if !require(Feature::Connector) || !require(Feature::Root) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events");
    let session = Session::start(Supervisor::builder().data(Connector::bind(&path).unwrap()));
    let (client, kernel) = (Client::of(&path), Client::of_the_kernel());
    let mut child = session.spawn(tracee("family")).unwrap();
    assert!(child.wait_tree().unwrap().success());
    let mut kernels = of_the_tree(kernel, child.id());
    // Which of several threads took the signal is nothing that watchers are told, where no core is written.
    kernels.retain(|line| !(line.words.starts_with("coredump") && line.is_of_a_thread()));
    let (trace, _) = session.finish();
    let mut ours = client.rest();
    ours.retain(|line| !line.words.starts_with("ack"));

    without_parents_that_the_kernel_left_out(&mut ours, &kernels);
    assert_eq!(messages(&ours), messages(&kernels), "{trace}");
    for (kind, at_least) in [("fork", 18), ("exec", 2), ("coredump", 1), ("exit", 18), ("uid", 2), ("gid", 1)]
    {
        let n = ours.iter().filter(|line| line.words.starts_with(kind)).count();
        assert!(n >= at_least, "{n} of {kind}");
    }
}
