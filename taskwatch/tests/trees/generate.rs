//! Random programs whose tree is known.
//!
//! What keeps a program's tree known: in a process with threads exactly one of them, the *finisher*, ends
//! the process, and all others park or exit. A polite finisher first waits until they have (`Barrier`), so
//! that everybody's last step is certain; a rude one does not, and the model then says what is allowed. A
//! process that is killed at any moment has no stopping children of its own, for nobody would continue them.

use crate::program::{Block, End, Kind, Step, Then};

/// splitmix64.
#[derive(Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// 0..n
    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }

    /// True in `percent` of 100 cases.
    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())].clone()
    }
}

/// What a process may do, from where it stands.
#[derive(Clone, Copy, Debug)]
struct Place {
    depth: usize,
    /// The command's own process, which has nobody to give a sibling to.
    first: bool,
    /// May be cut short at any moment.
    cut: bool,
    /// Its children are reaped by the kernel: no pid of theirs is safe to signal.
    ignoring: bool,
    /// It must stop itself once.
    stops: bool,
    /// It is killed there by a signal that any of its threads may take: none may go on meanwhile.
    parks: bool,
    /// Its creator is in vfork: it may stop itself only after an exec.
    vfork: bool,
    /// It has no threads now.
    alone: bool,
}

/// A program from its seed.
pub(crate) fn program(seed: u64) -> Block {
    let mut random = Random::new(seed);
    let tasks = if random.chance(15) { 20 + random.below(25) } else { 1 + random.below(16) };
    let mut generator = Generator { random, tasks };
    generator.process(Place {
        depth: 0,
        first: true,
        cut: false,
        ignoring: false,
        stops: false,
        parks: false,
        vfork: false,
        alone: true,
    })
}

struct Generator {
    random: Random,
    /// How many more tasks may be made.
    tasks: usize,
}

impl Generator {
    fn process(&mut self, mut place: Place) -> Block {
        place.alone = true;
        if place.stops && place.vfork {
            let steps = self.steps(&mut place, 2);
            return Block { steps, end: End::Exec(Box::new(self.process(Place { vfork: false, ..place }))) };
        }
        if self.tasks > 1 && place.depth < 8 && self.random.chance(35) {
            return self.with_threads(place);
        }
        let most = if place.depth == 0 { 8 } else { 4 };
        let mut steps = self.steps(&mut place, most);
        if place.stops && self.random.chance(50) {
            let end = End::Exec(Box::new(self.process(place)));
            return Block { steps, end };
        }
        if place.stops {
            let at = self.random.below(steps.len() + 1);
            steps.insert(at, Step::Stop);
            if place.parks {
                steps.truncate(at + 1);
                return Block { steps, end: End::Park };
            }
        }
        let place = Place { stops: false, ..place };
        let end = if self.random.chance(20) { End::Exit(self.code()) } else { self.finish(place) };
        let end = if self.random.chance(25) { End::Fall } else { end };
        Block { steps, end }
    }

    fn with_threads(&mut self, place: Place) -> Block {
        let threads = (1 + self.random.below(3)).min(self.tasks);
        self.tasks -= threads;
        let finisher = self.random.below(threads + 1);
        let rude = !place.stops && self.random.chance(30);
        // A finisher that only leaves must not leave parked threads behind.
        let leaves = !rude && self.random.chance(15);
        let others = Place { cut: place.cut || rude, stops: false, ..place };
        let mut blocks = Vec::new();
        for index in 0..=threads {
            let of = if index == finisher { place } else { others };
            let mut steps = self.steps(&mut Place { stops: false, alone: false, ..of }, 3);
            if index != finisher {
                let end = match self.random.below(3) {
                    0 if index > 0 => End::Fall,
                    1 if !leaves => End::Park,
                    _ => End::Exit(self.code()),
                };
                blocks.push(Block { steps, end });
                continue;
            }
            if !rude {
                steps.push(Step::Barrier);
            }
            let mut place = place;
            if place.stops && (leaves || self.random.chance(70)) {
                steps.push(Step::Stop);
                place.stops = false;
            }
            let end = match steps.last() {
                Some(Step::Stop) if place.parks => End::Park,
                _ if leaves => End::Exit(self.code()),
                _ => self.finish(place),
            };
            blocks.push(Block { steps, end });
        }
        // The leader makes the threads, or a thread makes the next one.
        let mut blocks = blocks.into_iter();
        let mut leader = blocks.next().unwrap();
        let threads: Vec<_> = blocks.collect();
        let mut chain: Option<Block> = None;
        for mut block in threads.into_iter().rev() {
            if let Some(next) = chain.take() {
                if self.random.chance(30) {
                    self.insert_thread(&mut block, next);
                } else {
                    self.insert_thread(&mut leader, next);
                }
            }
            chain = Some(block);
        }
        if let Some(last) = chain {
            self.insert_thread(&mut leader, last);
        }
        leader
    }

