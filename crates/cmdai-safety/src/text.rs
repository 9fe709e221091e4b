//! The small text operations of parameter expansion, on values with gaps.
//!
//! Where a gap makes the result unknowable, the result is a gap.

use crate::value::{ANY, MAX_TEXT, MAYBE, SET, STAR, UNKNOWN, has_gap, matches};

/// Longest value whose ends are compared with a glob.
const MAX_TRIMMED: usize = 512;

/// Glob characters in expanded text are live.
pub(crate) fn live_globs(text: &str) -> String {
    if !text.contains(['*', '?', '[']) {
        return text.to_owned();
    }
    text.chars()
        .map(|c| match c {
            '*' => STAR,
            '?' => ANY,
            '[' if text.contains(']') => SET,
            other => other,
        })
        .collect()
}

/// What [`trim`] costs as a share of the work there is: every cut is tried, and each reads up to the whole value.
pub(crate) fn trim_cost(text: &str, pattern: &str) -> u32 {
    let tries = pattern.contains([STAR, ANY, SET]) && text.len() <= MAX_TRIMMED;
    if tries { u32::try_from(text.len() * text.len() / 1024).unwrap_or(u32::MAX) } else { 0 }
}

/// `${x#p}` and its three sisters.
pub(crate) fn trim(text: &str, pattern: &str, suffix: bool, longest: bool) -> String {
    if text.contains([UNKNOWN, MAYBE]) {
        // Known text before a gap stays when the end is cut, and the other way round.
        return MAYBE.to_string();
    }
    if !pattern.contains([STAR, ANY, SET]) {
        let kept = if suffix { text.strip_suffix(pattern) } else { text.strip_prefix(pattern) };
        return kept.unwrap_or(text).to_owned();
    }
    // Every cut is tried, so long values would cost the square of their length.
    if text.len() > MAX_TRIMMED {
        return MAYBE.to_string();
    }
    let cuts: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    let fits = |at: usize| {
        let piece = if suffix { text.get(at..) } else { text.get(..at) };
        piece.is_some_and(|piece| matches(pattern, piece))
    };
    // The smallest cut is the longest suffix and the shortest prefix.
    let found = if suffix == longest {
        cuts.iter().copied().find(|at| fits(*at))
    } else {
        cuts.iter().rev().copied().find(|at| fits(*at))
    };
    let kept = found.and_then(|at| if suffix { text.get(..at) } else { text.get(at..) });
    kept.unwrap_or(text).to_owned()
}

/// `${x/p/r}` for a pattern without globs; a pattern with globs makes a gap.
pub(crate) fn replace(text: &str, pattern: &str, with: &str, all: bool) -> String {
    if has_gap(text) || pattern.contains(['*', '?', '[']) {
        return MAYBE.to_string();
    }
    if text.len().saturating_mul(with.len() + 1) > MAX_TEXT * 16 {
        return MAYBE.to_string();
    }
    match (pattern.strip_prefix('#'), pattern.strip_prefix('%')) {
        _ if pattern.is_empty() => text.to_owned(),
        (Some(head), _) => text.strip_prefix(head).map_or_else(|| text.to_owned(), |rest| format!("{with}{rest}")),
        (_, Some(tail)) => text.strip_suffix(tail).map_or_else(|| text.to_owned(), |rest| format!("{rest}{with}")),
        _ if all => text.replace(pattern, with),
        _ => text.replacen(pattern, with, 1),
    }
}

/// `${x:offset:length}`.
pub(crate) fn slice(text: &str, offset: i64, length: Option<i64>) -> String {
    let chars: Vec<char> = text.chars().collect();
    let size = i64::try_from(chars.len()).unwrap_or(i64::MAX);
    let start = if offset < 0 { size + offset } else { offset };
    let end = match length {
        None => size,
        Some(length) if length < 0 => size + length,
        Some(length) => start.saturating_add(length),
    };
    let gap =
        chars.iter().position(|c| matches!(*c, UNKNOWN | MAYBE)).map_or(i64::MAX, |at| i64::try_from(at).unwrap_or(0));
    if offset < 0 && gap != i64::MAX || end > gap {
        return MAYBE.to_string();
    }
    let range = usize::try_from(start.clamp(0, size)).unwrap_or(0)..usize::try_from(end.clamp(0, size)).unwrap_or(0);
    chars.get(range).unwrap_or_default().iter().collect()
}

/// `${x^^}` and its sisters.
pub(crate) fn change_case(text: &str, upper: bool, all: bool) -> String {
    let turn = |c: char| if upper { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
    text.chars().enumerate().map(|(at, c)| if all || at == 0 { turn(c) } else { c }).collect()
}

/// The value of a simple arithmetic expression: numbers, `+ - * / %` and brackets.
pub(crate) fn arithmetic(text: &str) -> Option<i64> {
    let tokens: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
    if tokens.len() > 256 {
        return None;
    }
    let mut at = 0;
    let value = sum(&tokens, &mut at, 0)?;
    (at == tokens.len()).then_some(value)
}

fn sum(tokens: &[char], at: &mut usize, depth: usize) -> Option<i64> {
    let mut value = product(tokens, at, depth)?;
    while let Some(op @ ('+' | '-')) = tokens.get(*at) {
        *at += 1;
        let right = product(tokens, at, depth)?;
        value = if *op == '+' { value.checked_add(right)? } else { value.checked_sub(right)? };
    }
    Some(value)
}

fn product(tokens: &[char], at: &mut usize, depth: usize) -> Option<i64> {
    let mut value = atom(tokens, at, depth)?;
    while let Some(op @ ('*' | '/' | '%')) = tokens.get(*at) {
        *at += 1;
        let right = atom(tokens, at, depth)?;
        value = match op {
            '*' => value.checked_mul(right)?,
            '/' => value.checked_div(right)?,
            _ => value.checked_rem(right)?,
        };
    }
    Some(value)
}

fn atom(tokens: &[char], at: &mut usize, depth: usize) -> Option<i64> {
    if depth > 16 {
        return None;
    }
    match tokens.get(*at)? {
        '-' => {
            *at += 1;
            atom(tokens, at, depth + 1)?.checked_neg()
        }
        '(' => {
            *at += 1;
            let value = sum(tokens, at, depth + 1)?;
            (tokens.get(*at) == Some(&')')).then(|| *at += 1)?;
            Some(value)
        }
        _ => {
            let digits: String = tokens.get(*at..)?.iter().take_while(|c| c.is_ascii_digit()).collect();
            *at += digits.len();
            match digits.strip_prefix('0').filter(|octal| !octal.is_empty()) {
                Some(octal) => i64::from_str_radix(octal, 8).ok(),
                None => digits.parse().ok(),
            }
        }
    }
}
