//! Many measurements of one thing.

use crate::Result;

/// What was measured, in no order.
#[derive(Clone, Debug, Default)]
pub struct Samples(Vec<f64>);

impl Samples {
    /// One more.
    pub fn add(&mut self, sample: f64) {
        self.0.push(sample);
    }

    /// The least disturbed: what else the machine did only adds.
    pub fn minimum(&self) -> f64 {
        self.0.iter().copied().fold(f64::INFINITY, f64::min)
    }

    /// The middle one.
    pub fn median(&self) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
    }
}

/// Measures each of `subjects` once per round, so that a disturbance meets all of them alike.
///
/// # Errors
///
/// Those of `measure`.
pub fn in_turns<S>(
    rounds: usize,
    subjects: &[S],
    mut measure: impl FnMut(&S) -> Result<f64>,
) -> Result<Vec<Samples>> {
    let mut samples = vec![Samples::default(); subjects.len()];
    for _ in 0..rounds {
        for (subject, samples) in subjects.iter().zip(&mut samples) {
            samples.add(measure(subject)?);
        }
    }
    Ok(samples)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn least_and_middle() {
        let mut samples = Samples::default();
        [5.0, 1.0, 9.0].into_iter().for_each(|sample| samples.add(sample));
        assert_eq!((samples.minimum(), samples.median()), (1.0, 5.0));
    }

    #[test]
    fn everybody_has_a_turn_in_every_round() {
        let mut order = Vec::new();
        let seen = in_turns(2, &['a', 'b'], |subject| {
            order.push(*subject);
            Ok(order.len() as f64)
        });
        let medians: Vec<f64> = seen.unwrap().iter().map(Samples::median).collect();
        assert_eq!((order.as_slice(), medians.as_slice()), (&['a', 'b', 'a', 'b'][..], &[3.0, 4.0][..]));
    }
}
