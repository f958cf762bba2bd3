//! What is shown under what: forks that never executed anything become a count.
//!
//! In: a [`Forest`]. Out: [`Node`]s, same indices. Does not: make text.

use std::time::Duration;

use super::forest::{Forest, Process};
use super::{Detail, Folding};

/// What a process looks like in the picture.
#[derive(Debug, Default)]
pub(super) struct Node {
    /// The processes on the lines below, in the order of their births.
    pub(super) children: Vec<usize>,
    /// Forks without exec that were folded into it.
    pub(super) n_forks: u32,
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
            node.spend(process);
        }
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

impl Node {
    fn spend(&mut self, process: &Process) {
        let Some(times) = process.times else { return };
        let cpu = self.cpu.unwrap_or_default() + times.utime + times.stime;
        self.cpu = Some(cpu);
        self.max_rss_kib = self.max_rss_kib.max(Some(times.maxrss_kib));
    }
}
