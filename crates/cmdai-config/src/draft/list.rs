//! Another list in the place of one: where it is written over several lines, only the lines that change do.

use super::splice::{Splices, line_break, line_end, line_start, next_line};
use super::tree::Node;
use crate::value::{Value, quoted};
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The text with these items in the list.
pub(crate) fn replace(text: &str, node: &Node, new: &[String]) -> String {
    let written = text.get(node.value.clone()).unwrap_or_default();
    if written.contains('\n')
        && let Some(changed) = in_place(written, new)
    {
        let mut splices = Splices::default();
        splices.replace(node.value.clone(), changed);
        return splices.apply(text);
    }
    let mut splices = Splices::default();
    splices.replace(node.value.clone(), Value::List(new.to_vec()).to_toml());
    splices.apply(text)
}

/// Takes out what is not in the new list and adds what is only there, if that makes it the new one.
fn in_place(written: &str, new: &[String]) -> Option<String> {
    let items = items(written)?;
    let stays = |item: &String| new.contains(item);
    let kept: Vec<&String> = items.iter().map(|(item, _)| item).filter(|item| stays(item)).collect();
    let added = new.get(kept.len()..)?;
    if !new.iter().zip(&kept).all(|(a, b)| a == *b) || kept.is_empty() {
        return None;
    }
    let mut splices = Splices::default();
    for (item, span) in &items {
        if !stays(item) {
            splices.replace(whole_line(written, span)?, "");
        }
    }
    let last = items.iter().rfind(|(item, _)| stays(item))?;
    add(&mut splices, written, &last.1, added);
    let changed = splices.apply(written);
    // Something unforeseen, such as an item in two places, is written anew.
    let is_right = self::items(&changed)?.into_iter().map(|(item, _)| item).eq(new.iter().cloned());
    is_right.then_some(changed)
}

/// The items of a list and where they stand.
fn items(written: &str) -> Option<Vec<(String, Range<usize>)>> {
    let text = format!("x={written}");
    let table = DeTable::parse(&text).ok()?;
    let (_, value) = table.get_ref().iter().next()?;
    let item = |item: &Spanned<DeValue<'_>>| {
        let span = item.span();
        Some((item.get_ref().as_str()?.to_owned(), span.start.checked_sub(2)?..span.end.checked_sub(2)?))
    };
    value.get_ref().as_array()?.iter().map(item).collect()
}

/// The line of an item that stands there alone, with its comma and its comment.
fn whole_line(written: &str, item: &Range<usize>) -> Option<Range<usize>> {
    let start = line_start(written, item.start);
    let end = line_end(written, item.end);
    let before = written.get(start..item.start)?;
    let behind = written.get(item.end..end)?.trim_start();
    let behind = behind.strip_prefix(',').unwrap_or(behind).trim_start();
    let is_alone = before.trim().is_empty() && (behind.is_empty() || behind.starts_with('#'));
    (is_alone && end < written.len()).then(|| start..next_line(written, end))
}

/// Adds items behind the last one, each in a line like it.
fn add(splices: &mut Splices, written: &str, last: &Range<usize>, added: &[String]) {
    if added.is_empty() {
        return;
    }
    let start = line_start(written, last.start);
    let end = line_end(written, last.end);
    let before = written.get(start..last.start).unwrap_or_default();
    let behind = written.get(last.end..end).unwrap_or_default().trim_start();
    let newline = line_break(written);
    if before.trim().is_empty() && behind.starts_with(',') {
        let lines: Vec<String> = added.iter().map(|item| format!("{newline}{before}{},", quoted(item))).collect();
        splices.insert(end, lines.concat());
    } else if before.trim().is_empty() && (behind.is_empty() || behind.starts_with('#')) {
        let lines: Vec<String> = added.iter().map(|item| format!("{newline}{before}{}", quoted(item))).collect();
        splices.insert(last.end, ",");
        splices.insert(end, lines.join(","));
    } else {
        let items: Vec<String> = added.iter().map(|item| format!(", {}", quoted(item))).collect();
        splices.insert(last.end, items.concat());
    }
}
