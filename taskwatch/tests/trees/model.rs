//! The tree that a program makes, and what may differ where a kill or a rude end races with it.

use std::cell::Cell;

use crate::{
    program::{Block, End, Kind, Step, Then},
    support::story::Status,
};

/// One task of the true tree.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// `0`, and for the n-th child of a task its label, a dot and n.
    pub(crate) label: String,
    /// `None` for the command itself.
    pub(crate) kind: Option<Kind>,
    /// The kernel refused to make it (with EINVAL).
    pub(crate) refused: bool,
    /// What each exec was given.
    pub(crate) execs: Vec<String>,
    pub(crate) user_events: usize,
    pub(crate) group_events: usize,
    pub(crate) children: Vec<Self>,
    /// How this task ends.
    pub(crate) status: Status,
    /// Not empty: the task may have ended at any moment before that, with one of these.
    pub(crate) cut: Vec<Status>,
    /// What a wait for it may give: that of its process for a first task; a thread's own status, or that of
    /// its process, if that has ended before the wait.
    pub(crate) wait: Vec<Status>,
}

impl Node {
    pub(crate) fn is_cut(&self) -> bool {
        !self.cut.is_empty()
    }

    pub(crate) fn allowed(&self) -> Vec<Status> {
        let mut allowed = self.cut.clone();
        allowed.push(self.status);
        allowed
    }

    pub(crate) fn tasks(&self) -> usize {
        1 + self.children.iter().map(Self::tasks).sum::<usize>()
    }
}

/// The tree of a whole program.
pub(crate) fn tree(program: &Block) -> Node {
    let process = Process { cut: Vec::new(), killed_at_stop: None };
    process.first_task("0".to_owned(), None, program)
}

/// One process from its first task on, execs included.
struct Process {
    /// It may be ended at any moment, with one of these.
    cut: Vec<Status>,
    /// Its stop is its end, by this signal.
    killed_at_stop: Option<i32>,
}

/// How one image of a process ends.
enum Ending {
    /// With this for every thread that is still there.
    With(Status),
    Exec,
}

impl Process {
    fn of_child(then: Then) -> Self {
        let cut = if let Then::Kill(signal) = then { vec![Status::Signal(signal)] } else { Vec::new() };
        let killed_at_stop = if let Then::KillStopped(signal) = then { Some(signal) } else { None };
        Self { cut, killed_at_stop }
    }

    fn first_task(&self, label: String, kind: Option<Kind>, block: &Block) -> Node {
        let mut node = self.task(label, kind);
        let status = self.image(&mut node, block);
        node.wait = self.cut.clone();
        node.wait.push(status);
        node
    }

    fn task(&self, label: String, kind: Option<Kind>) -> Node {
        Node {
            label,
            kind,
            refused: false,
            execs: Vec::new(),
            user_events: 0,
            group_events: 0,
            children: Vec::new(),
            status: Status::Code(0),
            cut: self.cut.clone(),
            wait: Vec::new(),
        }
    }

    /// Walks one image and those that follow it by exec. The status of the process in the end.
    fn image(&self, leader: &mut Node, block: &Block) -> Status {
        let ending = self.ending(block, true, has_threads(block));
        let all = match ending {
            Some(Ending::With(status)) => status,
            // An exec ends the other threads with 0.
            Some(Ending::Exec) | None => Status::Code(0),
        };
        let image = Image { process: self, all, rude: is_rude(block), last: Cell::new(all) };
        image.walk(leader, block);
        image.last.get()
    }

    /// What ends an image is found in the block of the thread that does it.
    fn ending(&self, block: &Block, leader: bool, threads: bool) -> Option<Ending> {
        for step in &block.steps {
            let ending = match step {
                Step::Make { kind, block, .. } if kind.is_thread() => self.ending(block, false, threads),
                Step::Stop => self.killed_at_stop.map(|signal| Ending::With(Status::Signal(signal))),
                _ => None,
            };
            if ending.is_some() {
                return ending;
            }
        }
        let leaves_last = !threads || waits_for_others(block);
        match &block.end {
            End::Fall if leader || leaves_last => Some(Ending::With(Status::Code(0))),
            End::Exit(code) if leaves_last => Some(Ending::With(Status::Code(*code))),
            End::ExitGroup(code) => Some(Ending::With(Status::Code(*code))),
            End::SignalProcess(signal) | End::SignalThread(signal) => {
                Some(Ending::With(Status::Signal(*signal)))
            }
            End::Exec(_) => Some(Ending::Exec),
            End::Fall | End::Exit(_) | End::Park => None,
        }
    }
}

/// One image of a process while its tasks are walked.
struct Image<'p> {
    process: &'p Process,
    /// What a task gets that is still there when the image ends.
    all: Status,
    /// The image is ended without regard to what its other threads are doing.
    rude: bool,
    /// The status of the process after all images.
    last: Cell<Status>,
}

impl Image<'_> {
    fn walk(&self, node: &mut Node, block: &Block) {
        for step in &block.steps {
            match step {
                Step::Make { kind, block, then } => {
                    let label = format!("{}.{}", node.label, node.children.len());
                    node.children.push(if kind.is_thread() {
                        let mut thread = self.process.task(label, Some(*kind));
                        self.walk(&mut thread, block);
                        thread
                    } else {
                        Process::of_child(*then).first_task(label, Some(*kind), block)
                    });
                }
                Step::Refused => {
                    let label = format!("{}.{}", node.label, node.children.len());
                    let mut refused = self.process.task(label, Some(Kind::Clone));
                    refused.refused = true;
                    node.children.push(refused);
                }
                Step::ConfirmUser => node.user_events += 1,
                Step::ConfirmGroup => node.group_events += 1,
                Step::Stop if self.process.killed_at_stop.is_some() => return self.end(node, self.all),
                _ => {}
            }
        }
        if self.rude && matches!(block.end, End::Fall | End::Exit(_) | End::Park) {
            node.cut.push(self.all);
        }
        match &block.end {
            End::Exec(next) => {
                node.execs.push(next.to_string());
                self.last.set(self.process.image(node, next));
                node.wait.push(self.last.get());
            }
            End::Fall => self.end(node, Status::Code(0)),
            End::Exit(code) => self.end(node, Status::Code(*code)),
            _ => self.end(node, self.all),
        }
    }

    fn end(&self, node: &mut Node, status: Status) {
        node.status = status;
        node.wait.clone_from(&node.cut);
        node.wait.extend([status, self.all]);
    }
}

fn has_threads(block: &Block) -> bool {
    threads(block).next().is_some()
}

fn threads(block: &Block) -> impl Iterator<Item = &Block> {
    block.steps.iter().filter_map(|step| match step {
        Step::Make { kind, block, .. } if kind.is_thread() => Some(block),
        _ => None,
    })
}

fn waits_for_others(block: &Block) -> bool {
    block.steps.contains(&Step::Barrier)
}

/// Nobody in this image waits for the others before the end.
fn is_rude(block: &Block) -> bool {
    fn is_polite(block: &Block) -> bool {
        waits_for_others(block) || threads(block).any(is_polite)
    }
    has_threads(block) && !is_polite(block)
}
