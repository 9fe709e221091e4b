//! Values that a setting takes, all different from its default, for tests that go through the table.

#![allow(missing_docs, unreachable_pub, dead_code, reason = "shared by targets that have no public interface")]

use cmdai_config::Value;
use cmdai_config::schema::{Column, Form, Kind, Setting};
use std::time::Duration;

/// At least one value for each setting, none of them the default.
pub fn others(setting: &Setting) -> Vec<Value> {
    let all = match setting.kind {
        Kind::Switch => vec![Value::Switch(true), Value::Switch(false)],
        Kind::Number { min, max } => vec![Value::Number(min), Value::Number(min + 1), Value::Number(max)],
        Kind::Seconds { min, max } => [min, 7.0, 2.5, max].map(|s| Value::Seconds(Duration::from_secs_f64(s))).into(),
        Kind::Choice(words) => words.iter().map(|word| Value::Text((*word).to_owned())).collect(),
        Kind::Text(form) => texts(form).into_iter().map(|text| Value::Text(text.to_owned())).collect(),
        Kind::List(form) => {
            let texts: Vec<String> = texts(form).into_iter().map(str::to_owned).collect();
            vec![Value::List(texts.clone()), Value::List(texts[..1].to_vec())]
        }
        Kind::Rows(columns) => {
            vec![Value::Rows(vec![row(columns, 0)]), Value::Rows(vec![row(columns, 0), row(columns, 1)])]
        }
    };
    all.into_iter().filter(|value| setting.default_value().as_ref() != Some(value)).collect()
}

fn row(columns: &[Column], number: usize) -> cmdai_config::Row {
    let text = |column: &Column| match column.kind {
        Kind::Choice(words) => words[number % words.len()].to_owned(),
        Kind::Text(form) => texts(form)[number].to_owned(),
        other => panic!("{other:?} in a column"),
    };
    columns.iter().map(|column| (column.name.to_owned(), text(column))).collect()
}

/// Two texts of each form.
pub fn texts(form: Form) -> [&'static str; 2] {
    match form {
        Form::Name => ["no-prod", "b.2"],
        Form::Backend => ["embedded", "desk"],
        Form::Line => ["it's \"quoted\" = #1 \\", "schön [x] 🦀"],
        Form::Model => ["qwen2.5-coder-3b", "/models/x.gguf"],
        Form::Url => ["https://box.example/v1", "http://[::1]:8080"],
        Form::Variable => ["DESK_KEY", "_X1"],
        Form::Path => ["/run/keys/desk", "/k"],
        Form::Pattern => [r#"\bprod\b (?!"x")"#, "(?x)\n a # b"],
        Form::Command => ["terraform destroy **", "rm -rf 'my file'"],
        Form::Chord => ["ctrl-g", "ctrl-x ctrl-a"],
        Form::LogFilter => ["debug", "info,hyper=warn"],
    }
}

/// A backend for names that must be there.
pub const DESK: &str = "[backends.desk]\nkind = \"ollama\"\nmodel = \"m\"\n";

/// The example file with everything taken that is not prose.
pub fn example_taken() -> String {
    let example = cmdai_config::example_file();
    let is_prose = |line: &&str| line.starts_with("# ");
    let lines: Vec<&str> = example.lines().filter(|line| !is_prose(line)).collect();
    lines.iter().map(|line| line.strip_prefix('#').unwrap_or(line)).collect::<Vec<_>>().join("\n") + "\n"
}
