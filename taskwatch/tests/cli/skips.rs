//! `SKIPS.md` lists what tests may leave out: all of it, and nothing else.

use crate::support::skip::Skip;
use std::collections::BTreeSet;

#[test]
fn every_skip_is_listed() {
    let listed: BTreeSet<&str> = include_str!("../SKIPS.md")
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
        .collect();
    let known: BTreeSet<&str> = Skip::ALL.into_iter().map(Skip::name).collect();
    assert_eq!(listed, known);
}
