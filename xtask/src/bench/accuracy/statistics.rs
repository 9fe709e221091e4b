//! Shares and their errors, McNemar's exact test, percentiles.
//!
//! Used by [`super::report`]. Two variants answer the same tasks, so the tasks on which both are right or both are wrong say
//! nothing about their difference: the paired test needs far fewer tasks than comparing two shares would.

use std::fmt;

/// How many of how many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Share {
    pub(crate) hits: u32,
    pub(crate) of: u32,
}

impl Share {
    /// The share of true values.
    pub(crate) fn of(values: impl IntoIterator<Item = bool>) -> Self {
        values
            .into_iter()
            .fold(Self::default(), |share, hit| Self { hits: share.hits + u32::from(hit), of: share.of + 1 })
    }

    /// The share and its standard error (of a binomial); none of nothing.
    pub(crate) fn value(self) -> Option<(f64, f64)> {
        let count = (self.of > 0).then(|| f64::from(self.of))?;
        let share = f64::from(self.hits) / count;
        Some((share, (share * (1.0 - share) / count).sqrt()))
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.value() {
            Some((share, error)) => f.pad(&format!("{share:.3} ± {error:.3}")),
            None => f.pad("–"),
        }
    }
}

/// The probability of a difference at least this large between two variants that are equally good, by McNemar's exact test:
/// `won` and `lost` are the tasks on which exactly one of them is right.
pub(crate) fn mcnemar(won: u32, lost: u32) -> f64 {
    let n = won + lost;
    // The term of k is C(n, k) / 2^n; as logarithms, so that many tasks do not underflow.
    let mut term = f64::from(n) * 0.5_f64.ln();
    let mut sum = term.exp();
    for k in 0..won.min(lost) {
        term += f64::from(n - k).ln() - f64::from(k + 1).ln();
        sum += term.exp();
    }
    (2.0 * sum).min(1.0)
}

/// The smallest value that at least `percent` of a hundred values do not exceed; none of nothing.
pub(crate) fn percentile(values: &[f64], percent: usize) -> Option<f64> {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    let rank = (values.len() * percent).div_ceil(100).max(1);
    values.get(rank - 1).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_knows_its_error() {
        let share = Share::of([true, false, true, true]);
        assert_eq!(share, Share { hits: 3, of: 4 });
        assert_eq!(share.to_string(), "0.750 ± 0.217");
        assert_eq!(Share::default().to_string(), "–");
    }

    #[test]
    fn mcnemar_is_the_binomial_test_of_the_discordant_pairs() {
        let check = |won, lost, expected: f64| {
            let p = mcnemar(won, lost);
            assert!((p - expected).abs() < 5e-7, "{won} {lost}: {p}");
        };
        check(0, 0, 1.0);
        check(3, 3, 1.0);
        check(0, 5, 0.0625);
        check(5, 0, 0.0625);
        check(10, 2, 0.038_574_2);
        check(2, 10, 0.038_574_2);
        check(1, 9, 0.021_484_4);
        assert!(mcnemar(3000, 1000) < 1e-12);
    }

    #[test]
    fn percentiles_are_values_that_occurred() {
        let values = [5.0, 1.0, 4.0, 2.0, 3.0];
        assert_eq!(percentile(&values, 50), Some(3.0));
        assert_eq!(percentile(&values, 95), Some(5.0));
        assert_eq!(percentile(&[7.0], 50), Some(7.0));
        assert_eq!(percentile(&[], 50), None);
    }
}
