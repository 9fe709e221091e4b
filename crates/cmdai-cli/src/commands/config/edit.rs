//! `cmdai config edit`: the user's file in the user's editor.
//!
//! A private copy is edited, so a half-written text never counts; it takes the file's place once it is valid and only if nobody else
//! changed the file meanwhile. A wrong text is shown with what is wrong and can be edited further.

use super::{ConfigError, load_with, new_errors, others, own, print};
use crate::ask::run::CHILD_RUNNING;
use crate::errors::Failure;
use crate::exit_code::ExitCode;
use crate::say;
use crate::settings::{self, Found};
use crate::terminal;
use cmdai_config::{Diagnostic, Layer, Source, example_file, save_text};
use std::io::{self, Write};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::Ordering;

/// Edits until the text is valid or given up.
pub(super) async fn run(found: &Found) -> Result<ExitCode, Failure> {
    if !terminal::can_ask() {
        return Err(ConfigError::NoEditor.into());
    }
    let before = own(found)?;
    let begin = if before.text().trim().is_empty() { example_file() } else { before.text().to_owned() };
    let io = |source| ConfigError::Unwritable { path: std::env::temp_dir(), source };
    let mut copy = tempfile::Builder::new().prefix("cmdai-config-").suffix(".toml").tempfile().map_err(io)?;
    copy.write_all(begin.as_bytes()).and_then(|()| copy.flush()).map_err(io)?;
    loop {
        edit(copy.path().to_owned()).await?;
        let unreadable = |source| ConfigError::Unreadable { path: copy.path().to_owned(), source };
        let text = cmdai_config::read(copy.path()).map_err(unreadable)?.unwrap_or_default();
        if text == begin {
            return print("nothing was changed");
        }
        let wrong = problems(found, &before, &text);
        if wrong.is_empty() {
            save_text(&before, &text, Some(&settings::check)).map_err(|error| kept(error.into(), copy))?;
            return print(&format!("saved {}", terminal::one_line(&before.path().display().to_string())));
        }
        for one in &wrong {
            say::error(&settings::words(one));
        }
        if !terminal::ask_yes_no("Edit it again? [Y/n] ".to_owned(), true).await.map_err(Failure::Terminal)? {
            let path = copy.path().to_owned();
            let _ = copy.keep();
            return Err(ConfigError::EditGivenUp { path }.into());
        }
    }
}

/// What is wrong with the text; what other files make wrong anyway is not held against it.
fn problems(found: &Found, before: &Source, text: &str) -> Vec<Diagnostic> {
    let others = others(found);
    let now = Source::new(Layer::User, before.path(), text);
    let without = load_with(found, &others, Source::new(Layer::User, before.path(), ""));
    let after = load_with(found, &others, now);
    new_errors(&without.diagnostics, &after.diagnostics).into_iter().cloned().collect()
}

/// A text that could not be saved stays where it is.
fn kept(error: ConfigError, copy: tempfile::NamedTempFile) -> ConfigError {
    say::note(&format!("the text is in {}", copy.path().display()));
    let _ = copy.keep();
    error
}

/// Starts the editor the way git does: through the shell, for there may be flags in its variable.
async fn edit(path: std::path::PathBuf) -> Result<(), Failure> {
    let set = |name| std::env::var(name).ok().filter(|text: &String| !text.trim().is_empty());
    let usual = if cfg!(windows) { "notepad" } else { "vi" };
    let editor = set("VISUAL").or_else(|| set("EDITOR")).unwrap_or_else(|| usual.to_owned());
    CHILD_RUNNING.store(true, Ordering::SeqCst);
    let started = editor.clone();
    let ended = tokio::task::spawn_blocking(move || start(&started, &path)).await;
    CHILD_RUNNING.store(false, Ordering::SeqCst);
    let failed = |source| Failure::from(ConfigError::Editor { editor: editor.clone(), source });
    let status = ended.map_err(|error| failed(error.into()))?.map_err(failed)?;
    if status.success() { Ok(()) } else { Err(failed(io::Error::other(status.to_string()))) }
}

fn start(editor: &str, path: &Path) -> io::Result<std::process::ExitStatus> {
    if cfg!(windows) {
        return Command::new(editor).arg(path).status();
    }
    Command::new("sh").args(["-c", &format!("{editor} \"$@\""), "sh"]).arg(path).status()
}
