//! The documents say what the table says.

use super::values::{example_taken, others};
use cmdai_config::schema::{BACKEND_FIELDS, Kind, SETTINGS, Setting};
use cmdai_config::{Environment, Layer, Loaded, Source, combine, example_file, json_schema, reference};
use serde_json::Value as Json;

fn load(text: &str) -> Loaded {
    combine(&[Source::new(Layer::User, "/u", text)], &Environment::empty(), &[], None, None)
}

#[test]
fn the_example_says_the_defaults() {
    let example = example_file();
    assert!(example.lines().all(|line| line.is_empty() || line.starts_with('#')));
    assert_eq!(load(&example).settings, cmdai_config::Settings::default());

    let loaded = load(&example_taken());
    let found: Vec<String> = loaded.diagnostics.iter().map(ToString::to_string).collect();
    assert!(found.is_empty(), "{found:#?}");
    for setting in SETTINGS {
        let effective = loaded.get(setting.key).unwrap();
        assert_eq!(effective.origin.layer(), Layer::User, "{} is not in the example", setting.key);
        if !matches!(setting.kind, Kind::Rows(_)) {
            assert_eq!(Some(&effective.value), setting.default_value().as_ref(), "{}", setting.key);
        }
    }
    for field in BACKEND_FIELDS {
        assert!(loaded.get(&format!("backends.desk.{}", field.key)).is_some(), "{}", field.key);
    }
    assert_eq!((loaded.settings.backends.len(), loaded.settings.safety.patterns.len()), (1, 1));
}

#[test]
fn the_page_tells_all_of_every_setting() {
    let page = reference();
    for setting in SETTINGS {
        let (_, rest) =
            page.split_once(&format!("### `{}`\n", setting.key)).unwrap_or_else(|| panic!("{}", setting.key));
        let about = rest.split("\n##").next().unwrap();
        let default = format!("`{}`", setting.default_value().unwrap().to_toml());
        let variable = format!("`{}`", setting.variable.unwrap().text);
        let flag = setting.flag.map_or(String::new(), |flag| format!("`{}`", flag.text));
        for part in [setting.help, &setting.kind.accepted(), &default, &variable, &flag, setting.project.words()] {
            assert!(about.contains(part), "{}: no {part:?} in {about}", setting.key);
        }
        if let Kind::Rows(columns) = setting.kind {
            assert!(columns.iter().all(|column| about.contains(column.help)), "{}", setting.key);
        }
    }
    for field in BACKEND_FIELDS {
        assert!(page.contains(&format!("| `{}` |", field.key)) && page.contains(field.help), "{}", field.key);
    }
}

/// As much of a JSON schema as ours uses.
fn is_valid(schema: &Json, value: &Json) -> bool {
    let typed = match schema["type"].as_str().unwrap() {
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.as_array().is_some_and(|items| items.iter().all(|item| is_valid(&schema["items"], item))),
        "object" => value.as_object().is_some_and(|fields| {
            let required = schema["required"].as_array().cloned().unwrap_or_default();
            required.iter().all(|name| fields.contains_key(name.as_str().unwrap()))
                && fields.iter().all(|(name, value)| is_valid(&schema["properties"][name], value))
        }),
        other => panic!("{other}"),
    };
    let number = value.as_f64();
    typed
        && schema["enum"].as_array().is_none_or(|words| words.contains(value))
        && schema["minimum"].as_f64().is_none_or(|min| number.unwrap() >= min)
        && schema["maximum"].as_f64().is_none_or(|max| number.unwrap() <= max)
}

#[test]
fn the_schema_describes_every_setting() {
    let schema = json_schema();
    let check = |found: &Json, setting: &Setting| {
        assert_eq!(found["description"], setting.help, "{}", setting.key);
        let default = setting.default_value().map_or(Json::Null, |value| serde_json::to_value(value).unwrap());
        assert_eq!(found["default"], default, "{}", setting.key);
        for value in others(setting) {
            assert!(is_valid(found, &serde_json::to_value(&value).unwrap()), "{} = {value}", setting.key);
        }
        assert!(!is_valid(found, &serde_json::json!({ "no": 1 })), "{}", setting.key);
        assert!(!is_valid(found, &serde_json::json!(-1)), "{}", setting.key);
    };
    for setting in SETTINGS {
        let (table, last) = setting.key.split_once('.').unwrap();
        check(&schema["properties"][table]["properties"][last], setting);
    }
    for field in BACKEND_FIELDS {
        check(&schema["properties"]["backends"]["additionalProperties"]["properties"][field.key], field);
    }
    assert_eq!(schema["properties"].as_object().unwrap().len(), 9);
}
