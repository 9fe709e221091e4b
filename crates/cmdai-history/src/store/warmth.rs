//! Frecency of a command as one number that needs no current time to compare.
//!
//! Each use at time `t` counts `2^((now - t) / half-life)`. The sum is kept as a logarithm relative to 1970, so it never has to
//! be aged: a use adds, and the order of two commands stays right however much time passes
//! (held by `recent_and_frequent_are_warm`). Price: one number cannot forget a single use, so a deleted entry cools nothing.

/// Microseconds in which a use loses half of its weight: thirty days.
const HALF_LIFE: f64 = 30.0 * 86_400.0 * 1e6;

/// Warmth of a command used once at `time` (microseconds).
#[allow(clippy::cast_precision_loss, reason = "microseconds since 1970 stay below 2^53 until the year 2255")]
pub(crate) fn of(time: i64) -> f64 {
    time as f64 / HALF_LIFE
}

/// Warmth after one more use at `time`.
pub(crate) fn add(warmth: f64, time: i64) -> f64 {
    let other = of(time);
    let (high, low) = if warmth >= other { (warmth, other) } else { (other, warmth) };
    high + (low - high).exp2().ln_1p() / std::f64::consts::LN_2
}

/// How warm a command is at `now`, 0 to 1: near 1 where it is used daily, a half after one use just now.
pub(crate) fn share(warmth: f64, now: i64) -> f64 {
    let uses = (warmth - of(now)).clamp(-60.0, 60.0).exp2();
    uses / (uses + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400_000_000;

    #[test]
    fn recent_and_frequent_are_warm() {
        let now = 20_000 * DAY;
        let daily = (0..30).fold(of(now - 31 * DAY), |w, day| add(w, now - day * DAY));
        let (once_now, once_long_ago) = (of(now), of(now - 900 * DAY));
        assert!(daily > once_now && once_now > once_long_ago);
        assert!(
            (share(once_now, now) - 0.5).abs() < 1e-9 && share(daily, now) > 0.9 && share(once_long_ago, now) < 1e-6
        );
        assert!((add(of(now), now) - of(now) - 1.0).abs() < 1e-9, "two uses are one half-life more");
    }
}
