//! Requests at random moments, for tasks that compute and wait in turns.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use process_runtime::{Inspect, NotifyBy, Resumption, Role, Way};

use super::subject::Subject;
use super::support::Mode;

/// A number like any other.
const SEED: u64 = 0x5eed;

#[derive(Default)]
struct Counts {
    served: AtomicU64,
    in_user_mode: AtomicU64,
    /// Served with a call that is to be made again.
    restarting: AtomicU64,
}

fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *state >> 33
}

/// As the kernel restarts calls.
fn restarts(task: &Inspect<'_>) -> bool {
    let result = task.register(Role::Result).unwrap() as i64;
    task.register(Role::Call).unwrap() as i64 >= 0 && (-516..=-512).contains(&result)
}

/// What the program has counted.
fn storm(mode: Mode, means: NotifyBy, n_requests: u64) -> String {
    let builder = mode.builder().notify_by(means);
    let mut subject = Subject::without_recorder(builder, "alternates", &[&SEED.to_string(), "4"]);
    subject.expect("ready");
    let counts = Arc::new(Counts::default());
    let (mut state, mut taken, start) = (SEED, 0, Instant::now());
    while taken < n_requests {
        let tasks = subject.session.supervisor.tasks().unwrap();
        for _ in 0..16 {
            let task = tasks[random(&mut state) as usize % tasks.len()].id;
            let told = counts.clone();
            let work = move |at: &mut Resumption<'_>| {
                told.served.fetch_add(1, Ordering::Relaxed);
                if at.way() == Way::ToUserMode {
                    told.in_user_mode.fetch_add(1, Ordering::Relaxed);
                    told.restarting.fetch_add(restarts(&at.stopped().unwrap()).into(), Ordering::Relaxed);
                }
            };
            taken += u64::from(subject.session.supervisor.handle().notify_resume(task, work).is_ok());
            (0..random(&mut state) % 20_000).for_each(|_| std::hint::spin_loop());
        }
    }
    let took = start.elapsed();
    subject.end_input();
    let line = subject.line();
    subject.finish();
    let served = counts.served.load(Ordering::Relaxed);
    report(mode, means, &line, &counts, took);
    assert_eq!(served, taken, "{mode:?} {means:?}");
    line
}

fn report(mode: Mode, means: NotifyBy, line: &str, counts: &Counts, took: Duration) {
    let [served, in_user_mode, restarting] =
        [&counts.served, &counts.in_user_mode, &counts.restarting].map(|count| count.load(Ordering::Relaxed));
    let text = format!(
        "{mode:?} {means:?}: {line}; {served} served, {in_user_mode} of them before user mode, {restarting} with a call that \
         was made again; {took:?}\n"
    );
    std::io::stderr().write_all(text.as_bytes()).unwrap();
}

#[test]
fn ten_thousand_requests_and_nobody_notices() {
    let line = storm(Mode::Filter, NotifyBy::ReturnPoints, 10_000);
    // Transfers may be cut short, which is counted and not judged.
    assert!(line.starts_with("EINTR 0, early 0, short ") && line.ends_with(", text whole"), "{line}");
}

#[test]
fn ten_thousand_requests_without_traps() {
    let line = storm(Mode::Filter, NotifyBy::Interruption, 10_000);
    assert!(line.starts_with("EINTR 0, early 0, short ") && line.ends_with(", text whole"), "{line}");
}

#[test]
fn ten_thousand_requests_by_system_call_stops() {
    for mode in Mode::ALL {
        assert_eq!(
            storm(mode, NotifyBy::SyscallStops, 5_000),
            "EINTR 0, early 0, short 0, text whole",
            "{mode:?}"
        );
    }
}
