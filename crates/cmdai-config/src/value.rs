//! A value of any setting, before it has its place in [`Settings`](crate::Settings).
//!
//! Its text is what a person types for it and what the editor writes: reading it again gives the same value (held by
//! `set_then_get_is_identity`).

use crate::from_value::FromValue;
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;
use std::fmt::{self, Write};
use std::time::Duration;

/// One row of a table that repeats: a text for each column.
pub type Row = BTreeMap<String, String>;

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// `true` or `false`.
    Switch(bool),
    /// A whole number.
    Number(u64),
    /// A time in seconds.
    Seconds(Duration),
    /// A text, also where only certain words are accepted.
    Text(String),
    /// A list of texts.
    List(Vec<String>),
    /// The rows of a table that repeats.
    Rows(Vec<Row>),
}

impl Value {
    /// Its type, in a word.
    #[must_use]
    pub const fn kind_name(&self) -> &'static str {
        match self {
            Self::Switch(_) => "true or false",
            Self::Number(_) => "a whole number",
            Self::Seconds(_) => "a time",
            Self::Text(_) => "a text",
            Self::List(_) => "a list",
            Self::Rows(_) => "a list of tables",
        }
    }

    /// As it stands in a TOML file behind `=`.
    #[must_use]
    pub fn to_toml(&self) -> String {
        match self {
            Self::Text(text) => quoted(text),
            other => other.to_string(),
        }
    }

    /// The other way round, where it is a switch.
    pub(crate) fn negated(self) -> Self {
        match self {
            Self::Switch(on) => Self::Switch(!on),
            other => other,
        }
    }

    /// Puts it where a value of this type belongs; another type is left out, which the table's tests rule out.
    pub(crate) fn put<T: FromValue>(&self, place: &mut T) {
        if let Some(value) = T::from_value(self) {
            *place = value;
        }
    }

    /// Puts a number of days where a time belongs; 0 is no limit.
    pub(crate) fn put_days(&self, place: &mut Option<Duration>) {
        if let Self::Number(days) = self {
            *place = (*days > 0).then(|| Duration::from_secs(days.saturating_mul(86_400)));
        }
    }
}

/// A text as TOML writes it, on one line.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A row as an inline table.
fn inline(row: &Row) -> String {
    let fields: Vec<String> = row.iter().map(|(name, text)| format!("{name} = {}", quoted(text))).collect();
    format!("{{ {} }}", fields.join(", "))
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Switch(on) => write!(f, "{on}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Seconds(time) if time.subsec_nanos() == 0 => write!(f, "{}", time.as_secs()),
            Self::Seconds(time) => write!(f, "{}", time.as_secs_f64()),
            Self::Text(text) => f.write_str(text),
            Self::List(items) => {
                write!(f, "[{}]", items.iter().map(|item| quoted(item)).collect::<Vec<_>>().join(", "))
            }
            Self::Rows(rows) => write!(f, "[{}]", rows.iter().map(inline).collect::<Vec<_>>().join(", ")),
        }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Switch(on) => serializer.serialize_bool(*on),
            Self::Number(number) => serializer.serialize_u64(*number),
            Self::Seconds(time) if time.subsec_nanos() == 0 => serializer.serialize_u64(time.as_secs()),
            Self::Seconds(time) => serializer.serialize_f64(time.as_secs_f64()),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(items) => items.serialize(serializer),
            Self::Rows(rows) => rows.serialize(serializer),
        }
    }
}
