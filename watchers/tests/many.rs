//! More watchers than fit on the page, and the two places of the table then.

#![allow(
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test fails by panicking, and says why it skips"
)]

use std::cell::Cell;
use std::fs;

use watchers::{
    Event, EventKind, ExecEvent, PanicPolicy, Selection, Task, WatcherInfo, notify, private, registry,
    task_data, task_watcher,
};

task_data! { static CALLS: Cell<usize> = |_, _| Cell::new(0); }

macro_rules! eight_times {
    ($($item:tt)*) => {
        mod a { $($item)* }
        mod b { $($item)* }
        mod c { $($item)* }
        mod d { $($item)* }
        mod e { $($item)* }
        mod f { $($item)* }
        mod g { $($item)* }
        mod h { $($item)* }
    };
}

eight_times! { eight_times! { eight_times! {
    #[watchers::task_watcher(exec)]
    fn watch(task: &watchers::Task) {
        crate::CALLS.get(task).set(crate::CALLS.get(task).get() + 1);
    }
} } }

/// How many there are of them.
const N: usize = 8 * 8 * 8;

#[task_watcher(exit)]
fn alone(_: &Task) {}

#[test]
fn all_are_called() {
    let exec = ExecEvent::new("ls", ["ls"]);
    let task = Task::builder().build();
    let _ = notify(&task, Event::Exec(&exec));
    assert_eq!(CALLS.get(&task).get(), N);
    let outcome =
        Selection::all().expect("a sound table").notify(&task, Event::Exec(&exec), PanicPolicy::Ignore);
    assert!(outcome.panics().is_empty());
    assert_eq!(CALLS.get(&task).get(), 2 * N);
}

/// The rows are on the page, the entries elsewhere; both are read-only, and sealed where the kernel can.
#[test]
fn both_places_are_sealed() {
    let watchers: &[WatcherInfo] = registry().expect("a sound table");
    assert_eq!(watchers.len(), N + 1);
    let of_kind = |kind: EventKind| watchers.iter().filter(move |watcher| watcher.event == kind);
    let entry = |watcher| private::addresses(watcher).expect("it is registered")[2];
    let entries: Vec<usize> = of_kind(EventKind::Exec).map(entry).collect();
    assert!(entries.windows(2).all(|pair| pair[1] == pair[0] + 8));
    assert_eq!(entry(of_kind(EventKind::Exit).next().expect("one")), entries[N - 1] + 8);

    let page = private::home().addr();
    assert!(!(page..page + 0x1000).contains(&entries[0]));
    for address in [page, page + 0xfff, entries[0], entries[N - 1] + 8] {
        let mapping = mapping_of(address);
        assert!(mapping.contains(" r--p "), "{mapping}");
        if kernel_can_seal() {
            let flags = mapping.lines().find(|line| line.starts_with("VmFlags:")).expect("smaps has flags");
            assert!(flags.split_whitespace().any(|flag| flag == "sl"), "not sealed: {mapping}");
        } else {
            println!("not looked at: mseal(2), which this kernel does not have");
        }
    }
}

/// What /proc/self/smaps says about the mapping with this address.
fn mapping_of(address: usize) -> String {
    let smaps = fs::read_to_string("/proc/self/smaps").expect("/proc is mounted");
    let number = |text: &str| usize::from_str_radix(text, 16).ok();
    let range = |line: &str| {
        let (start, end) = line.split_whitespace().next()?.split_once('-')?;
        Some(number(start)?..number(end)?)
    };
    let mut lines =
        smaps.lines().skip_while(|line| !range(line).is_some_and(|range| range.contains(&address)));
    let first = lines.next().expect("it is mapped");
    let rest = lines.take_while(|line| range(line).is_none());
    std::iter::once(first).chain(rest).collect::<Vec<_>>().join("\n")
}

/// mseal(2) came with 6.10, on 64-bit kernels.
fn kernel_can_seal() -> bool {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").expect("/proc is mounted");
    let mut numbers = release.split(['.', '-']).map_while(|number| number.parse::<u32>().ok());
    (numbers.next(), numbers.next()) >= (Some(6), Some(10))
}
