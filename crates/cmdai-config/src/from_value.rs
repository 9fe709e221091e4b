//! How a value becomes what [`Settings`](crate::Settings) has in its place.
//!
//! Ranges and words were checked before; what does not fit all the same is left out, and a test over the table finds it.

use crate::chord::Chord;
use crate::schema::{EMBEDDED, PREFERRED_AUTO};
use crate::settings::{BackendKind, Colour, Fallback, NamedRule, Pattern, Preferred, Redaction, Runtime};
use crate::value::{Row, Value};
use cmdai_core::request::{SafetyLevel, ShellType};
use std::path::PathBuf;
use std::time::Duration;

/// A type that values have in [`Settings`](crate::Settings).
pub(crate) trait FromValue: Sized {
    /// The value as this type, if it is of it.
    fn from_value(value: &Value) -> Option<Self>;
}

impl FromValue for bool {
    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Switch(on) = value { Some(*on) } else { None }
    }
}

impl FromValue for Option<bool> {
    fn from_value(value: &Value) -> Option<Self> {
        bool::from_value(value).map(Some)
    }
}

impl FromValue for u64 {
    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Number(number) = value { Some(*number) } else { None }
    }
}

impl FromValue for u32 {
    fn from_value(value: &Value) -> Option<Self> {
        u64::from_value(value)?.try_into().ok()
    }
}

impl FromValue for u16 {
    fn from_value(value: &Value) -> Option<Self> {
        u64::from_value(value)?.try_into().ok()
    }
}

/// A limit, of which 0 is none.
impl FromValue for Option<u64> {
    fn from_value(value: &Value) -> Option<Self> {
        u64::from_value(value).map(|number| (number > 0).then_some(number))
    }
}

impl FromValue for Duration {
    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Seconds(time) = value { Some(*time) } else { None }
    }
}

/// A limit, of which 0 is none.
impl FromValue for Option<Duration> {
    fn from_value(value: &Value) -> Option<Self> {
        Duration::from_value(value).map(|time| (!time.is_zero()).then_some(time))
    }
}

impl FromValue for String {
    fn from_value(value: &Value) -> Option<Self> {
        text(value).map(str::to_owned)
    }
}

impl FromValue for Option<String> {
    fn from_value(value: &Value) -> Option<Self> {
        String::from_value(value).map(Some)
    }
}

impl FromValue for Option<PathBuf> {
    fn from_value(value: &Value) -> Option<Self> {
        text(value).map(PathBuf::from).map(Some)
    }
}

impl FromValue for Vec<String> {
    fn from_value(value: &Value) -> Option<Self> {
        if let Value::List(items) = value { Some(items.clone()) } else { None }
    }
}

impl FromValue for Chord {
    fn from_value(value: &Value) -> Option<Self> {
        text(value)?.parse().ok()
    }
}

impl FromValue for SafetyLevel {
    fn from_value(value: &Value) -> Option<Self> {
        text(value)?.parse().ok()
    }
}

/// `auto` is none.
impl FromValue for Option<ShellType> {
    fn from_value(value: &Value) -> Option<Self> {
        match text(value)? {
            "auto" => Some(None),
            name => name.parse().ok().map(Some),
        }
    }
}

impl FromValue for Preferred {
    fn from_value(value: &Value) -> Option<Self> {
        Some(match text(value)? {
            PREFERRED_AUTO => Self::Auto,
            EMBEDDED => Self::Embedded,
            name => Self::Named(name.to_owned()),
        })
    }
}

impl FromValue for Fallback {
    fn from_value(value: &Value) -> Option<Self> {
        let names = Vec::from_value(value)?;
        let is_auto = names.iter().any(|name| name == PREFERRED_AUTO);
        Some(if is_auto { Self::Auto } else { Self::Only(names) })
    }
}

impl FromValue for Option<BackendKind> {
    fn from_value(value: &Value) -> Option<Self> {
        match text(value)? {
            "ollama" => Some(Some(BackendKind::Ollama)),
            "openai" => Some(Some(BackendKind::OpenAi)),
            _ => None,
        }
    }
}

impl FromValue for Runtime {
    fn from_value(value: &Value) -> Option<Self> {
        match text(value)? {
            "auto" => Some(Self::Auto),
            "llama.cpp" => Some(Self::LlamaCpp),
            "mlx" => Some(Self::Mlx),
            _ => None,
        }
    }
}

impl FromValue for Redaction {
    fn from_value(value: &Value) -> Option<Self> {
        match text(value)? {
            "drop" => Some(Self::Drop),
            "redact" => Some(Self::Redact),
            "off" => Some(Self::Off),
            _ => None,
        }
    }
}

impl FromValue for Colour {
    fn from_value(value: &Value) -> Option<Self> {
        match text(value)? {
            "auto" => Some(Self::Auto),
            "always" => Some(Self::Always),
            "never" => Some(Self::Never),
            _ => None,
        }
    }
}

impl FromValue for Vec<Pattern> {
    fn from_value(value: &Value) -> Option<Self> {
        rows(value, |row| {
            let risk = row.get("risk")?.parse().ok()?;
            Some(Pattern { name: cell(row, "name")?, pattern: cell(row, "pattern")?, risk, why: cell(row, "why")? })
        })
    }
}

impl FromValue for Vec<NamedRule> {
    fn from_value(value: &Value) -> Option<Self> {
        rows(value, |row| {
            Some(NamedRule { name: cell(row, "name")?, pattern: cell(row, "pattern")?, kind: cell(row, "kind")? })
        })
    }
}

fn text(value: &Value) -> Option<&str> {
    if let Value::Text(text) = value { Some(text) } else { None }
}

fn rows<T>(value: &Value, one: impl Fn(&Row) -> Option<T>) -> Option<Vec<T>> {
    let Value::Rows(rows) = value else { return None };
    rows.iter().map(one).collect()
}

fn cell(row: &Row, column: &str) -> Option<String> {
    row.get(column).cloned()
}
