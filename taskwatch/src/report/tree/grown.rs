//! The report: a forest that grows, and at the end what is drawn of it.

use crate::measure;
use crate::output::Output;
use crate::report::{End, Observation, Outcome, Report};
use crate::style::{Ink, Palette};

use super::detail::{Detail, Folding};
use super::forest::Forest;
use super::{fold, row};

/// A file has no width, but whoever reads it has: the log of a CI job, a pager.
const WIDTH_OF_A_FILE: usize = 256;

/// The tree, growing.
#[derive(Debug)]
pub(crate) struct Tree {
    detail: Detail,
    forest: Forest,
    output: Output,
}

impl Tree {
    /// An empty tree.
    pub(crate) fn new(detail: Detail, output: Output) -> Tree {
        Tree { detail, forest: Forest::new(detail), output }
    }

    fn width(&self) -> Option<usize> {
        match self.detail.folding {
            Folding::Folded => Some(self.output.width.unwrap_or(WIDTH_OF_A_FILE)),
            Folding::Full => None,
        }
    }
}

impl Report for Tree {
    fn event(&mut self, seen: &Observation<'_>) {
        self.forest.grow(seen);
    }

    fn end(&mut self, end: &End) {
        // A command that could not be started has no tree; the reason is on stderr.
        if matches!(end.outcome, Outcome::Ended(_) | Outcome::LetGo) || end.totals.processes > 1 {
            let unended = if end.outcome == Outcome::LetGo { "lives on" } else { "end not seen" };
            let (palette, width, detail) = (self.output.palette, self.width(), self.detail);
            let paper = row::Paper { palette, width, detail, unended };
            for line in row::lines(&fold::fold(&self.forest, self.detail), &self.forest, paper) {
                self.output.write(line.as_bytes());
            }
            self.output.write(summary(end, self.output.palette).as_bytes());
        }
        self.output.flush();
    }
}

/// The last line.
fn summary(end: &End, palette: Palette) -> String {
    let totals = end.totals;
    let mut parts = vec![
        format!("{} wall", measure::duration(totals.wall)),
        format!("{} user", measure::cpu_time(totals.user)),
        format!("{} sys", measure::cpu_time(totals.system)),
    ];
    // It is known of who has ended: of nobody, where all were let go.
    if totals.max_rss_kib > 0 {
        parts.push(format!("{} max RSS", measure::size(totals.max_rss_kib)));
    }
    parts.push(measure::count(totals.processes, "process", "processes"));
    if totals.threads > 0 {
        parts.push(measure::count(totals.threads, "more thread", "more threads"));
    }
    let mut line = palette.paint(Ink::Dim, &parts.join(" · "));
    let separator = palette.paint(Ink::Dim, " · ");
    let failures = match totals.failures {
        0 => palette.paint(Ink::Dim, "0 failures"),
        n => palette.paint(Ink::Failure, &format!("✗ {}", measure::count(n, "failure", "failures"))),
    };
    line.extend([separator.as_str(), failures.as_str()]);
    if totals.refused > 0 {
        let refused = measure::count(totals.refused, "fork refused", "forks refused");
        line.extend([separator.as_str(), palette.paint(Ink::Failure, &refused).as_str()]);
    }
    line.push('\n');
    line
}
