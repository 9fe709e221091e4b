//! The JSON schema of the file, which editors use to complete and to check.

use super::{last, tables};
use crate::schema::{BACKEND_FIELDS, Column, Form, Kind, Setting};
use crate::value::Value;
use serde_json::{Map, Value as Json, json};

/// The schema, of draft 2020-12.
#[must_use]
pub fn json_schema() -> Json {
    let mut properties = Map::new();
    for (table, settings) in tables() {
        properties.insert(table.to_owned(), object(settings.into_iter().map(|s| (last(s), described(s)))));
    }
    let fields = object(BACKEND_FIELDS.iter().map(|field| (field.key, described(field))));
    let names = json!({ "not": { "enum": ["auto", "embedded"] }, "pattern": "^[A-Za-z0-9-]{1,64}$" });
    properties.insert(
        crate::key::BACKENDS.to_owned(),
        json!({ "type": "object", "description": "Named backends.", "propertyNames": names, "additionalProperties": fields }),
    );
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Settings of cmdai",
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    })
}

fn object(properties: impl Iterator<Item = (&'static str, Json)>) -> Json {
    let properties: Map<String, Json> = properties.map(|(name, schema)| (name.to_owned(), schema)).collect();
    json!({ "type": "object", "properties": properties, "additionalProperties": false })
}

fn described(setting: &Setting) -> Json {
    let mut schema = of_kind(&setting.kind);
    if let Some(fields) = schema.as_object_mut() {
        fields.insert("title".to_owned(), json!(setting.title));
        fields.insert("description".to_owned(), json!(setting.help));
        if let Some(default) = setting.default_value() {
            fields.insert("default".to_owned(), json_value(&default));
        }
    }
    schema
}

fn of_kind(kind: &Kind) -> Json {
    match kind {
        Kind::Switch => json!({ "type": "boolean" }),
        Kind::Number { min, max } => json!({ "type": "integer", "minimum": min, "maximum": max }),
        Kind::Seconds { min, max } => json!({ "type": "number", "minimum": number(*min), "maximum": number(*max) }),
        Kind::Choice(words) => json!({ "type": "string", "enum": words }),
        Kind::Text(form) => text(*form),
        Kind::List(form) => json!({ "type": "array", "items": text(*form) }),
        Kind::Rows(columns) => json!({ "type": "array", "items": row(columns) }),
    }
}

fn row(columns: &[Column]) -> Json {
    let column = |column: &Column| {
        let mut schema = of_kind(&column.kind);
        if let Some(fields) = schema.as_object_mut() {
            fields.insert("description".to_owned(), json!(column.help));
        }
        (column.name, schema)
    };
    let mut schema = object(columns.iter().map(column));
    if let Some(fields) = schema.as_object_mut() {
        fields.insert("required".to_owned(), json!(columns.iter().map(|column| column.name).collect::<Vec<_>>()));
    }
    schema
}

/// The forms that a simple pattern describes; the others are told in words alone.
fn text(form: Form) -> Json {
    let pattern = match form {
        Form::Name => Some("^[A-Za-z0-9._-]{1,64}$"),
        Form::Backend => Some("^[A-Za-z0-9-]{1,64}$"),
        Form::Url => Some("^https?://[^/?#\\s@][^\\s@]*$"),
        Form::Variable => Some("^[A-Za-z_][A-Za-z0-9_]{0,63}$"),
        Form::Line | Form::Model | Form::Path | Form::Pattern | Form::Command | Form::Chord | Form::LogFilter => None,
    };
    match pattern {
        Some(pattern) => json!({ "type": "string", "pattern": pattern }),
        None => json!({ "type": "string", "minLength": 1 }),
    }
}

/// A whole number without a fraction, as a person would write it.
fn number(number: f64) -> Json {
    serde_json::from_str(&number.to_string()).unwrap_or_else(|_| json!(number))
}

fn json_value(value: &Value) -> Json {
    serde_json::to_value(value).unwrap_or_default()
}
