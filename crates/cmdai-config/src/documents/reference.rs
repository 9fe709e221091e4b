//! The page that describes every setting, as Markdown.

use crate::schema::{BACKEND_FIELDS, Column, Kind, Name, SETTINGS, Section, Setting, Tighten};
use std::fmt::Write;

const BEGINNING: &str = "\
# Settings

Every setting has a place in the file, a variable, and some have a flag. What counts is, from the least to the most:

1. the default,
2. the file of the machine: `/etc/cmdai/config.toml` (Windows: `%PROGRAMDATA%\\cmdai\\config.toml`),
3. the file of the user: `$XDG_CONFIG_HOME/cmdai/config.toml` or `~/.config/cmdai/config.toml` (macOS: under
   `~/Library/Application Support`, Windows: under `%APPDATA%`),
4. the file of the project: the nearest `.cmdai.toml` up to the root of the repository or the home directory. It can only make
   things stricter: what else it says is reported and ignored,
5. variables,
6. flags.

A file that is not valid stops the program with exit status 4; it never becomes the defaults. A key there is not is a warning.
The file never holds a key for a server: it names a variable or a file that does. A switch takes true, yes, on and 1, or false,
no, off and 0 in a variable. A list is written there with one entry a line, or as in the file.
";

const BACKENDS: &str = "
## Named backends

A server has a table of its own, `[backends.NAME]`, with at least a kind and a model. The name is made of letters, digits and
`-`, and is neither `auto` nor `embedded`. Variables are called after the name, for a backend `my-desk` for example
`CMDAI_BACKENDS_MY_DESK_URL`; they change backends that a file names. A project's file may not set them.

| field | accepts | default | meaning |
| --- | --- | --- | --- |
";

/// The page.
#[must_use]
pub fn reference() -> String {
    let mut page = BEGINNING.to_owned();
    for section in Section::ALL {
        let _ = writeln!(page, "\n## {section}");
        for setting in SETTINGS.iter().filter(|setting| setting.section == section) {
            page.push_str(&one(setting));
        }
    }
    page.push_str(BACKENDS);
    for field in BACKEND_FIELDS {
        let default = field.default.map_or("none".to_owned(), |default| format!("`{default}`"));
        let accepts = cell(&field.kind.accepted());
        let _ = writeln!(page, "| `{}` | {accepts} | {default} | {} |", field.key, cell(field.help));
    }
    page
}

fn one(setting: &Setting) -> String {
    let default = setting.default_value().map(|value| value.to_toml()).unwrap_or_default();
    let entries = if setting.adds { "\n- The entries of all layers count together." } else { "" };
    let project = match setting.project {
        Tighten::Never => "may not set it.".to_owned(),
        other => format!("{}.", other.words()),
    };
    let columns = match setting.kind {
        Kind::Rows(columns) => table(setting, columns),
        _ => String::new(),
    };
    format!(
        "\n### `{}`\n\n{}\n\n- Accepts {}; the default is `{default}`.\n- Variable {}{}.{entries}\n- A project's file {project}\n{columns}",
        setting.key,
        setting.help,
        setting.kind.accepted(),
        setting.variable.map(name).unwrap_or_default(),
        setting.flag.map(|flag| format!(", flag {}", name(flag))).unwrap_or_default(),
    )
}

fn name(name: Name) -> String {
    format!("`{}`{}", name.text, if name.negated { ", which turns it off" } else { "" })
}

fn table(setting: &Setting, columns: &[Column]) -> String {
    let rows: Vec<String> = columns
        .iter()
        .map(|column| format!("| `{}` | {} | {} |\n", column.name, cell(&column.kind.accepted()), cell(column.help)))
        .collect();
    format!(
        "\nEach entry is a table `[[{}]]`:\n\n| column | accepts | meaning |\n| --- | --- | --- |\n{}",
        setting.key,
        rows.concat()
    )
}

/// A text inside a Markdown table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
