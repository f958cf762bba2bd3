//! Durations and sizes as people read them: three digits or so, one unit.

use std::time::Duration;

/// `83µs`, `312ms`, `2.31s`, `41.7s`, `3m07s`, `2h05m`.
pub(crate) fn duration(time: Duration) -> String {
    let micros = time.as_micros();
    let secs = time.as_secs();
    match micros {
        0..1_000 => format!("{micros}µs"),
        1_000..1_000_000 => format!("{}ms", micros / 1_000),
        1_000_000..10_000_000 => format!("{}.{:02}s", secs, micros / 10_000 % 100),
        10_000_000..60_000_000 => format!("{}.{}s", secs, micros / 100_000 % 10),
        _ if secs < 3_600 => format!("{}m{:02}s", secs / 60, secs % 60),
        _ => format!("{}h{:02}m", secs / 3_600, secs / 60 % 60),
    }
}

/// CPU time, which the kernel tells in ticks of 10 ms: nothing may be almost one.
pub(crate) fn cpu_time(time: Duration) -> String {
    if time.is_zero() { "<10ms".to_owned() } else { duration(time) }
}

/// A size given in KiB: `812K`, `9.1M`, `52M`, `1.3G`.
pub(crate) fn size(kib: u64) -> String {
    match kib {
        0..1_024 => format!("{kib}K"),
        1_024..10_240 => tenths(kib, 1_024, 'M'),
        10_240..1_048_576 => format!("{}M", kib / 1_024),
        _ => tenths(kib, 1_048_576, 'G'),
    }
}

fn tenths(kib: u64, unit: u64, letter: char) -> String {
    format!("{}.{}{letter}", kib / unit, kib % unit * 10 / unit)
}

/// `1 process`, `2 processes`.
pub(crate) fn count(n: u64, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        let table = [
            (0, "0µs"),
            (83, "83µs"),
            (312_999, "312ms"),
            (2_319_999, "2.31s"),
            (9_999_999, "9.99s"),
            (41_760_000, "41.7s"),
            (187_000_000, "3m07s"),
            (7_540_000_000, "2h05m"),
            (360_000_000_000, "100h00m"),
        ];
        for (micros, expected) in table {
            assert_eq!(duration(Duration::from_micros(micros)), expected);
        }
    }

    #[test]
    fn sizes() {
        let table = [(0, "0K"), (812, "812K"), (9_400, "9.1M"), (53_300, "52M"), (1_400_000, "1.3G")];
        for (kib, expected) in table {
            assert_eq!(size(kib), expected);
        }
        assert!(size(u64::MAX).ends_with('G'));
    }
}
