//! cargo run --example sampler
//!
//! A poor man's profiler: a hundred times a second it asks every task of a tree where it goes on, and prints where that was
//! most often. Whoever waits in a system call is not woken for this, and answers when the call has ended: it has waited.

#![forbid(unsafe_code)]

use std::collections::{BTreeMap, HashSet};
use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use process_runtime::{Handle, Resumption, Role, Supervisor, Way};
use watchers::TaskId;

const INTERVAL: Duration = Duration::from_millis(10);

/// What was seen so far.
#[derive(Default)]
struct Profile {
    /// Samples by program and place.
    places: BTreeMap<String, u64>,
    /// By program, how many samples it has missed since it waited.
    waits: BTreeMap<String, u64>,
    /// Who was asked and has not answered.
    asked: HashSet<TaskId>,
}

impl Profile {
    fn answer(&mut self, at: &Resumption<'_>, since: Instant) {
        self.asked.remove(&at.task().id());
        let Some(program) = at.stopped().and_then(|task| task.exe()) else { return };
        let program = name_of(&program);
        let n_missed = since.elapsed().as_millis() / INTERVAL.as_millis();
        if n_missed > 0 {
            *self.waits.entry(program).or_default() += n_missed as u64;
        } else if at.way() == Way::ToUserMode
            && let Some(place) = place(at)
        {
            *self.places.entry(format!("{program} in {place}")).or_default() += 1;
        }
    }

    fn print(&self) {
        let total: u64 = self.places.values().sum();
        let mut places: Vec<_> = self.places.iter().collect();
        places.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        eprintln!("{total} samples");
        for (place, count) in places.into_iter().take(10) {
            eprintln!("{:5.1}% {place}", *count as f64 * 100.0 / total as f64);
        }
        for (program, count) in &self.waits {
            eprintln!("{program} has waited, in all, for {:?}", INTERVAL * *count as u32);
        }
    }
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Where the task goes on: a page of a mapped file.
fn place(at: &Resumption<'_>) -> Option<String> {
    let instruction = at.stopped()?.register(Role::Instruction).ok()?;
    let maps = fs::read_to_string(format!("/proc/{}/maps", at.task().tid()?)).ok()?;
    maps.lines().find_map(|line| {
        // 7f8a11a00000-7f8a11a28000 r-xp 00028000 08:01 1234   /usr/lib/libc.so.6
        let mut words = line.split_ascii_whitespace();
        let number = |text| u64::from_str_radix(text, 16).ok();
        let (start, end) = words.next()?.split_once('-')?;
        let (start, end) = (number(start)?, number(end)?);
        let offset = number(words.nth(1)?)?;
        let file = name_of(Path::new(words.nth(2).unwrap_or("[anonymous]")));
        let page = (instruction.checked_sub(start)? + offset) & !0xfff;
        (instruction < end).then(|| format!("{file}+{page:#x}"))
    })
}

/// Asks everybody who is not about to answer already.
fn sample(handle: &Handle, profile: &Arc<Mutex<Profile>>) -> Result<(), process_runtime::Error> {
    let lock = || profile.lock().unwrap_or_else(PoisonError::into_inner);
    for task in handle.tasks()? {
        if lock().asked.insert(task.id) {
            let (profile, since) = (profile.clone(), Instant::now());
            let answer = move |at: &mut Resumption<'_>| {
                profile.lock().unwrap_or_else(PoisonError::into_inner).answer(at, since);
            };
            // One that has ended meanwhile was no task to be asked.
            let _ = handle.notify_resume(task.id, answer);
        }
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut command = Command::new("sh");
    let script = "sleep 0.5 & i=0; while [ $i -lt 300000 ]; do i=$((i + 1)); done; wait; echo done >&2";
    command.args(["-c", script]);
    let supervisor = Supervisor::builder().start()?;
    let mut child = supervisor.spawn(command)?;
    let profile = Arc::default();
    while child.try_wait()?.is_none() {
        sample(&supervisor.handle(), &profile)?;
        thread::sleep(INTERVAL);
    }
    eprintln!("sampler: sh ended with {}", child.wait()?);
    supervisor.finish()?;
    profile.lock().unwrap_or_else(PoisonError::into_inner).print();
    Ok(())
}