    /// Somewhere before the barrier.
    fn insert_thread(&mut self, into: &mut Block, block: Block) {
        let kind = if self.random.chance(50) { Kind::Thread } else { Kind::Thread3 };
        let room = into.steps.iter().position(|step| *step == Step::Barrier).unwrap_or(into.steps.len());
        let at = self.random.below(room + 1);
        into.steps.insert(at, Step::Make { kind, block, then: Then::Nothing });
    }

    fn steps(&mut self, place: &mut Place, most: usize) -> Vec<Step> {
        let mut steps = Vec::new();
        for _ in 0..self.random.below(most + 1) {
            let step = match self.random.below(20) {
                0 => Step::Yield,
                1 => Step::Refused,
                2 => Step::ExecMissing,
                3 => Step::ConfirmUser,
                4 => Step::ConfirmGroup,
                5 => Step::RealTimeSignal,
                6 if place.depth > 0 => Step::Session,
                7 if place.alone && self.random.chance(30) => {
                    place.ignoring = true;
                    Step::IgnoreChildren
                }
                8 | 9 => Step::Wait,
                _ if self.tasks > 0 && place.depth < 8 => self.child(*place),
                _ => Step::Yield,
            };
            steps.push(step);
        }
        if self.random.chance(50) {
            steps.push(Step::Wait);
        }
        steps
    }

    fn child(&mut self, place: Place) -> Step {
        self.tasks -= 1;
        let mut kind = self.random.pick(&Kind::PROCESSES);
        if kind == Kind::Sibling && place.first {
            kind = Kind::Fork;
        }
        let signal = self.random.pick(&[9, 9, 15]);
        let then = match self.random.below(10) {
            0 | 1 if kind.is_own_child() && !place.ignoring => Then::Kill(signal),
            2 if kind.is_own_child() && !place.ignoring && !place.cut => Then::Continue,
            3 if kind.is_own_child() && !place.ignoring && !place.cut => Then::KillStopped(signal),
            _ => Then::Nothing,
        };
        let block = self.process(Place {
            depth: place.depth + 1,
            first: false,
            cut: matches!(then, Then::Kill(_)),
            ignoring: place.ignoring,
            stops: matches!(then, Then::Continue | Then::KillStopped(_)),
            parks: matches!(then, Then::KillStopped(signal) if signal != 9),
            vfork: kind.is_vfork(),
            alone: true,
        });
        Step::Make { kind, block, then }
    }

    /// An end for the whole process.
    fn finish(&mut self, place: Place) -> End {
        if place.stops {
            return End::Exec(Box::new(self.process(Place { vfork: false, ..place })));
        }
        match self.random.below(10) {
            0 => End::SignalProcess(self.random.pick(&[9, 15, 1, 10, 14])),
            1 => End::SignalThread(self.random.pick(&[11, 6, 9, 8, 2, 40])),
            2..=4 if place.depth < 8 => {
                // Not for ever: each exec is one level down.
                End::Exec(Box::new(self.process(Place { depth: place.depth + 1, vfork: false, ..place })))
            }
            _ => End::ExitGroup(self.code()),
        }
    }

    fn code(&mut self) -> i32 {
        match self.random.below(3) {
            0 => 0,
            // 99 is treegrow's own failure.
            _ => match self.random.below(256) as i32 {
                99 => 98,
                code => code,
            },
        }
    }
}
