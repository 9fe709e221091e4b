//! Laws of the settings: any text ends without a panic, changes touch nothing else, a project is never laxer than none.

#![allow(missing_docs, reason = "a test target has no public interface")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[path = "../support/config_values.rs"]
mod values;

use cmdai_config::schema::{BACKEND_FIELDS, SETTINGS, Setting, Tighten};
use cmdai_config::{Draft, Environment, Flag, Key, Layer, Loaded, Source, Value, combine};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use std::collections::BTreeMap;
use values::{example_taken, others};

/// Pieces from which files are made that look like settings, right and wrong.
const PIECES: [&str; 34] = [
    "[safety]\n",
    "level = \"strict\"\n",
    "level = \"x\"\n",
    "# c\n",
    "\n",
    "deny = [\"a\", # d\n 'b',\n]\n",
    "[backends.desk]\n",
    "kind = \"ollama\"\n",
    "model = 'm' # e\n",
    "url = 5\n",
    "[[safety.patterns]]\n",
    "name = \"p\"\n",
    "pattern = '''\nx'''\n",
    "risk = \"high\"\n",
    "why = \"w\"\n",
    "[history] # f\n",
    "enabled = false\n",
    "  keep_runs = 7 # g\n",
    "safety.level = \"strict\"\n",
    "request = { timeout = 5 }\n",
    "backends.lab = { kind = \"openai\", model = \"m\" }\n",
    "interface.shell = \"fish\"\n",
    "[request]\n",
    "timeout = 2.5\n",
    "mine = 1\n",
    "\"a.b\" = { c = [1] }\n",
    "[x.y]\n",
    "key = \"hunter2\"\n",
    "history.repeat = true\r\n",
    "= \n",
    "[",
    "\"",
    "é🦀\n",
    "\u{1b}[2J",
];

fn file_text() -> impl Strategy<Value = String> {
    vec(select(&PIECES[..]), 0..12).prop_map(|pieces| pieces.concat())
}

/// A file that is valid TOML, whatever else is wrong with it.
fn draft() -> impl Strategy<Value = Draft> {
    file_text().prop_filter_map("not TOML", |text| Draft::new(&Source::new(Layer::User, "/u", text)).ok())
}

/// A key of any kind.
fn key() -> impl Strategy<Value = Key> {
    let names = SETTINGS.iter().map(|s| s.key.to_owned());
    let fields = BACKEND_FIELDS.iter().map(|f| format!("backends.desk.{}", f.key));
    select(names.chain(fields).collect::<Vec<_>>()).prop_map(|name| Key::parse(&name).unwrap())
}

/// A key with a value it takes.
fn key_and_value() -> impl Strategy<Value = (Key, Value)> {
    (key(), any::<Index>()).prop_map(|(key, index)| {
        let values = others(key.setting());
        let value = values[index.index(values.len())].clone();
        (key, value)
    })
}

fn load(sources: &[Source]) -> Loaded {
    combine(sources, &Environment::empty(), &[], None, None)
}

/// Every value of a text by its path, as TOML has it.
fn toml_values(text: &str) -> BTreeMap<String, String> {
    fn walk(path: String, value: &toml::Value, found: &mut BTreeMap<String, String>) {
        match value {
            toml::Value::Table(table) => {
                table.iter().for_each(|(name, value)| walk(format!("{path}.{name}"), value, found));
            }
            other => drop(found.insert(path, other.to_string())),
        }
    }
    let mut found = BTreeMap::new();
    walk(String::new(), &toml::Value::Table(text.parse().unwrap()), &mut found);
    found
}

fn comments(text: &str) -> Vec<String> {
    ["# c", "# d", "# e", "# f", "# g"].iter().map(|c| format!("{c}{}", text.matches(c).count())).collect()
}

