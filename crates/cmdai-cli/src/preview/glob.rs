//! Patterns of names as POSIX shells read them.

use super::walk::Walk;
use std::path::{Path, PathBuf};

/// Whether `pattern` matches all of `name`; `None` for what is not followed here, such as classes of characters.
pub(super) fn matches(pattern: &str, name: &str, folded: bool) -> Option<bool> {
    let fold = |text: &str| if folded { text.to_lowercase() } else { text.to_owned() };
    let pattern: Vec<char> = fold(pattern).chars().collect();
    let name: Vec<char> = fold(name).chars().collect();
    // Two pointers with one step back: linear times the number of stars, without recursion.
    let (mut p, mut n) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    while let Some(&c) = name.get(n) {
        let step = match pattern.get(p) {
            Some('*') => {
                back = Some((p + 1, n));
                p += 1;
                continue;
            }
            Some('?') => Some(p + 1),
            Some('[') => {
                let (next, holds) = set(&pattern, p, c)?;
                holds.then_some(next)
            }
            Some('\\') => (pattern.get(p + 1) == Some(&c)).then_some(p + 2),
            Some(&own) => (own == c).then_some(p + 1),
            None => None,
        };
        match (step, back) {
            (Some(next), _) => (p, n) = (next, n + 1),
            (None, Some((star, at))) => {
                (p, n) = (star, at + 1);
                back = Some((star, at + 1));
            }
            (None, None) => return Some(false),
        }
    }
    Some(pattern.get(p..).is_some_and(|rest| rest.iter().all(|c| *c == '*')))
}

/// Where the pattern goes on behind the set at `at`, and whether that holds `c`.
fn set(pattern: &[char], at: usize, c: char) -> Option<(usize, bool)> {
    let mut from = at + 1;
    let negated = matches!(pattern.get(from), Some('!' | '^'));
    from += usize::from(negated);
    let end = from + 1 + pattern.get(from + 1..)?.iter().position(|c| *c == ']')?;
    let inside = pattern.get(from..end)?;
    if inside.contains(&'[') || inside.contains(&'\\') {
        return None;
    }
    let mut held = false;
    let mut i = 0;
    while let Some(&low) = inside.get(i) {
        if let (Some('-'), Some(&high)) = (inside.get(i + 1), inside.get(i + 2)) {
            held |= (low..=high).contains(&c);
            i += 3;
        } else {
            held |= low == c;
            i += 1;
        }
    }
    Some((end + 1, held != negated))
}

/// The paths that `pattern` stands for, seen from `cwd`, as the shell would write them; `None` where that is not known.
pub(super) fn expand(pattern: &str, cwd: &Path, walk: &mut Walk) -> Option<Vec<String>> {
    let (mut found, parts) = match pattern.strip_prefix('/') {
        Some(rest) => (vec!["/".to_owned()], rest),
        None => (vec![String::new()], pattern),
    };
    for part in parts.split('/').filter(|part| !part.is_empty()) {
        let is_glob = part.contains(['*', '?', '[']);
        let mut next = Vec::new();
        for base in &found {
            let whole = if base.is_empty() { cwd.to_owned() } else { cwd.join(base) };
            if !is_glob {
                let path = joined(base, part);
                if cwd.join(&path).symlink_metadata().is_ok() {
                    next.push(path);
                }
                continue;
            }
            if is_link(&whole, cwd) {
                // What lies behind it may be anywhere.
                walk.cut();
                continue;
            }
            if !whole.is_dir() {
                continue;
            }
            for (path, _) in walk.entries(&whole) {
                let name = path.file_name().and_then(|name| name.to_str())?;
                let hidden = name.starts_with('.') && !part.starts_with('.');
                if !hidden && matches(part, name, false)? {
                    next.push(joined(base, name));
                }
            }
        }
        found = next;
    }
    Some(found)
}

/// A link that the pattern itself went through; the current directory may be one.
fn is_link(path: &PathBuf, cwd: &Path) -> bool {
    path != cwd && path.symlink_metadata().is_ok_and(|meta| meta.is_symlink())
}

fn joined(base: &str, name: &str) -> String {
    match base {
        "" => name.to_owned(),
        base if base.ends_with('/') => format!("{base}{name}"),
        base => format!("{base}/{name}"),
    }
}
