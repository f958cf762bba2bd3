//! [`Reading`]: what happened between two moments.

use std::time::{Duration, Instant};

use crate::counts::Totals;

/// What was counted since the reading before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reading {
    /// Tasks that were made, threads included.
    pub clones: u64,
    /// Tasks that ended.
    pub exits: u64,
    /// In how much time.
    pub time: Duration,
}

impl Reading {
    /// Births per second; 0 for no time at all.
    pub fn clones_per_second(&self) -> f64 {
        per_second(self.clones, self.time)
    }

    /// Deaths per second; 0 for no time at all.
    pub fn exits_per_second(&self) -> f64 {
        per_second(self.exits, self.time)
    }
}

fn per_second(n: u64, time: Duration) -> f64 {
    if time.is_zero() { 0.0 } else { n as f64 / time.as_secs_f64() }
}

/// The last reading's end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Since {
    at: Instant,
    totals: Totals,
}

impl Since {
    pub(crate) fn now(totals: Totals) -> Since {
        Since { at: Instant::now(), totals }
    }

    /// What was counted up to `totals`, from which the next reading counts on. Totals that went back began anew.
    pub(crate) fn advance(&mut self, totals: Totals) -> Reading {
        let last = std::mem::replace(self, Since::now(totals));
        let anew = totals.clones < last.totals.clones || totals.exits < last.totals.exits;
        let from = if anew { Totals::default() } else { last.totals };
        Reading {
            clones: totals.clones - from.clones,
            exits: totals.exits - from.exits,
            time: self.at.duration_since(last.at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates() {
        let reading = |time| Reading { clones: 30, exits: 15, time };
        let two_seconds = reading(Duration::from_secs(2));
        assert_eq!((two_seconds.clones_per_second(), two_seconds.exits_per_second()), (15.0, 7.5));
        assert_eq!(reading(Duration::ZERO).clones_per_second(), 0.0);
    }

    #[test]
    fn each_reading_is_of_the_time_since_the_last() {
        let totals = |clones, exits| Totals { clones, exits };
        let mut since = Since::now(totals(5, 2));
        let mut read = |clones, exits| {
            let reading = since.advance(totals(clones, exits));
            (reading.clones, reading.exits)
        };
        assert_eq!([read(7, 2), read(7, 2), read(9, 9), read(3, 1)], [(2, 0), (0, 0), (2, 7), (3, 1)]);
    }
}
