//! Random requests by several threads on a tree that lives, dies and stops meanwhile: whatever is asked, no request hangs,
//! no task stays stopped, and the programs do what they do without.
//!
//! What they must be told and answered is compared with a model in `replay.rs`, where nothing else happens meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use process_runtime::{Attach, Attached, EngineError, EngineEvent, EngineEvents, Handle, ResumeAction};

use super::scripted::{Log, Scripted};
use super::support::{Mode, Session, tracee};

const ACTIONS: [ResumeAction; 6] = [
    ResumeAction::Stop,
    ResumeAction::Report,
    ResumeAction::SingleStep,
    ResumeAction::BlockStep,
    ResumeAction::Resume,
    ResumeAction::Detach,
];

/// xorshift64.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 as usize % n
    }

    fn events(&mut self) -> EngineEvents {
        (0..3).fold(EngineEvents::EMPTY, |events, _| events | EngineEvent::ALL[self.below(14)])
    }
}

/// Asks until the tree is gone; then nothing of it is held any more.
fn disturb(handle: &Handle, seed: u64, is_over: &AtomicBool) -> usize {
    let (mut random, log) = (Random(seed), Log::default());
    let (mut engines, mut n_stops): (Vec<Attached>, usize) = (Vec::new(), 0);
    while !is_over.load(Ordering::SeqCst) {
        let Ok(tasks) = handle.tasks() else { break };
        if let (Some(task), true) = (tasks.get(random.below(tasks.len().max(1))), random.below(3) == 0) {
            let engine = Scripted::new("random", random.events(), &log);
            engines.extend(handle.attach(task.id, engine, Attach::Shared));
        }
        if engines.is_empty() {
            continue;
        }
        let at = random.below(engines.len());
        let answer = match random.below(6) {
            0 => engines[at].set_events(random.events()),
            1 => engines[at].barrier(),
            2 => engines[at].examine(|task| task.registers().is_ok()).map(drop),
            _ => engines[at].control(ACTIONS[random.below(ACTIONS.len())]),
        };
        n_stops += usize::from(answer == Err(EngineError::InProgress));
        if answer == Err(EngineError::NoSuchTask) || engines.len() > 6 {
            // Who is forgotten holds nobody.
            let _ = engines.swap_remove(at).control(ResumeAction::Detach);
        } else if random.below(2) == 0 {
            let _ = engines[at].control(ResumeAction::Resume);
        }
    }
    n_stops
}

#[test]
fn a_tree_does_not_notice() {
    for (mode, seed) in Mode::ALL.into_iter().zip([0x1234_5678, 0x8765_4321]) {
        let session = Session::start(mode.builder());
        let is_over = Arc::new(AtomicBool::new(false));
        let disturbers: Vec<_> = (1..=2)
            .map(|n| {
                let (handle, is_over) = (session.supervisor.handle(), is_over.clone());
                thread::spawn(move || disturb(&handle, seed * n, &is_over))
            })
            .collect();
        let deeds = ["fork", "call", "thread", "vfork", "handle:10", "raise:10", "exec"].repeat(5);
        for _ in 0..2 {
            let mut command = tracee("deeds");
            command.args(deeds.iter().chain(&["exit:5"])).stdout(std::process::Stdio::piped());
            let mut child = session.spawn(command).unwrap();
            let mut printed = String::new();
            let mut output = child.take_stdout().unwrap();
            std::io::Read::read_to_string(&mut output, &mut printed).unwrap();
            assert_eq!(child.wait().unwrap().to_string(), "exit status: 5", "{mode:?}");
            let expected = "fork: code 3\ncall: made\nthread: joined\nvfork: code 3\nraise: handled 1\n";
            assert_eq!(printed, expected.repeat(5), "{mode:?}");
        }
        is_over.store(true, Ordering::SeqCst);
        let n_stops: usize = disturbers.into_iter().map(|thread| thread.join().unwrap()).sum();
        assert!(n_stops > 0, "nobody was disturbed");
        session.finish();
    }
}
