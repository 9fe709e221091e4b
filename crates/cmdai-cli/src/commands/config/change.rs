//! Changes of the user's file from the command line: all of what was asked for, or nothing.

use super::{ConfigError, draft, load_with, new_errors, others, own, path, print};
use crate::errors::Failure;
use crate::exit_code::ExitCode;
use crate::say;
use crate::settings::{self, Found};
use crate::terminal::{self, one_line};
use cmdai_config::{Change, Draft, Key, Layer, Loaded, Value, save};
use serde_json::json;

/// What must be typed before all settings go.
const PHRASE: &str = "reset my settings";

/// `cmdai config set`.
pub(super) fn set(found: &Found, key: &str, values: &[String], json: bool) -> Result<ExitCode, Failure> {
    let mut draft = draft(found)?;
    let pairs = match split(key) {
        Some(first) => {
            let more = values.iter().map(|pair| split(pair).ok_or_else(|| ConfigError::NoValue { key: pair.clone() }));
            std::iter::once(Ok(first)).chain(more).collect::<Result<Vec<_>, _>>()?
        }
        None if values.is_empty() => {
            Key::parse(key).map_err(ConfigError::from)?;
            return Err(ConfigError::NoValue { key: key.to_owned() }.into());
        }
        None => vec![(key, values.join("\n"))],
    };
    for (key, text) in &pairs {
        draft.set(key, text).map_err(|error| ConfigError::from_edit(error, draft.path()))?;
    }
    let named: Vec<String> = pairs.iter().map(|(key, _)| key.trim().to_owned()).collect();
    commit(found, &draft, &named, json)
}

/// `KEY=VALUE`; a key has no `=` in it.
fn split(text: &str) -> Option<(&str, String)> {
    text.split_once('=').map(|(key, value)| (key, value.to_owned()))
}

/// `cmdai config unset`, also of a whole backend.
pub(super) fn unset(found: &Found, key: &str, json: bool) -> Result<ExitCode, Failure> {
    let mut draft = draft(found)?;
    draft.unset(key).map_err(|error| ConfigError::from_edit(error, draft.path()))?;
    commit(found, &draft, &[key.trim().to_owned()], json)
}

/// `cmdai config reset` of everything.
pub(super) async fn reset(found: &Found, agreed: bool) -> Result<ExitCode, Failure> {
    let mut draft = draft(found)?;
    draft.reset().map_err(|error| ConfigError::from_edit(error, draft.path()))?;
    let changes = draft.changes();
    if changes.is_empty() {
        return print("your file sets nothing");
    }
    for change in &changes {
        say::note(&words(change));
    }
    if !agreed && !types_phrase().await? {
        return Err(ConfigError::NotReset.into());
    }
    commit(found, &draft, &[], false)
}

async fn types_phrase() -> Result<bool, Failure> {
    if !terminal::can_ask() {
        return Ok(false);
    }
    let question = format!("This takes all of it out of your file. Type `{PHRASE}` to do it: ");
    let line = terminal::ask_line(question).await.map_err(Failure::Terminal)?;
    Ok(line.is_some_and(|line| line.trim() == PHRASE))
}

/// Writes the draft if nothing becomes wrong by it, and tells what is different.
fn commit(found: &Found, draft: &Draft, named: &[String], json: bool) -> Result<ExitCode, Failure> {
    let others = others(found);
    let before = load_with(found, &others, own(found)?);
    let after = load_with(found, &others, draft.source());
    let wrong = new_errors(&before.diagnostics, &after.diagnostics);
    if !wrong.is_empty() {
        return Err(ConfigError::Refused(wrong.into_iter().cloned().collect()).into());
    }
    let changes = draft.changes();
    save(draft, Some(&settings::check)).map_err(ConfigError::from)?;
    let hidden: Vec<String> = named.iter().filter_map(|key| without_effect(&after, key)).collect();
    if json {
        let list = |change: &Change| json!({ "key": change.key, "before": change.before, "after": change.after });
        let all: Vec<_> = changes.iter().map(list).collect();
        say::json(json!({ "path": path(found)?, "changes": all, "warnings": hidden }))?;
        return Ok(ExitCode::Ok);
    }
    if changes.is_empty() {
        print("nothing is different")?;
    }
    for change in &changes {
        print(&words(change))?;
    }
    for why in &hidden {
        say::warn(why);
    }
    Ok(ExitCode::Ok)
}

/// Why a change of the user's file does not count, if it does not.
pub(super) fn without_effect(loaded: &Loaded, key: &str) -> Option<String> {
    let hidden = loaded.get(key)?;
    let origin = hidden.hidden_by(Layer::User)?;
    let value = one_line(&hidden.value.to_string());
    Some(format!("this has no effect because {} says {value}", super::show::place(origin)))
}

fn words(change: &Change) -> String {
    let shown = |value: &Option<Value>| value.as_ref().map(|value| one_line(&value.to_string()));
    match (shown(&change.before), shown(&change.after)) {
        (None, Some(after)) => format!("{} is {after}", change.key),
        (Some(before), Some(after)) => format!("{} is {after}, was {before}", change.key),
        (before, None) => format!("{} is not set any more, was {}", change.key, before.unwrap_or_default()),
    }
}
