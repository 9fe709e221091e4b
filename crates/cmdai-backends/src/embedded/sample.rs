//! The choice of the next token, and how sure the model was.

/// A chosen token and the probability the model gave it, before any temperature.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Choice {
    pub(super) token: usize,
    pub(super) probability: f32,
}

/// Logits further below the best one than this add less than 1e-8 each and are left out of the sums.
const NEGLIGIBLE: f32 = 20.0;
/// Sampling draws from the likeliest tokens that together have this probability.
const TOP_P: f32 = 0.95;

/// The likeliest token.
pub(super) fn greedy(logits: &[f32]) -> Choice {
    let (token, best) = best(logits);
    Choice { token, probability: 1.0 / mass(logits, best) }
}

/// The probability of one token.
pub(super) fn probability(logits: &[f32], token: usize) -> Option<f32> {
    let (_, best) = best(logits);
    Some((logits.get(token)? - best).exp() / mass(logits, best))
}

/// A token drawn at `temperature` by `random` (0 to 1).
pub(super) fn sampled(logits: &[f32], temperature: f32, random: f32) -> Choice {
    let (_, best) = best(logits);
    let mut weighted: Vec<(usize, f32)> = logits
        .iter()
        .enumerate()
        .filter(|(_, logit)| best - **logit < NEGLIGIBLE * temperature)
        .map(|(token, logit)| (token, ((logit - best) / temperature).exp()))
        .collect();
    weighted.sort_unstable_by(|a, b| b.1.total_cmp(&a.1));
    let total: f32 = weighted.iter().map(|(_, w)| w).sum();
    let mut sum = 0.0;
    let nucleus = weighted.iter().position(|(_, w)| {
        sum += w;
        sum >= TOP_P * total
    });
    weighted.truncate(nucleus.map_or(weighted.len(), |last| last + 1));

    let mut left = random * sum;
    let drawn = weighted.iter().find(|(_, w)| {
        left -= w;
        left <= 0.0
    });
    let token = drawn.or(weighted.last()).map_or(0, |(token, _)| *token);
    let logit = logits.get(token).copied().unwrap_or(best);
    Choice { token, probability: (logit - best).exp() / mass(logits, best) }
}

fn best(logits: &[f32]) -> (usize, f32) {
    let best = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    (logits.iter().position(|logit| *logit >= best).unwrap_or(0), best)
}

/// Sum of `exp(logit - best)`; at least 1, because the best itself is in it.
fn mass(logits: &[f32], best: f32) -> f32 {
    logits.iter().map(|logit| logit - best).filter(|d| *d > -NEGLIGIBLE).map(f32::exp).sum::<f32>().max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn probabilities_are_those_of_softmax() {
        let choice = greedy(&[0.0, 2.0_f32.ln(), 0.0]);
        assert_eq!(choice.token, 1);
        assert!((choice.probability - 0.5).abs() < 1e-6);
        assert_eq!(probability(&[0.0, 2.0_f32.ln(), 0.0], 1), Some(choice.probability));
        assert_eq!(probability(&[0.0], 1), None);
    }

    proptest! {
        #[test]
        fn the_greedy_token_is_the_best_and_sampling_stays_inside(
            logits in prop::collection::vec(-30.0f32..30.0, 1..50), random in 0.0f32..1.0, temperature in 0.1f32..2.0,
        ) {
            let best = greedy(&logits);
            prop_assert!(logits.iter().all(|l| *l <= logits[best.token]));
            let drawn = sampled(&logits, temperature, random);
            prop_assert!(drawn.token < logits.len());
            prop_assert!(drawn.probability > 0.0 && drawn.probability <= best.probability + 1e-6);
            prop_assert_eq!(sampled(&logits, temperature, 0.0).token, best.token, "the likeliest stands first");
        }
    }
}
