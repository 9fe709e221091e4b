//! Whether the characters of a pattern stand in a text in this order, and how closely.
//!
//! One pass forward finds the first place where it ends, one pass back the shortest stretch that ends there: linear in the text.

use std::ops::Range;

/// How close the characters stand, 0 to 1, and where; nothing where they do not all stand there. Both sides are lower case.
pub(crate) fn find(pattern: &[char], text: &[char]) -> Option<(f64, Range<usize>)> {
    let mut wanted = pattern.iter();
    let mut next = wanted.next()?;
    let mut end = None;
    for (index, c) in text.iter().enumerate() {
        if c == next {
            let Some(c) = wanted.next() else {
                end = Some(index + 1);
                break;
            };
            next = c;
        }
    }
    let end = end?;
    let (mut start, mut together, mut at_word) = (end, 0_u32, 0_u32);
    let mut back = pattern.iter().rev().peekable();
    let mut previous: Option<usize> = None;
    for (index, c) in text.iter().enumerate().take(end).rev() {
        let Some(wanted) = back.peek() else { break };
        if *c == **wanted {
            back.next();
            start = index;
            together += u32::from(previous == Some(index + 1));
            let before = index.checked_sub(1).and_then(|i| text.get(i));
            at_word += u32::from(before.is_none_or(|c| !c.is_alphanumeric()));
            previous = Some(index);
        }
    }
    #[allow(clippy::cast_precision_loss, reason = "lengths of commands")]
    let (length, stretch) = (pattern.len() as f64, (end - start) as f64);
    let tight = length / stretch;
    let joined = f64::from(together + 1) / length;
    let words = (f64::from(at_word) / length).min(1.0);
    Some((0.4 * tight + 0.4 * joined.min(1.0) + 0.2 * words, start..end))
}

#[cfg(test)]
mod tests {
    use super::find;

    fn score(pattern: &str, text: &str) -> Option<f64> {
        let chars = |text: &str| text.chars().collect::<Vec<_>>();
        find(&chars(pattern), &chars(text)).map(|(score, _)| score)
    }

    #[test]
    fn order_counts_and_closeness_ranks() {
        assert_eq!((score("gco", "git log"), score("", "x")), (None, None));
        let (tight, words, loose) =
            (score("git", "git log").unwrap(), score("gl", "git log").unwrap(), score("gl", "agile").unwrap());
        assert!(tight > words && words > 0.2 && loose < tight, "{tight} {words} {loose}");
    }
}
