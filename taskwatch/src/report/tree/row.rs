//! The lines of the tree: columns of numbers, branches, labels.
//!
//! In: a [`Picture`]. Out: one `String` per line. The numbers stand at the left, so that nothing moves them,
//! and the command lines can run to the right edge.

use std::iter;

use super::fold::Picture;
use super::forest::{Forest, Life, Refusal, Thread};
use super::{Detail, label};
use crate::measure;
use crate::style::{Ink, Palette};
use crate::width;

/// A terminal with fewer columns than this gets no numbers: the tree is what it was asked for.
const LEAST_FOR_NUMBERS: usize = 50;
/// Deeper branches than this are drawn as a number. (A chain of n forks would take n² characters.)
const DEEPEST: usize = 32;

/// What the tree is drawn on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Paper {
    pub(super) palette: Palette,
    pub(super) width: Option<usize>,
    pub(super) detail: Detail,
    /// What is said of a process whose end was not told.
    pub(super) unended: &'static str,
}

/// Something that takes a line below a process.
#[derive(Clone, Copy)]
enum Twig<'f> {
    Process(usize),
    Thread(&'f Thread),
    Refusal(&'f Refusal),
}

/// A process whose twigs are being drawn.
struct Branch<'f> {
    twigs: Vec<Twig<'f>>,
    next: usize,
}

impl<'f> Branch<'f> {
    fn is_done(&self) -> bool {
        self.next >= self.twigs.len()
    }
}

/// All lines, each with its newline.
pub(super) fn lines<'f>(
    picture: &'f Picture,
    forest: &'f Forest,
    paper: Paper,
) -> impl Iterator<Item = String> + 'f {
    let roots = picture.roots.iter().map(|root| Twig::Process(*root)).collect();
    let mut drawing = Drawing { picture, forest, paper, branches: vec![Branch { twigs: roots, next: 0 }] };
    let heading = drawing.heading();
    heading.into_iter().chain(iter::from_fn(move || drawing.next_line()))
}

/// The walk over the picture, depth first, with its own stack.
struct Drawing<'f> {
    picture: &'f Picture,
    forest: &'f Forest,
    paper: Paper,
    branches: Vec<Branch<'f>>,
}

impl<'f> Drawing<'f> {
    fn heading(&self) -> Option<String> {
        let heading = format!("{:>7}{:>7}{:>6}", "time", "cpu", "rss");
        self.has_numbers().then(|| self.paper.palette.paint(Ink::Dim, &heading) + "\n")
    }

    fn has_numbers(&self) -> bool {
        self.paper.width.is_none_or(|width| width >= LEAST_FOR_NUMBERS)
    }

    fn next_line(&mut self) -> Option<String> {
        while self.branches.last()?.is_done() {
            self.branches.pop();
        }
        let branch = self.branches.last_mut()?;
        let twig = *branch.twigs.get(branch.next)?;
        branch.next += 1;
        let line = self.line(twig);
        if let Twig::Process(index) = twig {
            let twigs = self.twigs(index);
            self.branches.push(Branch { twigs, next: 0 });
        }
        Some(line)
    }

    fn twigs(&self, index: usize) -> Vec<Twig<'f>> {
        let process = self.forest.processes().get(index);
        let node = self.picture.nodes.get(index);
        let threads = process.into_iter().flat_map(|process| process.threads.iter().map(Twig::Thread));
        let children =
            node.into_iter().flat_map(|node| node.children.iter().map(|child| Twig::Process(*child)));
        let refusals = process.into_iter().flat_map(|process| process.refusals.iter().map(Twig::Refusal));
        threads.chain(children).chain(refusals).collect()
    }

    fn line(&self, twig: Twig<'f>) -> String {
        let numbers = if self.has_numbers() { self.numbers(twig) } else { String::new() };
        let branches = self.branch_lines();
        let taken = width::columns(&numbers) + width::columns(&branches);
        let room = self.paper.width.map_or(usize::MAX, |width| width.saturating_sub(taken));
        let label = self.label(twig, room);
        let paint = |text: &str| self.paper.palette.paint(Ink::Dim, text);
        format!("{}{}{label}\n", paint(&numbers), paint(&branches))
    }

    fn numbers(&self, twig: Twig<'f>) -> String {
        let Twig::Process(index) = twig else {
            let time = match twig {
                Twig::Thread(thread) => span(thread.life),
                _ => String::new(),
            };
            return format!("{time:>7}{:15}", "");
        };
        let node = self.picture.nodes.get(index);
        let time = node.and_then(|node| node.time).map(measure::duration);
        let cpu = node.and_then(|node| node.cpu).map(measure::cpu_time);
        let rss = node.and_then(|node| node.max_rss_kib).map(measure::size);
        let column = |number: Option<String>| number.unwrap_or_else(|| "-".to_owned());
        format!("{:>7}{:>7}{:>6}  ", column(time), column(cpu), column(rss))
    }

    /// `│  ├─ `, from the left edge to the label.
    fn branch_lines(&self) -> String {
        let mut text = String::new();
        let depth = self.branches.len() - 1;
        let hidden = depth.saturating_sub(self.deepest());
        if hidden > 0 {
            text = format!("⋯{hidden} ");
        }
        for (level, branch) in self.branches.iter().enumerate().skip(1 + hidden) {
            text.push_str(match (level == depth, branch.is_done()) {
                (true, true) => "└─ ",
                (true, false) => "├─ ",
                (false, true) => "   ",
                (false, false) => "│  ",
            });
        }
        text
    }

    /// Branches take at most a third of a terminal.
    fn deepest(&self) -> usize {
        self.paper.width.map_or(DEEPEST, |width| (width / 9).clamp(1, DEEPEST))
    }

    fn label(&self, twig: Twig<'f>, room: usize) -> String {
        match twig {
            Twig::Process(index) => {
                let processes = self.forest.processes();
                let (Some(process), Some(node)) = (processes.get(index), self.picture.nodes.get(index))
                else {
                    return String::new();
                };
                label::process(process, node, self.paper, room)
            }
            Twig::Thread(thread) => {
                let tid = thread.tid.map_or_else(|| "?".to_owned(), |tid| tid.to_string());
                self.paper.palette.paint(Ink::Dim, &width::shortened(&format!("thread {tid}"), room))
            }
            Twig::Refusal(refusal) => label::refusal(refusal, self.paper.palette, room),
        }
    }
}

fn span(life: Life) -> String {
    life.span().map_or_else(|| "-".to_owned(), measure::duration)
}
