//! A file to begin with: everything is there, and everything is a comment.
//!
//! Lines that begin with `# ` are prose; taking the `#` off the others makes a valid file with the defaults and some entries
//! that show the form (held by `the_example_says_the_defaults`).

use super::{last, tables};
use crate::schema::{BACKEND_FIELDS, Column, Form, Kind, Setting};
use std::fmt::Write;

const BEGINNING: &str = "\
# Settings of cmdai. Take the `#` off a line to change what it says; what stands there now is the default.
# `cmdai config list` shows what counts and why, `cmdai config set KEY VALUE` changes this file.
";

/// The text of the file.
#[must_use]
pub fn example_file() -> String {
    let mut text = BEGINNING.to_owned();
    for (table, settings) in tables() {
        let _ = writeln!(text, "\n#[{table}]");
        for setting in settings.iter().filter(|setting| !matches!(setting.kind, Kind::Rows(_))) {
            text.push_str(&prose(setting));
            let _ = writeln!(
                text,
                "#{} = {}",
                last(setting),
                setting.default_value().map(|v| v.to_toml()).unwrap_or_default()
            );
        }
        for setting in &settings {
            if let Kind::Rows(columns) = setting.kind {
                text.push_str(&rows(setting, columns));
            }
        }
    }
    text.push_str(
        "\n# A server: one table for each, with a name of your own. A key never stands here.\n#[backends.desk]\n",
    );
    for field in BACKEND_FIELDS {
        text.push_str(&prose(field));
        let shown = field.default_value().map_or_else(|| sample(field.key, &field.kind), |value| value.to_toml());
        let _ = writeln!(text, "#{} = {shown}", field.key);
    }
    text
}

fn prose(setting: &Setting) -> String {
    format!("# {}\n#   Accepts {}.\n", setting.help, setting.kind.accepted())
}

fn rows(setting: &Setting, columns: &[Column]) -> String {
    let fields: Vec<String> = columns
        .iter()
        .map(|column| format!("# {}\n#{} = {}\n", column.help, column.name, sample(column.name, &column.kind)))
        .collect();
    format!("\n# {}\n#[[{}]]\n{}", setting.help, setting.key, fields.concat())
}

/// Something that shows the form, as TOML.
fn sample(name: &str, kind: &Kind) -> String {
    let text = match (name, kind) {
        (_, Kind::Switch) => return "false".to_owned(),
        (_, Kind::Choice(words)) => words.first().copied().unwrap_or_default(),
        ("model", _) => "qwen2.5-coder:1.5b",
        ("kind", _) => "employee-number",
        ("name", _) => "mine",
        ("pattern", _) => r"\bE-[0-9]{6}\b",
        ("why", _) => "It names a person.",
        (_, Kind::Text(Form::Url)) => "http://127.0.0.1:11434",
        (_, Kind::Text(Form::Variable)) => "DESK_KEY",
        (_, Kind::Text(Form::Path)) => "~/.config/cmdai/desk.key",
        _ => "text",
    };
    crate::value::quoted(text)
}
