//! The difference of two texts as lines, to look at before saving.

use crate::excerpt::shown;
use serde::Serialize;
use similar::{Algorithm, ChangeTag};
use std::time::{Duration, Instant};

/// A difference that takes longer to find is given as it is then: more lines are replaced than need be.
const LONGEST: Duration = Duration::from_millis(200);

/// What became of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LineKind {
    /// It stays.
    Same,
    /// It goes.
    Removed,
    /// It is new.
    Added,
}

/// One line of a difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DiffLine {
    /// What became of it.
    pub kind: LineKind,
    /// The line without its end, secrets and control characters.
    pub text: String,
}

/// The lines of both texts, in their order; what goes stands before what takes its place.
pub(crate) fn lines(old: &str, new: &str) -> Vec<DiffLine> {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let deadline = Instant::now() + LONGEST;
    let ops = similar::capture_diff_slices_deadline(Algorithm::Myers, &old, &new, Some(deadline));
    ops.iter()
        .flat_map(|op| op.iter_changes(&old, &new))
        .map(|change| {
            let kind = match change.tag() {
                ChangeTag::Equal => LineKind::Same,
                ChangeTag::Delete => LineKind::Removed,
                ChangeTag::Insert => LineKind::Added,
            };
            DiffLine { kind, text: shown(change.value()) }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(old: &str, new: &str, expected: &str) {
        let shown: Vec<String> = lines(old, new)
            .iter()
            .map(|line| {
                let mark = match line.kind {
                    LineKind::Same => ' ',
                    LineKind::Removed => '-',
                    LineKind::Added => '+',
                };
                format!("{mark}{}", line.text)
            })
            .collect();
        assert_eq!(shown.join("|"), expected);
    }

    #[test]
    fn lines_that_stay_go_and_come() {
        check("", "", "");
        check("a\nb\n", "a\nb\n", " a| b");
        check("", "a\n", "+a");
        check("a\n", "", "-a");
        check("a\nb\nc\n", "a\nx\nc\n", " a|-b|+x| c");
        check("a\nb\nc\nd\n", "b\nd\ne\n", "-a| b|-c| d|+e");
        check("a\na\n", "a\n", " a|-a");
    }
}