/// Whether `one` is at least as careful as `other`, by the direction of its row.
fn at_least_as_careful(setting: &Setting, one: &Value, other: &Value) -> bool {
    match (setting.project, one, other) {
        (Tighten::TurnOff, Value::Switch(one), Value::Switch(other)) => !one || *other,
        (Tighten::TurnOn, Value::Switch(one), Value::Switch(other)) => *one || !other,
        (Tighten::Lower, Value::Seconds(one), Value::Seconds(other)) => one <= other,
        (Tighten::Add, Value::List(one), Value::List(other)) => other.iter().all(|item| one.contains(item)),
        (Tighten::Add, Value::Rows(one), Value::Rows(other)) => other.iter().all(|row| one.contains(row)),
        (Tighten::Stricter, Value::Text(one), Value::Text(other)) => {
            let cmdai_config::schema::Kind::Choice(words) = setting.kind else { return false };
            let rank = |word: &String| words.iter().position(|w| w == word).unwrap();
            rank(one) <= rank(other)
        }
        (Tighten::Never, one, other) => one == other,
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn set_then_get_is_identity(mut draft in draft(), (key, value) in key_and_value()) {
        let name = key.to_string();
        if draft.set_value(&name, value.clone()).is_ok() {
            prop_assert_eq!(draft.get(&name).unwrap(), Some(value.clone()), "{}", draft.text());
            // And so it is from what a person types.
            let mut typed = Draft::new(&Source::new(Layer::User, "/u", draft.base())).unwrap();
            typed.set(&name, &value.to_string()).unwrap();
            prop_assert_eq!(typed.get(&name).unwrap(), Some(value));
        }
    }

    #[test]
    fn setting_and_unsetting_keeps_everything_else(mut draft in draft(), (key, value) in key_and_value()) {
        let name = key.to_string();
        let before = draft.text().to_owned();
        let elsewhere = |text: &str| {
            let mut values = toml_values(text);
            values.retain(|path, _| *path != format!(".{name}") && !path.starts_with(&format!(".{name}.")));
            values
        };
        let is_list = matches!(value, Value::List(_) | Value::Rows(_));
        if draft.set_value(&name, value).is_ok() {
            prop_assert_eq!(elsewhere(draft.text()), elsewhere(&before));
            // Comments inside of a value are the value's.
            prop_assert!(is_list || comments(draft.text()) == comments(&before), "{}", draft.text());
        }
        let before = draft.text().to_owned();
        if draft.unset(&name).is_ok() {
            prop_assert_eq!(elsewhere(draft.text()), elsewhere(&before));
            prop_assert_eq!(draft.get(&name).unwrap(), None);
            prop_assert!(is_list || comments(draft.text()) == comments(&before), "{}", draft.text());
        }
    }

    #[test]
    fn whole_files_take_any_change(changes in vec(key_and_value(), 1..6), crlf in any::<bool>()) {
        // The example with everything taken: tables, repeated tables, a backend.
        let taken = example_taken();
        let text = if crlf { taken.replace('\n', "\r\n") } else { taken };
        let mut draft = Draft::new(&Source::new(Layer::User, "/u", text.clone())).unwrap();
        let mut expected = BTreeMap::new();
        for (key, value) in changes {
            draft.set_value(&key.to_string(), value.clone()).unwrap();
            expected.insert(key.to_string(), value);
        }
        for (key, value) in expected {
            prop_assert_eq!(draft.get(&key).unwrap(), Some(value));
        }
        prop_assert!(draft.diagnostics(None).iter().all(|d| !d.is_error()));
        prop_assert_eq!(draft.text().contains("\r\n"), crlf);
        prop_assert!(!crlf || !draft.text().replace("\r\n", "").contains('\n'));
        while draft.undo() {}
        prop_assert_eq!(draft.text(), text.as_str());
    }

    #[test]
    fn a_merge_does_what_the_draft_did(ours in vec(key_and_value(), 1..4), theirs in vec(key_and_value(), 0..4)) {
        let base = "[safety]\nlevel = \"strict\"\n[request]\ntimeout = 5\n";
        let with = |changes: &[(Key, Value)]| {
            let mut draft = Draft::new(&Source::new(Layer::User, "/u", base)).unwrap();
            for (key, value) in changes {
                draft.set_value(&key.to_string(), value.clone()).unwrap();
            }
            draft
        };
        let (ours, theirs) = (with(&ours), with(&theirs));
        let merged = ours.merge(theirs.text()).unwrap();
        let changed = ours.changes();
        for change in &changed {
            prop_assert_eq!(&merged.get(&change.key).unwrap(), &change.after);
        }
        for change in theirs.changes() {
            if changed.iter().all(|ours| ours.key != change.key) {
                prop_assert_eq!(&merged.get(&change.key).unwrap(), &change.after);
            }
        }
        let conflicts = ours.conflicts(theirs.text());
        prop_assert!(conflicts.iter().all(|c| changed.iter().any(|ours| ours.key == c.key)));
    }

    #[test]
    fn any_text_ends(text in any::<String>(), pieces in file_text(), name in select(SETTINGS), project in any::<bool>()) {
        for text in [&text, &pieces, &format!("{pieces}{text}")] {
            let layer = if project { Layer::Project } else { Layer::User };
            let source = Source::new(layer, "/u", text.as_str());
            let variables: Environment = [(name.variable.unwrap().text, text.replace('\0', ""))].into_iter().collect();
            let flags = [Flag::of_key("--set", text, text), Flag::of_key("--set", name.key, text), Flag::new(text, text)];
            let loaded = combine(std::slice::from_ref(&source), &variables, &flags, None, None);
            for diagnostic in &loaded.diagnostics {
                let shown = diagnostic.to_string();
                prop_assert!(!shown.contains("hunter2") && !shown.contains('\u{1b}'), "{shown}");
            }
            if let Ok(mut draft) = Draft::new(&source) {
                let _ = draft.set(name.key, text);
                let _ = draft.unset(text);
                let _ = draft.reset();
                let _ = draft.merge(text);
                let _ = draft.diff();
            }
        }
    }

    #[test]
    fn a_project_is_never_laxer_than_none(own in file_text(), project in file_text(),
                                          asked in vec(key_and_value(), 0..3), set in vec(key_and_value(), 0..3)) {
        let extend = |text: String, changes: Vec<(Key, Value)>| {
            let Ok(mut draft) = Draft::new(&Source::new(Layer::User, "/u", text.clone())) else { return text };
            for (key, value) in changes {
                let _ = draft.set_value(&key.to_string(), value);
            }
            draft.text().to_owned()
        };
        let own = Source::new(Layer::User, "/u", extend(own, set));
        let project = Source::new(Layer::Project, "/p", extend(project, asked));
        let (without, with) = (load(std::slice::from_ref(&own)), load(&[own, project]));
        for setting in SETTINGS {
            let (one, other) = (with.get(setting.key).unwrap(), without.get(setting.key).unwrap());
            prop_assert!(at_least_as_careful(setting, &one.value, &other.value), "{}: {} {}", setting.key, one.value, other.value);
        }
        prop_assert_eq!(with.settings.backends, without.settings.backends);
        prop_assert!(with.settings.safety.level <= without.settings.safety.level);
        prop_assert!(with.settings.safety.allow == without.settings.safety.allow);
    }
}
