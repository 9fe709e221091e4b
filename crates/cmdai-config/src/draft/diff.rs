//! The difference of two texts as lines, to look at before saving.

use crate::excerpt::shown;
use serde::Serialize;

/// More lines than this between the first and the last change are shown as replaced altogether: it would take long.
const MOST: usize = 2000;

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
    let first = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let room = old.len().min(new.len()) - first;
    let last = old.iter().rev().zip(new.iter().rev()).take(room).take_while(|(a, b)| a == b).count();
    let inside = |lines: &[&'_ str]| lines.len() - last;
    let (old_end, new_end) = (inside(&old), inside(&new));
    let part = |kind, lines: Option<&[&str]>| -> Vec<DiffLine> {
        lines.unwrap_or_default().iter().map(|text| DiffLine { kind, text: shown(text) }).collect()
    };
    let mut out = part(LineKind::Same, old.get(..first));
    let (a, b) = (old.get(first..old_end).unwrap_or_default(), new.get(first..new_end).unwrap_or_default());
    if a.len().max(b.len()) > MOST {
        out.extend(part(LineKind::Removed, Some(a)));
        out.extend(part(LineKind::Added, Some(b)));
    } else {
        middle(a, b, &mut out);
    }
    out.extend(part(LineKind::Same, old.get(old_end..)));
    out
}

/// By the longest common subsequence.
fn middle(old: &[&str], new: &[&str], out: &mut Vec<DiffLine>) {
    // `common[i][j]` is its length for the rest of both from there.
    let mut common = vec![vec![0_u32; new.len() + 1]; old.len() + 1];
    let at = |common: &Vec<Vec<u32>>, i: usize, j: usize| {
        common.get(i).and_then(|row| row.get(j)).copied().unwrap_or_default()
    };
    for (i, a) in old.iter().enumerate().rev() {
        for (j, b) in new.iter().enumerate().rev() {
            let length =
                if a == b { at(&common, i + 1, j + 1) + 1 } else { at(&common, i + 1, j).max(at(&common, i, j + 1)) };
            if let Some(place) = common.get_mut(i).and_then(|row| row.get_mut(j)) {
                *place = length;
            }
        }
    }
    let (mut i, mut j) = (0, 0);
    loop {
        let (kind, text) = match (old.get(i), new.get(j)) {
            (Some(a), Some(b)) if a == b => (LineKind::Same, a),
            (Some(a), b) if b.is_none() || at(&common, i + 1, j) >= at(&common, i, j + 1) => (LineKind::Removed, a),
            (_, Some(b)) => (LineKind::Added, b),
            (_, None) => break,
        };
        i += usize::from(kind != LineKind::Added);
        j += usize::from(kind != LineKind::Removed);
        out.push(DiffLine { kind, text: shown(text) });
    }
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
