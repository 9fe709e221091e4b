//! Other rows in the place of some that are written as `[[name]]`: those that stay the same stay byte for byte.

use super::edit::remove;
use super::splice::{Splices, line_break, line_end, line_start, next_line};
use super::tree::{Node, Style};
use crate::schema::Column;
use crate::value::{Row, quoted};

/// Rows as tables that repeat.
pub(crate) fn written(rows: &[Row], path: &[&str], columns: &[Column], newline: &str) -> String {
    let one = |row: &Row| {
        let fields: Vec<String> = columns
            .iter()
            .filter_map(|column| row.get(column.name).map(|text| (column.name, text)))
            .map(|(name, text)| format!("{name} = {}{newline}", quoted(text)))
            .collect();
        format!("[[{}]]{newline}{}", path.join("."), fields.concat())
    };
    rows.iter().map(one).collect::<Vec<_>>().join(newline)
}

/// The text with these rows.
pub(crate) fn replace(text: &str, node: &Node, path: &[&str], columns: &[Column], new: &[Row]) -> String {
    let old: Vec<Option<Row>> = node.children.iter().map(|table| row(text, table, columns)).collect();
    let is_same = |(old, new): (&Option<Row>, &Row)| old.as_ref() == Some(new);
    let first = old.iter().zip(new).take_while(|pair| is_same(*pair)).count();
    let room = old.len().min(new.len()) - first;
    let last = old.iter().rev().zip(new.iter().rev()).take(room).take_while(|pair| is_same(*pair)).count();
    let (old_end, new_end) = (old.len() - last, new.len() - last);

    let mut splices = Splices::default();
    let mut done = first;
    while done < old_end.min(new_end) {
        let (Some(table), Some(Some(before)), Some(row)) = (node.children.get(done), old.get(done), new.get(done))
        else {
            break;
        };
        change(&mut splices, table, before, row);
        done += 1;
    }
    for table in node.children.get(done..old_end).unwrap_or_default() {
        remove(&mut splices, text, table);
    }
    let added = new.get(done..new_end).unwrap_or_default();
    if !added.is_empty() {
        let newline = line_break(text);
        let added = written(added, path, columns, newline);
        match (old_end.checked_sub(1).and_then(|place| node.children.get(place)), node.children.get(old_end)) {
            (Some(before), _) => {
                let end = line_end(
                    text,
                    before.children.iter().map(|child| child.value.end).max().unwrap_or(before.value.end),
                );
                let at = next_line(text, end);
                let open = if at == end { newline } else { "" };
                splices.insert(at, format!("{open}{newline}{added}"));
            }
            (None, Some(behind)) => splices.insert(line_start(text, behind.value.start), format!("{added}{newline}")),
            (None, None) => {}
        }
    }
    splices.apply(text)
}

/// The row of one table, if it has all columns, each as a plain value.
fn row(text: &str, table: &Node, columns: &[Column]) -> Option<Row> {
    columns
        .iter()
        .map(|column| {
            let field = table.at(&[column.name]).filter(|field| field.style == Style::Value)?;
            let parsed = toml::de::DeValue::parse(text.get(field.value.clone())?).ok()?;
            Some((column.name.to_owned(), parsed.get_ref().as_str()?.to_owned()))
        })
        .collect()
}

/// Changes the fields of a table that has all of them.
fn change(splices: &mut Splices, table: &Node, before: &Row, row: &Row) {
    for (name, text) in row.iter().filter(|(name, text)| before.get(*name) != Some(*text)) {
        if let Some(field) = table.at(&[name]) {
            splices.replace(field.value.clone(), quoted(text));
        }
    }
}
