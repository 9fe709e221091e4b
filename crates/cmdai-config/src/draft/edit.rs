//! One change of one key in a text.
//!
//! By splicing, not by writing the document anew: `toml_edit` would put the dotted keys of a table together, make line breaks one
//! kind and move comments with them. A new key goes behind its last neighbour, written in the same way; a table there is not
//! goes to the end. After each change the text is read again, and if anything but the key is not as before, nothing was
//! changed (held by `setting_and_unsetting_keeps_everything_else`).

use super::list;
use super::rows;
use super::splice::{Splices, line_break, line_end, line_start};
use super::tree::{self, Node, Style};
use crate::key::Key;
use crate::schema::Kind;
use crate::value::Value;

/// The change cannot be made without changing more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Impossible;

/// The text with another value for a key.
pub(crate) fn set(text: &str, key: &Key, value: &Value) -> Result<String, Impossible> {
    let root = tree::parse(text).map_err(|_| Impossible)?;
    let path = key.path();
    let new = match (root.at(&path), &key.setting().kind, value) {
        (Some(node), Kind::Rows(_), Value::Rows(new)) if node.style == Style::Repeated && new.is_empty() => {
            let without = unset(text, &path)?;
            insert(&without, &tree::parse(&without).map_err(|_| Impossible)?, &path, value)
        }
        (Some(node), Kind::Rows(columns), Value::Rows(new)) if node.style == Style::Repeated => {
            rows::replace(text, node, &path, columns, new)
        }
        (Some(node), Kind::List(_), Value::List(new)) if node.style == Style::Value => list::replace(text, node, new),
        (Some(node), ..) if node.is_leaf() => replaced(text, node, value),
        (Some(_), ..) => return Err(Impossible),
        (None, Kind::Rows(columns), Value::Rows(new)) if !new.is_empty() && !is_inline(&root, &path) => {
            append(text, &rows::written(new, &path, columns, line_break(text)))
        }
        (None, ..) => insert(text, &root, &path, value),
    };
    is_only(text, &new, &path).then_some(new).ok_or(Impossible)
}

/// The text without what is at a path, a key or a table.
pub(crate) fn unset(text: &str, path: &[&str]) -> Result<String, Impossible> {
    let root = tree::parse(text).map_err(|_| Impossible)?;
    let Some(node) = root.at(path) else { return Ok(text.to_owned()) };
    let mut splices = Splices::default();
    let parent = path.split_last().and_then(|(_, parent)| root.at(parent));
    match parent.filter(|_| node.in_inline) {
        Some(parent) => remove_inline(&mut splices, parent, node),
        None => remove(&mut splices, text, node),
    }
    let mut new = splices.apply(text);
    for depth in (1..path.len()).rev() {
        new = without_empty_header(new, path.get(..depth).unwrap_or_default());
    }
    is_only(text, &new, path).then_some(new).ok_or(Impossible)
}

fn replaced(text: &str, node: &Node, value: &Value) -> String {
    let mut splices = Splices::default();
    splices.replace(node.value.clone(), value.to_toml());
    splices.apply(text)
}

/// Whether the table is there in a form to which repeated tables at the end cannot be added.
fn is_inline(root: &Node, path: &[&str]) -> bool {
    path.split_last().and_then(|(_, table)| root.at(table)).is_some_and(|table| table.style == Style::Inline)
}

/// Puts a key that is not there where it belongs.
fn insert(text: &str, root: &Node, path: &[&str], value: &Value) -> String {
    let Some((last, table)) = path.split_last() else { return text.to_owned() };
    let line = format!("{last} = {}", value.to_toml());
    let newline = line_break(text);
    let mut splices = Splices::default();
    match root.at(table) {
        Some(node) if node.style == Style::Inline => match node.children.last() {
            Some(neighbour) => splices.insert(neighbour.value.end, format!(", {line}")),
            None => splices.replace(node.value.clone(), format!("{{ {line} }}")),
        },
        Some(node) => match node.children.iter().rfind(|child| child.is_leaf()) {
            Some(neighbour) => {
                // The same indent, and the same tables before a dot.
                let start = line_start(text, neighbour.key.start);
                let before = text.get(start..neighbour.key.start).unwrap_or_default();
                splices.insert(line_end(text, neighbour.value.end), format!("{newline}{before}{line}"));
            }
            None if node.style == Style::Header => {
                splices.insert(line_end(text, node.value.end), format!("{newline}{line}"));
            }
            None => return append(text, &format!("[{}]{newline}{line}{newline}", table.join("."))),
        },
        None => return append(text, &format!("[{}]{newline}{line}{newline}", table.join("."))),
    }
    splices.apply(text)
}

/// Puts something at the end, behind a blank line.
fn append(text: &str, what: &str) -> String {
    let newline = line_break(text);
    let mut new = text.to_owned();
    if !new.is_empty() && !new.ends_with('\n') {
        new.push_str(newline);
    }
    if !new.trim_start_matches('\u{feff}').trim().is_empty() {
        new.push_str(newline);
    }
    new.push_str(what);
    new
}

/// Takes out a value, or a table with all that is in it.
pub(crate) fn remove(splices: &mut Splices, text: &str, node: &Node) {
    match node.style {
        Style::Value | Style::Inline => splices.remove_lines(text, &(node.key.start..node.value.end)),
        Style::Header | Style::Implied | Style::Repeated => {
            if node.style == Style::Header {
                splices.remove_header(text, &node.value);
            }
            for child in &node.children {
                remove(splices, text, child);
            }
        }
    }
}

fn remove_inline(splices: &mut Splices, parent: &Node, node: &Node) {
    let place = parent.children.iter().position(|child| child.key == node.key).unwrap_or_default();
    let next = parent.children.get(place + 1);
    let before = place.checked_sub(1).and_then(|place| parent.children.get(place));
    match (next, before) {
        (Some(next), _) => splices.replace(node.key.start..next.key.start, ""),
        (None, Some(before)) => splices.replace(before.value.end..node.value.end, ""),
        (None, None) => splices.replace(node.key.start..node.value.end, ""),
    }
}

/// A header behind which nothing is left goes too, unless a comment stands there.
fn without_empty_header(text: String, path: &[&str]) -> String {
    let Ok(root) = tree::parse(&text) else { return text };
    let Some(node) = root.at(path).filter(|node| node.style == Style::Header && node.children.is_empty()) else {
        return text;
    };
    let end = line_end(&text, node.value.end);
    let behind = text.get(node.value.end..).unwrap_or_default().trim_start();
    let is_bare = text.get(node.value.end..end).is_some_and(|rest| rest.trim().is_empty());
    if !is_bare || !(behind.is_empty() || behind.starts_with('[')) {
        return text;
    }
    let mut splices = Splices::default();
    splices.remove_header(&text, &node.value);
    splices.apply(&text)
}

/// Whether the new text is valid and says the same as the old one everywhere but at the path.
fn is_only(old: &str, new: &str, path: &[&str]) -> bool {
    let (Ok(mut old), Ok(mut new)) = (tree::values(old), tree::values(new)) else { return false };
    let prefix = format!("\n{}", path.join("\n"));
    let is_elsewhere =
        |place: &String| place.strip_prefix(&prefix).is_none_or(|rest| !(rest.is_empty() || rest.starts_with('\n')));
    old.retain(|place, _| is_elsewhere(place));
    new.retain(|place, _| is_elsewhere(place));
    old == new
}
