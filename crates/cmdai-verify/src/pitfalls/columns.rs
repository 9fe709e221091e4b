//! Columns of tables: what separates them, how many there are, and what they are called.
//!
//! The ending of a file tells the separator; where its first lines are known they tell the rest.

use super::{Look, has_flag, instead, name_of, operands};
use crate::check::Edit;
use crate::verify::Query;
use cmdai_safety::argv::{Simple, Word};

/// The first line of a table.
struct Table {
    columns: Vec<String>,
    /// They are names and no values.
    named: bool,
}

/// The table that `file` is, where its head is known.
fn table_of(query: &Query<'_>, file: &str) -> Option<Table> {
    let head = query.heads.iter().find(|head| head.name == file)?;
    let separator = separator(file)?;
    let line = head.begins.lines().next()?;
    let columns: Vec<String> = line.split(separator).map(|name| name.trim().trim_matches('"').to_lowercase()).collect();
    let named = columns.iter().all(|name| !name.is_empty() && name.parse::<f64>().is_err());
    (columns.len() > 1).then_some(Table { columns, named })
}

fn separator(file: &str) -> Option<char> {
    match file.rsplit_once('.')?.1 {
        "csv" => Some(','),
        "tsv" => Some('\t'),
        _ => None,
    }
}

pub(super) fn check(look: &mut Look<'_>, query: &Query<'_>) {
    let parsed = look.parsed;
    for simple in &parsed.commands {
        match name_of(simple) {
            Some("awk" | "gawk" | "mawk") => awk(look, simple, query),
            Some("cut") => cut(look, simple, query),
            Some("jq") => jq(look, simple, query),
            _ => {}
        }
    }
}

/// The file of a table that a command reads itself.
fn file(simple: &Simple) -> Option<&str> {
    let read = simple.redirects.iter().filter(|redirect| !redirect.writes).map(|redirect| &redirect.target);
    simple.words.iter().skip(1).chain(read).filter_map(Word::exact).find(|text| separator(text).is_some())
}

fn awk(look: &mut Look<'_>, simple: &Simple, query: &Query<'_>) {
    let (Some(name), Some(file)) = (simple.words.first(), file(simple)) else { return };
    let Some(script) = operands(simple).find(|word| word.text.contains('{') || word.text.contains('$')) else { return };
    let source = look.source(&script.span).to_owned();
    let used = numbers_behind(&source, '$');
    if used.is_empty() {
        return;
    }
    let told = has_flag(simple, 'F', "--field-separator")
        || source.contains("FS")
        || source.contains("split(")
        || simple.words.iter().any(|word| word.text.starts_with("FS=") || word.text == "--csv");
    if !told && separator(file) == Some(',') {
        let complaint = format!("the columns of `{file}` are separated by commas, which `awk` must be told");
        look.fail(&name.span.clone(), "awk", complaint, vec![Edit::insert(name.span.end, " -F,")]);
    }
    let Some(table) = table_of(query, file) else { return };
    let rename = |from: u64, to: u64| {
        let (mut text, mut edits) = (source.as_str(), Vec::new());
        let mut at = script.span.start;
        while let Some(found) = text.find(&format!("${from}")) {
            let end = found + format!("${from}").len();
            if !text.get(end..).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit())) {
                edits.push(Edit::replace(&(at + found..at + end), format!("${to}")));
            }
            at += end;
            text = text.get(end..).unwrap_or_default();
        }
        edits
    };
    columns(look, script, file, &table, &used, query, rename);
}

fn cut(look: &mut Look<'_>, simple: &Simple, query: &Query<'_>) {
    let (Some(name), Some(file)) = (simple.words.first(), file(simple)) else { return };
    if !has_flag(simple, 'f', "") {
        return;
    }
    if !has_flag(simple, 'd', "") && separator(file) == Some(',') && !look.command.contains("--delimiter") {
        let complaint = format!("the columns of `{file}` are separated by commas, which `cut` must be told");
        look.fail(&name.span.clone(), "cut", complaint, vec![Edit::insert(name.span.end, " -d,")]);
    }
    let Some(table) = table_of(query, file) else { return };
    let attached = simple.words.iter().find(|word| word.text.len() > 2 && word.text.starts_with("-f"));
    let Some(list) = attached.filter(|word| look.is_plain(word)) else { return };
    let Ok(number) = list.text.trim_start_matches("-f").parse::<u64>() else { return };
    let rename = |_, to: u64| vec![instead(look, list, &format!("-f{to}"))];
    let edits = wanted(&table, query).map(|to| rename(number, to)).unwrap_or_default();
    columns(look, list, file, &table, &[number], query, |_, _| edits.clone());
}

/// Columns that are not there, and the one that the request names while another is taken.
fn columns(
    look: &mut Look<'_>,
    word: &Word,
    file: &str,
    table: &Table,
    used: &[u64],
    query: &Query<'_>,
    rename: impl Fn(u64, u64) -> Vec<Edit>,
) {
    let count = table.columns.len() as u64;
    let right = wanted(table, query);
    let none = used.iter().find(|number| **number > count);
    match (right, used) {
        (Some(right), [one]) if *one != right => {
            let called =
                usize::try_from(right - 1).ok().and_then(|at| table.columns.get(at)).cloned().unwrap_or_default();
            let complaint = format!("`{called}` is column {right} of `{file}`, not {one}");
            look.fail(&word.span.clone(), "column", complaint, rename(*one, right));
        }
        _ => {
            if let Some(none) = none {
                let names = if table.named { format!(": {}", table.columns.join(", ")) } else { String::new() };
                let complaint = format!("`{file}` has {count} columns{names}, and no column {none}");
                look.fail(&word.span.clone(), "column", complaint, Vec::new());
            }
        }
    }
}

/// The only column whose name the request says.
fn wanted(table: &Table, query: &Query<'_>) -> Option<u64> {
    let request = query.request.to_lowercase();
    let words: Vec<&str> = request.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    let said = |name: &String| {
        words
            .iter()
            .any(|word| word == name || word.strip_suffix('s') == Some(name) || name.strip_suffix('s') == Some(word))
    };
    let mut found = table.columns.iter().enumerate().filter(|(_, name)| table.named && said(name));
    let (at, _) = found.next()?;
    found.next().is_none().then_some(at as u64 + 1)
}

/// The numbers behind a mark, each once, without zero.
fn numbers_behind(text: &str, mark: char) -> Vec<u64> {
    let mut found: Vec<u64> = text
        .match_indices(mark)
        .filter_map(|(at, _)| {
            let rest = text.get(at + mark.len_utf8()..)?;
            let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            rest.get(..end)?.parse().ok().filter(|number| *number > 0)
        })
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// A field of an array.
fn jq(look: &mut Look<'_>, simple: &Simple, query: &Query<'_>) {
    let Some(head) = query.heads.iter().find(|head| simple.words.iter().any(|word| word.text == head.name)) else {
        return;
    };
    let Some(filter) = operands(simple).next().filter(|word| look.is_plain(word)) else { return };
    let text = filter.text.as_str();
    let field = text.strip_prefix('.').is_some_and(|rest| rest.starts_with(|c: char| c.is_alphabetic() || c == '_'));
    if head.begins.trim_start().starts_with('[') && field && !has_flag(simple, 's', "--slurp") {
        let complaint = format!("`{}` is an array, and an array has no field; take its elements with `.[]`", head.name);
        look.fail(&filter.span.clone(), "jq", complaint, vec![Edit::replace(&filter.span, format!("'.[] | {text}'"))]);
    }
}
