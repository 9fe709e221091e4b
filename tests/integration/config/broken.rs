//! Files with mistakes, as data: `tests/data/config/broken/*.case`, one mistake or several each.
//!
//! A case is a file, and behind a line of `---` what is expected: lines `error 2:9 words` or `warning 1:1 words` for every
//! diagnostic in its order, where each part between `…` must stand in the message, and lines `key = value` for what counts all
//! the same. Lines that begin with `$` set variables, `project` says that it is the file of a project.

use cmdai_config::{Environment, Layer, Origin, Source, combine};
use std::fs;
use std::path::{Path, PathBuf};

fn cases() -> Vec<(PathBuf, String)> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/config/broken");
    let mut cases: Vec<PathBuf> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    cases.into_iter().map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect()
}

#[test]
fn mistakes_are_told_with_their_place_and_the_rest_counts() {
    let mut wrong = Vec::new();
    let cases = cases();
    assert!(cases.len() >= 60, "{} cases", cases.len());
    for (path, case) in &cases {
        let name = path.file_stem().unwrap().to_string_lossy();
        if let Err(difference) = check(case) {
            wrong.push(format!("{name}: {difference}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

fn check(case: &str) -> Result<(), String> {
    let (text, expected) = case.split_once("\n---\n").ok_or("no line of ---")?;
    let mut expected: Vec<&str> = expected.lines().filter(|line| !line.trim().is_empty()).collect();
    let variables: Environment = expected
        .iter()
        .filter_map(|line| line.strip_prefix('$')?.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let layer = if expected.contains(&"project") { Layer::Project } else { Layer::User };
    expected.retain(|line| !line.starts_with('$') && *line != "project");
    let loaded = combine(&[Source::new(layer, "/f.toml", text)], &variables, &[], None, None);

    let (values, messages): (Vec<&str>, Vec<&str>) = expected
        .iter()
        .partition(|line| !["error ", "warning ", "note "].iter().any(|severity| line.starts_with(severity)));
    let found: Vec<String> = loaded
        .diagnostics
        .iter()
        .map(|d| match &d.origin {
            Origin::File { at, .. } => format!("{} {}:{} {}", d.severity, at.line, at.column, d.message()),
            origin => format!("{} {origin} {}", d.severity, d.message()),
        })
        .collect();
    let fits = |found: &String, expected: &&str| {
        // The severity and the place, then parts of the message.
        let place: Vec<&str> = expected.splitn(3, ' ').take(2).collect();
        let Some(mut rest) = found.strip_prefix(&place.join(" ")) else { return false };
        expected.splitn(3, ' ').nth(2).unwrap_or_default().split('…').map(str::trim).all(|part| {
            let at = rest.find(part);
            rest = at.map_or(rest, |at| &rest[at + part.len()..]);
            at.is_some()
        })
    };
    if found.len() != messages.len() || !found.iter().zip(&messages).all(|(found, expected)| fits(found, expected)) {
        return Err(format!("expected\n  {}\nfound\n  {}", messages.join("\n  "), found.join("\n  ")));
    }
    for line in values {
        let (key, value) = line.split_once(" = ").ok_or_else(|| format!("not understood: {line}"))?;
        let found = loaded.get(key).map(|effective| effective.value.to_toml());
        if found.as_deref().unwrap_or("nothing") != value {
            return Err(format!("expected {line}, found {found:?}"));
        }
    }
    // What is shown has no control characters, and a mark under the line it shows.
    for diagnostic in &loaded.diagnostics {
        let shown = diagnostic.to_string();
        let ok = !shown.chars().any(|c| c.is_control() && c != '\n')
            && (diagnostic.excerpt.is_none() || shown.contains('^'));
        if !ok || shown.contains("hunter2") {
            return Err(format!("not to be shown: {shown:?}"));
        }
    }
    Ok(())
}
