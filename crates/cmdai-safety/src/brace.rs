//! Brace expansion: `a{b,c}` and `{1..9}`, before any other expansion; and the choices of extended globs.

use crate::ir::Part;
use std::borrow::Cow;
use std::rc::Rc;

const MAX_WORDS: usize = 256;
/// Longest word that is expanded; a longer one is a gap.
const MAX_LETTERS: usize = 2048;
/// Letters of all words together; the rest is a gap.
const MAX_MADE: usize = 16 * 1024;
const MAX_DEPTH: usize = 8;

/// A character of a word, or a whole part that braces cannot look into; small, because each choice copies all of them.
#[derive(Clone)]
enum Atom {
    /// Unquoted, live.
    Char(char),
    /// Unquoted and escaped.
    Escaped(char),
    Part(Rc<Part>),
}

pub(crate) fn has_brace(parts: &[Part]) -> bool {
    parts.iter().any(|part| matches!(part, Part::Bare(text) if text.contains(['{', '('])))
}

/// Extended globs: `@(a|b)` is one of its choices, as in braces; the others can be anything.
fn choices(text: &str) -> Cow<'_, str> {
    if !["@(", "!(", "+(", "?(", "*("].iter().any(|mark| text.contains(mark)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('(') {
        let (before, inner) = (rest.get(..at).unwrap_or_default(), rest.get(at + 1..).unwrap_or_default());
        let close = inner.find(')').filter(|_| before.ends_with(['@', '!', '+', '?', '*']));
        let Some(close) = close else { break };
        let body = inner.get(..close).unwrap_or_default();
        out.push_str(before.get(..before.len() - 1).unwrap_or_default());
        match (before.ends_with('@') && !body.contains(['(', '{', ',']), body.contains('|')) {
            (true, true) => out.extend(["{", &body.replace('|', ","), "}"]),
            (true, false) => out.push_str(body),
            _ => out.push('*'),
        }
        rest = inner.get(close + 1..).unwrap_or_default();
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The words a word stands for, in order; nothing where it stands for itself.
pub(crate) fn expand(parts: &[Part]) -> Option<Vec<Vec<Part>>> {
    if !has_brace(parts) {
        return None;
    }
    let mut atoms = Vec::new();
    for part in parts {
        let Part::Bare(text) = part else {
            atoms.push(Atom::Part(Rc::new(part.clone())));
            continue;
        };
        let text = choices(text);
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            match c {
                '\\' => atoms.extend(chars.next().map(Atom::Escaped)),
                other => atoms.push(Atom::Char(other)),
            }
        }
    }
    if atoms.len() > MAX_LETTERS {
        return Some(vec![vec![Part::Opaque(String::new())]]);
    }
    let mut budget = MAX_WORDS.min(MAX_MADE / atoms.len().max(1)).max(2);
    let mut words = Vec::new();
    words_of(&atoms, 0, &mut budget, &mut words);
    Some(words.iter().map(|atoms| parts_of(atoms)).collect())
}

fn words_of(atoms: &[Atom], depth: usize, budget: &mut usize, out: &mut Vec<Vec<Atom>>) {
    let found = find(atoms);
    if found.is_some() && depth >= MAX_DEPTH {
        // What is not expanded is not known.
        if *budget > 0 {
            *budget -= 1;
            out.push(vec![Atom::Part(Rc::new(Part::Opaque(String::new())))]);
        }
        return;
    }
    let Some((start, end, choices)) = found else {
        if *budget > 0 {
            *budget -= 1;
            out.push(atoms.to_vec());
        }
        return;
    };
    let (before, after) = (atoms.get(..start).unwrap_or_default(), atoms.get(end + 1..).unwrap_or_default());
    for choice in choices {
        if *budget == 0 {
            out.truncate(MAX_WORDS);
            out.push(vec![Atom::Part(Rc::new(Part::Opaque(String::new())))]);
            return;
        }
        let word = [before, &choice, after].concat();
        words_of(&word, depth + 1, budget, out);
    }
}

/// The first brace expression that expands, with its choices.
fn find(atoms: &[Atom]) -> Option<(usize, usize, Vec<Vec<Atom>>)> {
    let is = |at: usize, c: char| matches!(atoms.get(at), Some(Atom::Char(found)) if *found == c);
    for start in (0..atoms.len()).filter(|&at| is(at, '{')) {
        let (mut depth, mut cuts) = (0usize, vec![start]);
        for at in start..atoms.len() {
            if is(at, '{') {
                depth += 1;
            } else if is(at, ',') && depth == 1 {
                cuts.push(at);
            } else if is(at, '}') {
                depth -= 1;
                if depth == 0 {
                    cuts.push(at);
                    break;
                }
            }
        }
        if depth != 0 {
            continue;
        }
        let end = *cuts.last()?;
        if cuts.len() > 2 {
            let choices = cuts
                .windows(2)
                .map(|pair| match pair {
                    [from, to] => atoms.get(from + 1..*to).unwrap_or_default().to_vec(),
                    _ => Vec::new(),
                })
                .collect();
            return Some((start, end, choices));
        }
        if let Some(choices) = sequence(atoms.get(start + 1..end).unwrap_or_default()) {
            return Some((start, end, choices));
        }
    }
    None
}

/// `1..9`, `a..f`, `1..9..2`.
fn sequence(atoms: &[Atom]) -> Option<Vec<Vec<Atom>>> {
    let text: Option<String> = atoms.iter().map(|a| if let Atom::Char(c) = a { Some(*c) } else { None }).collect();
    let text = text?;
    let mut ends = text.split("..");
    let (from, to, step) = (ends.next()?, ends.next()?, ends.next().unwrap_or("1"));
    let step = step.parse::<i64>().ok()?.unsigned_abs().max(1);
    let (low, high, letters) = if let (Ok(low), Ok(high)) = (from.parse::<i64>(), to.parse::<i64>()) {
        (low, high, false)
    } else {
        let one = |t: &str| {
            t.chars().next().filter(|c| t.len() == 1 && c.is_ascii_alphabetic()).map(|c| i64::from(u32::from(c)))
        };
        (one(from)?, one(to)?, true)
    };
    let (first, last) = (low.min(high), low.max(high));
    let mut values: Vec<i64> = (0..MAX_WORDS as u64)
        .map_while(|n| n.checked_mul(step).and_then(|d| first.checked_add_unsigned(d)).filter(|v| *v <= last))
        .collect();
    if low > high {
        values.reverse();
    }
    let word = |value: i64| -> Vec<Atom> {
        if letters {
            u32::try_from(value).ok().and_then(char::from_u32).map(Atom::Char).into_iter().collect()
        } else {
            value.to_string().chars().map(Atom::Char).collect()
        }
    };
    Some(values.into_iter().map(word).collect())
}

fn parts_of(atoms: &[Atom]) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    let mut bare = String::new();
    for atom in atoms {
        match atom {
            Atom::Char(c) => bare.push(*c),
            Atom::Escaped(c) => bare.extend(['\\', *c]),
            Atom::Part(part) => {
                if !bare.is_empty() {
                    parts.push(Part::Bare(std::mem::take(&mut bare)));
                }
                parts.push(Part::clone(part));
            }
        }
    }
    if !bare.is_empty() {
        parts.push(Part::Bare(bare));
    }
    parts
}
