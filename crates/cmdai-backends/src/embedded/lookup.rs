//! Guesses how an answer goes on from what stands in the prompt, so that one evaluation can bring several tokens.
//!
//! Beside [`engine`](super::engine). A command repeats its request (names, numbers) and the habits of the examples, so what followed the
//! same tokens before often follows them again. A guess that the model does not confirm costs time and changes nothing: the answer is
//! the model's own choice, token by token (held by `guesses_change_no_answer`). On two cores four tokens in one evaluation took 1.45
//! times the time of one, two took 1.46: so three are guessed or none, and only where more than one of them should be right. By the
//! tokens of 340 answers that saves a tenth of the decoding; `cargo xtask bench backends` has the time of whole requests.

use super::runtime::Token;

/// Most tokens guessed at once.
pub(super) const MOST: usize = 3;
/// Longest run of tokens that is looked up; shorter ones are where it is not found.
const LONGEST: usize = 3;
/// Right guesses that must be expected, or none is made.
const LEAST: f32 = 1.2;
/// What is not in the prompt may follow as well: as if it had been seen half a time.
const UNSEEN: f32 = 0.5;

/// Tokens that may follow `seen`, the prompt with the answer so far; none where that is not worth trying. `ends` tells the tokens behind
/// which no answer goes on.
pub(super) fn guess(seen: &[Token], ends: impl Fn(Token) -> bool) -> Vec<Token> {
    let mut text = seen.to_vec();
    let (mut chance, mut expected) = (1.0, 0.0);
    while text.len() < seen.len() + MOST {
        let Some((token, share)) = next(seen, &text).filter(|(token, _)| !ends(*token)) else { break };
        chance *= share;
        expected += chance;
        text.push(token);
    }
    if expected < LEAST { Vec::new() } else { text.split_off(seen.len()) }
}

/// What followed the end of `text` most often in `seen`, of equals the latest, and its share.
fn next(seen: &[Token], text: &[Token]) -> Option<(Token, f32)> {
    (1..=LONGEST.min(text.len())).rev().find_map(|length| {
        let end = text.get(text.len() - length..)?;
        let mut followed: Vec<(Token, f32)> = Vec::new();
        for window in seen.windows(length + 1) {
            let Some((token, before)) = window.split_last() else { continue };
            if before != end {
                continue;
            }
            match followed.iter_mut().find(|(known, _)| known == token) {
                Some((_, count)) => *count += 1.0,
                None => followed.push((*token, 1.0)),
            }
        }
        let total: f32 = followed.iter().map(|(_, count)| count).sum();
        let best = followed.into_iter().max_by(|a, b| a.1.total_cmp(&b.1))?;
        Some((best.0, best.1 / (total + UNSEEN)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(seen: &[Token], expected: &[Token]) {
        assert_eq!(guess(seen, |token| token == 0), expected, "{seen:?}");
    }

    #[test]
    fn what_followed_before_is_guessed() {
        check(&[1, 2, 3, 4, 5, 9, 1, 2], &[3, 4, 5]);
        check(&[1, 2, 3, 4, 5, 6, 7, 8], &[]);
        check(&[], &[]);
        check(&[7], &[]);
    }

    #[test]
    fn the_longest_run_decides_and_then_how_often() {
        // Behind 2 comes 9 more often, behind 1 2 always 3.
        check(&[1, 2, 3, 4, 5, 6, 2, 9, 2, 9, 1, 2], &[3, 4, 5]);
        // Three times one and once another.
        check(&[1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4, 1, 5, 6, 7, 8, 1], &[2, 3, 4]);
    }

    #[test]
    fn too_little_hope_is_none() {
        check(&[1, 2, 7, 1, 3, 8, 1, 4, 9, 1, 5, 6, 1], &[]);
        // One token before the end of an answer is not worth it, and behind the end nothing is guessed.
        check(&[1, 2, 0, 5, 6, 7, 1], &[]);
    }
}
