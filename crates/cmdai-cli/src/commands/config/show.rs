//! Shows settings: values, where they come from, what they go before, and what is wrong.

use super::{ConfigError, load, path as own_path, print};
use crate::errors::Failure;
use crate::exit_code::ExitCode;
use crate::say;
use crate::settings::{self, Found};
use crate::terminal::one_line;
use cmdai_config::schema::Section;
use cmdai_config::{Diagnostic, Effective, Key, Loaded, Origin, Severity};
use console::style;
use serde_json::{Value, json};
use std::path::Path;

/// Longest value in the list, in characters.
const WIDEST: usize = 40;

/// `cmdai config get`.
pub(super) fn get(found: &Found, key: &str, json: bool) -> Result<ExitCode, Failure> {
    let key = Key::parse(key).map_err(ConfigError::from)?;
    let loaded = load(found);
    let name = key.to_string();
    let effective = loaded.get(&name);
    if json {
        let unset = || json!({ "key": name, "value": null, "from": null, "overrides": [] });
        say::json(effective.map_or_else(unset, as_json))?;
        return Ok(state(&loaded));
    }
    tell(&loaded);
    let effective = effective.ok_or(ConfigError::NotSet { key: name })?;
    print(&one_line(&effective.value.to_string()))?;
    say::note(&from(effective));
    Ok(state(&loaded))
}

/// `cmdai config list`.
pub(super) fn list(found: &Found, json: bool) -> Result<ExitCode, Failure> {
    let loaded = load(found);
    if json {
        let settings: Vec<Value> = loaded.effective.iter().map(as_json).collect();
        say::json(json!({ "settings": settings, "problems": loaded.diagnostics }))?;
        return Ok(state(&loaded));
    }
    tell(&loaded);
    let widest = loaded.effective.iter().map(|one| one.key.to_string().len()).max().unwrap_or_default();
    for section in Section::ALL {
        let inside: Vec<&Effective> =
            loaded.effective.iter().filter(|one| one.key.setting().section == section).collect();
        print(&style(section.title()).bold().to_string())?;
        for one in inside {
            let value = one_line(&one.value.to_string());
            let value = console::truncate_str(&value, WIDEST, "...");
            let key = one.key.to_string();
            print(&format!("  {key:<widest$}  {value:<24}  {}", style(from(one)).dim()))?;
        }
    }
    Ok(state(&loaded))
}

/// Where a value comes from, and what it goes before.
pub(super) fn from(effective: &Effective) -> String {
    let layer = |(origin, value): &(Origin, cmdai_config::Value)| {
        format!("{} ({})", one_line(&value.to_string()), place(origin))
    };
    let below: Vec<String> = effective.below.iter().map(layer).collect();
    match (&effective.origin, below.as_slice()) {
        (Origin::Default, _) => "default".to_owned(),
        (origin, []) => format!("from {}", place(origin)),
        (origin, _) if effective.key.setting().adds => format!("from {}, with {}", place(origin), below.join(", ")),
        (origin, _) => format!("from {}, over {}", place(origin), below.join(", ")),
    }
}

/// Where something stands.
pub(super) fn place(origin: &Origin) -> String {
    one_line(&origin.to_string())
}

fn as_json(effective: &Effective) -> Value {
    let below: Vec<Value> =
        effective.below.iter().map(|(origin, value)| json!({ "from": origin, "value": value })).collect();
    json!({ "key": effective.key, "value": effective.value, "from": effective.origin, "overrides": below })
}

/// `cmdai config path`.
pub(super) fn path(found: &Found, json: bool) -> Result<ExitCode, Failure> {
    let places = &found.places;
    if json {
        let file = |path: &Option<std::path::PathBuf>| {
            path.as_deref().map(|path| json!({ "path": path, "is_there": path.exists() }))
        };
        say::json(
            json!({ "user": file(&places.user), "machine": file(&places.system), "project": file(&places.project) }),
        )?;
        return Ok(ExitCode::Ok);
    }
    let path = own_path(found)?;
    if !path.exists() {
        say::note("it is not there yet");
    }
    print(&path.display().to_string())
}

/// `cmdai config validate`.
pub(super) fn validate(found: &Found, json: bool) -> Result<ExitCode, Failure> {
    let loaded = load(found);
    let there = |path: &&Path| path.exists();
    let places = &found.places;
    let files = [&places.system, &places.user, &places.project];
    let files: Vec<&Path> = files.into_iter().flatten().map(std::path::PathBuf::as_path).filter(there).collect();
    if json {
        say::json(json!({ "valid": !loaded.has_errors(), "files": files, "problems": loaded.diagnostics }))?;
        return Ok(state(&loaded));
    }
    tell(&loaded);
    if !loaded.has_errors() {
        let names: Vec<String> = files.iter().map(|path| one_line(&path.display().to_string())).collect();
        let of = if names.is_empty() { "there is no settings file".to_owned() } else { names.join(", ") };
        print(&format!("valid: {of}"))?;
    }
    Ok(state(&loaded))
}

/// Tells what is wrong, on standard error.
fn tell(loaded: &Loaded) {
    loaded.diagnostics.iter().for_each(say);
}

fn say(found: &Diagnostic) {
    let text = settings::words(found);
    match found.severity {
        Severity::Error => say::error(&text),
        Severity::Warning => say::warn(&text),
        Severity::Note => say::note(&format!("note: {text}")),
    }
}

fn state(loaded: &Loaded) -> ExitCode {
    if loaded.has_errors() { ExitCode::Configuration } else { ExitCode::Ok }
}
