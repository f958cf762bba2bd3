//! How long to measure.

use std::env;

/// `cargo bench` is full; with `-- --quick`, or `BENCH_QUICK=1` in the environment, it is quick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effort {
    /// A look, in some seconds: numbers vary by a tenth.
    Quick,
    /// Numbers to write down.
    Full,
}

impl Effort {
    /// What was asked for; `None` in a build without optimisation, whose numbers mean nothing (`cargo test` builds benches so).
    pub fn asked() -> Option<Effort> {
        if cfg!(debug_assertions) {
            return None;
        }
        let quick = env::args().any(|word| word == "--quick") || env::var_os("BENCH_QUICK").is_some();
        Some(if quick { Effort::Quick } else { Effort::Full })
    }

    /// One of two amounts.
    pub fn pick<T>(self, quick: T, full: T) -> T {
        match self {
            Effort::Quick => quick,
            Effort::Full => full,
        }
    }
}
