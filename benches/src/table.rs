//! Aligned columns, and budgets.

use std::io::{self, Write};

/// A table that is printed when it is complete.
#[derive(Debug)]
pub struct Table {
    title: String,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with a line above it and these heads; the first column is text, the others are numbers.
    pub fn new(title: impl Into<String>, heads: &[&str]) -> Table {
        Table { title: title.into(), rows: vec![heads.iter().map(|head| (*head).to_owned()).collect()] }
    }

    /// One more row.
    pub fn row(&mut self, label: &str, numbers: impl IntoIterator<Item = String>) {
        self.rows.push([label.to_owned()].into_iter().chain(numbers).collect());
    }

    /// Prints it.
    pub fn print(&self) {
        let n_columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..n_columns).map(width).collect();
        say(&format!("\n{}", self.title));
        for row in &self.rows {
            let cells = row.iter().zip(&widths).enumerate().map(|(n, (cell, &width))| match n {
                0 => format!("  {cell:<width$}"),
                _ => format!("  {cell:>width$}"),
            });
            say(cells.collect::<String>().trim_end());
        }
    }
}

/// What something may cost at most.
#[derive(Clone, Copy, Debug)]
pub struct Budget<'a> {
    /// What is compared with what.
    pub what: &'a str,
    /// The most that is allowed.
    pub at_most: f64,
}

impl Budget<'_> {
    /// Says whether it holds.
    pub fn judge(&self, found: f64) {
        let Budget { what, at_most } = self;
        let verdict = if found <= *at_most { "holds" } else { "MISSED" };
        say(&format!("  budget: {what} <= {at_most}: {found:.2}, {verdict}"));
    }
}

/// Prints a line. Nobody is left to tell if that fails.
pub fn say(line: &str) {
    let _ = writeln!(io::stdout().lock(), "{line}");
}
