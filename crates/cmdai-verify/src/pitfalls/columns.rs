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
    let Some((complaint, right)) = wrong_column(query, file, &used) else { return };
    let edits = right.map(|(from, to)| renumbered(look, script, from, to)).unwrap_or_default();
    look.fail(&script.span.clone(), "column", complaint, edits);
}

/// `$from` as `$to`, everywhere in the script.
fn renumbered(look: &Look<'_>, script: &Word, from: u64, to: u64) -> Vec<Edit> {
    let (source, old) = (look.source(&script.span), format!("${from}"));
    let whole = |end: usize| !source.get(end..).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let found = source.match_indices(&old).filter(|(at, _)| whole(at + old.len()));
    let span = |at: usize| script.span.start + at..script.span.start + at + old.len();
    found.map(|(at, _)| Edit::replace(&span(at), format!("${to}"))).collect()
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
    let attached = simple.words.iter().find(|word| word.text.len() > 2 && word.text.starts_with("-f"));
    let Some(list) = attached.filter(|word| look.is_plain(word)) else { return };
    let Ok(number) = list.text.trim_start_matches("-f").parse::<u64>() else { return };
    let Some((complaint, right)) = wrong_column(query, file, &[number]) else { return };
    let edits = right.map(|(_, to)| vec![instead(look, list, &format!("-f{to}"))]).unwrap_or_default();
    look.fail(&list.span.clone(), "column", complaint, edits);
}

/// What is wrong with the columns that are used: another one is called as the request says (then both), or one is not there.
fn wrong_column(query: &Query<'_>, file: &str, used: &[u64]) -> Option<(String, Option<(u64, u64)>)> {
    let table = table_of(query, file)?;
    let count = table.columns.len() as u64;
    if let (Some((right, name)), [one]) = (wanted(&table, query, file), used)
        && *one != right
    {
        return Some((format!("`{name}` is column {right} of `{file}`, not {one}"), Some((*one, right))));
    }
    let none = used.iter().find(|number| **number > count)?;
    let names = if table.named { format!(": {}", table.columns.join(", ")) } else { String::new() };
    Some((format!("`{file}` has {count} columns{names}, and no column {none}"), None))
}

/// The only column whose name the request says, the name of the file left aside.
fn wanted<'t>(table: &'t Table, query: &Query<'_>, file: &str) -> Option<(u64, &'t str)> {
    let request = query.request.replace(file, " ").to_lowercase();
    let words: Vec<&str> = request.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    let said = |name: &String| {
        let same =
            |word: &&str| *word == name || word.strip_suffix('s') == Some(name) || name.strip_suffix('s') == Some(word);
        words.iter().any(same)
    };
    let mut found = table.columns.iter().enumerate().filter(|(_, name)| table.named && said(name));
    let (at, name) = found.next()?;
    found.next().is_none().then_some((at as u64 + 1, name.as_str()))
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
