//! What is shown under what: forks that never executed anything become a count, and so do commands that are
//! run again and again.
//!
//! In: a [`Forest`]. Out: [`Node`]s, same indices. Does not: make text.

use std::time::Duration;

use super::forest::{Forest, Process};
use super::{Detail, Folding};

/// As many equal lines in a row are one line.
const MANY: usize = 4;

/// What a process looks like in the picture.
#[derive(Debug, Default)]
pub(super) struct Node {
    /// The processes on the lines below, in the order of their births.
    pub(super) children: Vec<usize>,
    /// Forks without exec that were folded into it.
    pub(super) n_forks: u32,
    /// Commands like it, on the lines below, that were folded into it.
    pub(super) n_repeats: u32,
    /// How long it lasted, with its repeats; `None` if it was not seen to end.
    pub(super) time: Option<Duration>,
    /// The CPU time of it and of what was folded into it.
    pub(super) cpu: Option<Duration>,
    /// The largest resident set among them.
    pub(super) max_rss_kib: Option<u64>,
    /// Where it is shown.
    place: Place,
}

/// Where a process is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    /// At the left edge.
    #[default]
    Root,
    /// On a line of its own.
    Line,
    /// As one of the forks of this process.
    In(usize),
}

/// The picture: the nodes, and those at the left edge.
#[derive(Debug)]
pub(super) struct Picture {
    pub(super) nodes: Vec<Node>,
    pub(super) roots: Vec<usize>,
}

/// Decides for each process where it goes. One pass: parents come before children.
pub(super) fn fold(forest: &Forest, detail: Detail) -> Picture {
    let mut picture = Picture { nodes: Vec::with_capacity(forest.processes().len()), roots: Vec::new() };
    for (index, process) in forest.processes().iter().enumerate() {
        let parent = process.parent.map(|parent| picture.shown(parent));
        let place = match parent {
            None => Place::Root,
            Some(parent) if detail.folding == Folding::Folded && is_foldable(process) => Place::In(parent),
            Some(_) => Place::Line,
        };
        picture.nodes.push(Node { place, ..Node::default() });
        match (place, parent.and_then(|parent| picture.nodes.get_mut(parent))) {
            (Place::In(_), Some(parent)) => {
                parent.n_forks += 1;
                parent.spend(process);
                continue;
            }
            (Place::Line, Some(parent)) => parent.children.push(index),
            _ => picture.roots.push(index),
        }
        if let Some(node) = picture.nodes.last_mut() {
            node.time = process.life.span();
            node.spend(process);
        }
    }
    if detail.folding == Folding::Folded {
        picture.fold_repeats(forest.processes());
    }
    picture
}

/// A fork that did its work in silence. One that failed or was refused something is not folded away.
fn is_foldable(process: &Process) -> bool {
    process.command.is_none() && !process.has_failed() && process.refusals.is_empty()
}

impl Picture {
    /// The process on whose line `index` is shown. Never more than one step: what is folded is folded
    /// into one that is shown.
    fn shown(&self, index: usize) -> usize {
        match self.nodes.get(index).map(|node| node.place) {
            Some(Place::In(line)) => line,
            _ => index,
        }
    }
}

impl Picture {
    /// Makes one line of commands that were run again and again.
    fn fold_repeats(&mut self, processes: &[Process]) {
        for index in 0..self.nodes.len() {
            let children = match self.nodes.get_mut(index) {
                Some(node) if node.children.len() >= MANY => std::mem::take(&mut node.children),
                _ => continue,
            };
            let runs = children.chunk_by(|one, other| self.is_repeat(processes, *one, *other));
            let runs: Vec<&[usize]> = runs.collect();
            let folded = runs.into_iter().flat_map(|run| self.fold_run(run).to_vec()).collect();
            if let Some(node) = self.nodes.get_mut(index) {
                node.children = folded;
            }
        }
    }

    fn is_repeat(&self, processes: &[Process], one: usize, other: usize) -> bool {
        let is_leaf = |index: usize| self.nodes.get(index).is_some_and(|node| node.children.is_empty());
        match (processes.get(one), processes.get(other)) {
            (Some(first), Some(second)) => is_leaf(one) && is_leaf(other) && first.is_like(second),
            _ => false,
        }
    }

    /// What is left of a run of equal children.
    fn fold_run<'r>(&mut self, run: &'r [usize]) -> &'r [usize] {
        let [first, rest @ ..] = run else { return run };
        if run.len() < MANY {
            return run;
        }
        for index in rest {
            let repeat = self.nodes.get_mut(*index).map(std::mem::take);
            if let (Some(repeat), Some(first)) = (repeat, self.nodes.get_mut(*first)) {
                first.take_in(&repeat);
            }
        }
        std::slice::from_ref(first)
    }
}

impl Node {
    /// Counts `repeat` among the repeats.
    fn take_in(&mut self, repeat: &Node) {
        self.n_repeats += 1;
        self.n_forks += repeat.n_forks;
        self.time = self.time.zip(repeat.time).map(|(one, other)| one + other);
        self.cpu = self.cpu.zip(repeat.cpu).map(|(one, other)| one + other);
        self.max_rss_kib = self.max_rss_kib.max(repeat.max_rss_kib);
    }

    fn spend(&mut self, process: &Process) {
        let Some(times) = process.times else { return };
        let cpu = self.cpu.unwrap_or_default() + times.utime + times.stime;
        self.cpu = Some(cpu);
        self.max_rss_kib = self.max_rss_kib.max(Some(times.maxrss_kib));
    }
}
