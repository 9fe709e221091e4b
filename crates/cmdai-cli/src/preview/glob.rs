//! Patterns of names as POSIX shells read them.

use super::walk::Walk;
use glob::Pattern;
use std::path::{Path, PathBuf};

/// Whether `pattern` matches all of `name`; `None` for what is read in another way here than there, such as classes of characters.
pub(super) fn matches(pattern: &str, name: &str, folded: bool) -> Option<bool> {
    let set_in_set = |part: &str| part.matches('[').count() > 1;
    if pattern.contains('\\') || pattern.split(']').any(set_in_set) {
        return None;
    }
    let fold = |text: &str| if folded { text.to_lowercase() } else { text.to_owned() };
    // Shells know two signs for "none of these".
    let pattern = Pattern::new(&fold(pattern).replace("[^", "[!")).ok()?;
    Some(pattern.matches(&fold(name)))
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
