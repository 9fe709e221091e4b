//! What values a setting takes: how they are read from text and from TOML, and what is accepted.
//!
//! A value is read in two steps, so that each source of text has the same rules: its type, then its range or form. What is
//! not accepted is a [`Wrong`], which knows what would have been.

use crate::nearest;
use crate::value::{Row, Value};
use std::ops::Range;
use std::time::Duration;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// What values a setting takes.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// `true` or `false`.
    Switch,
    /// A whole number from `min` to `max`.
    Number {
        /// The smallest.
        min: u64,
        /// The largest.
        max: u64,
    },
    /// Seconds from `min` to `max`, fractions allowed.
    Seconds {
        /// The fewest.
        min: f64,
        /// The most.
        max: f64,
    },
    /// One of these words. Where a project may make it stricter, the strictest is the first.
    Choice(&'static [&'static str]),
    /// One text.
    Text(Form),
    /// A list of texts.
    List(Form),
    /// A table that repeats, with these columns.
    Rows(&'static [Column]),
}

/// A column of a table that repeats. Every row has a text in each.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What it takes: a choice or a text.
    pub kind: Kind,
    /// One sentence for people.
    pub help: &'static str,
}

/// What a text must look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Letters, digits, `-`, `_` and `.`.
    Name,
    /// `auto`, `embedded` or the name of a backend.
    Backend,
    /// One line, not blank.
    Line,
    /// The name of a model or a file, on one line.
    Model,
    /// An address that begins with `http://` or `https://`, without user and password.
    Url,
    /// The name of an environment variable.
    Variable,
    /// A path; `~/` is the home directory, and a relative one begins where the file is that names it.
    Path,
    /// A regular expression. It is compiled by who uses it, see [`Inputs::check`](crate::Inputs).
    Pattern,
    /// A command by its words, of which the first is no `*`.
    Command,
    /// Keys for a shell, see [`Chord`](crate::Chord).
    Chord,
    /// Levels of logging, for all or by target.
    LogFilter,
}

/// Why a value is not accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wrong {
    /// Another type; what was found, in a word.
    Type(String),
    /// The right type, but not in the range or form; what was found.
    Value(String),
    /// A word that is none of the choices, with the choice it is nearest to.
    Choice {
        /// What was found.
        found: String,
        /// What may have been meant.
        nearest: Option<String>,
    },
    /// A row without this column.
    Missing(&'static str),
    /// A row with a column there is not.
    Column {
        /// What was found.
        found: String,
        /// What may have been meant.
        nearest: Option<String>,
    },
    /// An address that holds a user or a password. It is not repeated here.
    Secret,
}

impl Kind {
    /// Reads a value from a variable, a flag or what a person typed.
    ///
    /// # Errors
    /// [`Wrong`] with what was found.
    pub fn from_text(&self, text: &str) -> Result<Value, Wrong> {
        let value = match self {
            Self::Switch => Value::Switch(switch(text)?),
            Self::Number { .. } => {
                Value::Number(text.trim().parse().map_err(|_| Wrong::Type(format!("`{}`", text.trim())))?)
            }
            Self::Seconds { .. } => {
                let seconds: f64 = text.trim().parse().map_err(|_| Wrong::Type(format!("`{}`", text.trim())))?;
                Value::Seconds(duration(seconds)?)
            }
            Self::Choice(_) | Self::Text(_) => Value::Text(text.trim().to_owned()),
            Self::List(_) if !text.trim_start().starts_with('[') => {
                Value::List(text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect())
            }
            Self::List(_) | Self::Rows(_) => {
                let parsed = DeValue::parse(text.trim()).map_err(|error| Wrong::Type(error.message().to_owned()))?;
                return self.from_toml(&parsed).map_err(|(_, wrong)| wrong);
            }
        };
        self.check(&value).map(|()| value)
    }

    /// Reads a value from a file.
    ///
    /// # Errors
    /// [`Wrong`] with the bytes it is about.
    pub fn from_toml(&self, found: &Spanned<DeValue<'_>>) -> Result<Value, (Range<usize>, Wrong)> {
        let at = |wrong| (found.span(), wrong);
        let other = || at(Wrong::Type(type_of(found.get_ref())));
        let value = match (self, found.get_ref()) {
            (Self::Switch, DeValue::Boolean(on)) => Value::Switch(*on),
            (Self::Number { .. }, DeValue::Integer(number)) => {
                let read = u64::from_str_radix(number.as_str(), number.radix());
                Value::Number(read.map_err(|_| at(Wrong::Value(number.as_str().to_owned())))?)
            }
            (Self::Seconds { .. }, DeValue::Integer(number)) => {
                let whole = i64::from_str_radix(number.as_str(), number.radix()).map_err(|_| other())?;
                #[allow(clippy::cast_precision_loss, reason = "the ranges end far below where it begins")]
                Value::Seconds(duration(whole as f64).map_err(at)?)
            }
            (Self::Seconds { .. }, DeValue::Float(number)) => {
                Value::Seconds(duration(number.as_str().parse().map_err(|_| other())?).map_err(at)?)
            }
            (Self::Choice(_) | Self::Text(_), DeValue::String(text)) => Value::Text(text.to_string()),
            (Self::List(form), DeValue::Array(items)) => return list(*form, items).map(Value::List),
            (Self::Rows(columns), DeValue::Array(items)) => {
                let rows: Result<Vec<Row>, _> = items.iter().map(|item| row(columns, item)).collect();
                return rows.map(Value::Rows);
            }
            _ => return Err(other()),
        };
        self.check(&value).map(|()| value).map_err(at)
    }

