//! Documents made from the table: a JSON schema for editors, a page for people, a file to begin with.

mod example;
mod json_schema;
mod reference;

pub use example::example_file;
pub use json_schema::json_schema;
pub use reference::reference;

use crate::schema::{SETTINGS, Setting};

/// The tables of the file, in the order of their first key, each with its settings.
fn tables() -> Vec<(&'static str, Vec<&'static Setting>)> {
    let mut tables: Vec<(&str, Vec<&Setting>)> = Vec::new();
    for setting in SETTINGS {
        let name = setting.key.split('.').next().unwrap_or_default();
        match tables.iter_mut().find(|(table, _)| *table == name) {
            Some((_, settings)) => settings.push(setting),
            None => tables.push((name, vec![setting])),
        }
    }
    tables
}

/// The last part of a key.
fn last(setting: &Setting) -> &'static str {
    setting.key.rsplit_once('.').map_or(setting.key, |(_, last)| last)
}