    /// Whether a value is accepted.
    ///
    /// # Errors
    /// [`Wrong`] with what was found.
    pub fn check(&self, value: &Value) -> Result<(), Wrong> {
        let shown = || Wrong::Value(value.to_string());
        let fits = match (self, value) {
            (Self::Switch, Value::Switch(_)) => true,
            (Self::Number { min, max }, Value::Number(number)) => (min..=max).contains(&number),
            (Self::Seconds { min, max }, Value::Seconds(time)) => (*min..=*max).contains(&time.as_secs_f64()),
            (Self::Choice(words), Value::Text(text)) => {
                return if words.contains(&text.as_str()) {
                    Ok(())
                } else {
                    let nearest = nearest::of(text, words.iter().copied()).map(str::to_owned);
                    Err(Wrong::Choice { found: text.clone(), nearest })
                };
            }
            (Self::Text(form), Value::Text(text)) => return form.check(text),
            (Self::List(form), Value::List(items)) => return items.iter().try_for_each(|item| form.check(item)),
            (Self::Rows(columns), Value::Rows(rows)) => {
                return rows.iter().try_for_each(|row| check_row(columns, row));
            }
            _ => return Err(Wrong::Type(value.kind_name().to_owned())),
        };
        if fits { Ok(()) } else { Err(shown()) }
    }

    /// What is accepted, in words that fit behind `expected`.
    #[must_use]
    pub fn accepted(&self) -> String {
        match self {
            Self::Switch => "true or false".to_owned(),
            Self::Number { min, max } => format!("a whole number from {min} to {max}"),
            Self::Seconds { min, max } => format!("a number of seconds from {min} to {max}"),
            Self::Choice(words) => match words.split_last() {
                Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
                _ => words.concat(),
            },
            Self::Text(form) => form.accepted().to_owned(),
            Self::List(form) => format!("a list, each {}", form.accepted()),
            Self::Rows(columns) => {
                let names: Vec<&str> = columns.iter().map(|column| column.name).collect();
                format!("a list of tables, each with {}", names.join(", "))
            }
        }
    }
}

fn list(form: Form, items: &[Spanned<DeValue<'_>>]) -> Result<Vec<String>, (Range<usize>, Wrong)> {
    let one = |item: &Spanned<DeValue<'_>>| match item.get_ref() {
        DeValue::String(text) => form.check(text).map(|()| text.to_string()).map_err(|wrong| (item.span(), wrong)),
        other => Err((item.span(), Wrong::Type(type_of(other)))),
    };
    items.iter().map(one).collect()
}

fn row(columns: &[Column], item: &Spanned<DeValue<'_>>) -> Result<Row, (Range<usize>, Wrong)> {
    let DeValue::Table(table) = item.get_ref() else {
        return Err((item.span(), Wrong::Type(type_of(item.get_ref()))));
    };
    unknown_column(columns, table)?;
    let mut row = Row::new();
    for column in columns {
        let found = table.iter().find(|(name, _)| name.get_ref() == column.name);
        let (_, found) = found.ok_or_else(|| (item.span(), Wrong::Missing(column.name)))?;
        if let Value::Text(text) = column.kind.from_toml(found)? {
            row.insert(column.name.to_owned(), text);
        }
    }
    Ok(row)
}

fn unknown_column(columns: &[Column], table: &DeTable<'_>) -> Result<(), (Range<usize>, Wrong)> {
    let unknown = table.keys().find(|name| columns.iter().all(|column| name.get_ref() != column.name));
    unknown.map_or(Ok(()), |name| {
        let found = name.get_ref().to_string();
        let nearest = nearest::of(&found, columns.iter().map(|column| column.name)).map(str::to_owned);
        Err((name.span(), Wrong::Column { found, nearest }))
    })
}

fn check_row(columns: &[Column], row: &Row) -> Result<(), Wrong> {
    for column in columns {
        let text = row.get(column.name).ok_or(Wrong::Missing(column.name))?;
        column.kind.check(&Value::Text(text.clone()))?;
    }
    match row.keys().find(|name| columns.iter().all(|column| column.name != *name)) {
        Some(found) => Err(Wrong::Column { found: found.clone(), nearest: None }),
        None => Ok(()),
    }
}

fn switch(text: &str) -> Result<bool, Wrong> {
    match text.trim().to_lowercase().as_str() {
        "true" | "t" | "yes" | "y" | "on" | "1" => Ok(true),
        "false" | "f" | "no" | "n" | "off" | "0" => Ok(false),
        _ => Err(Wrong::Type(format!("`{}`", text.trim()))),
    }
}

fn duration(seconds: f64) -> Result<Duration, Wrong> {
    Duration::try_from_secs_f64(seconds).map_err(|_| Wrong::Value(seconds.to_string()))
}

fn type_of(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(_) => "a text".to_owned(),
        DeValue::Integer(number) => format!("the number {}", number.as_str()),
        DeValue::Float(number) => format!("the number {}", number.as_str()),
        DeValue::Boolean(on) => format!("`{on}`"),
        DeValue::Datetime(_) => "a date".to_owned(),
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    }
}
