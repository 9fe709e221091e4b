//! `cmdai config --first-run`: what most people set, one question after the other. Nobody needs it: everything has a default.

use super::super::book::Book;
use super::super::screen;
use super::{ask, save, value, yes};
use crate::errors::Failure;
use crate::exit_code::ExitCode;
use crate::say;
use cmdai_config::Key;

/// What is asked about, in this order.
const ASKED: [&str; 4] = ["model.default", "safety.level", "history.enabled", "interface.shell"];
/// What a server needs.
const FIELDS: [&str; 4] = ["kind", "url", "model", "allow_remote"];

/// Asks, shows the difference and saves it if that is agreed to.
pub(in super::super) async fn first_run(mut book: Book) -> Result<ExitCode, Failure> {
    say::aside("A few questions; Enter keeps what is there. Nothing is written before you have seen it and agreed.");
    let goes_on = questions(&mut book).await?;
    let saved = match goes_on {
        Some(()) => save::save(&mut book).await?,
        None => None,
    };
    if saved.is_none() {
        say::aside("nothing was written");
    }
    let model = &book.loaded().settings.model.default;
    if saved.is_some() && screen::known().iter().any(|one| one.id == *model && one.state != screen::Presence::Here) {
        say::aside(&format!(
            "`cmdai model pull {model}` fetches the model now; otherwise the first request offers to."
        ));
    }
    Ok(ExitCode::Ok)
}

async fn questions(book: &mut Book) -> Result<Option<()>, Failure> {
    for key in ASKED.into_iter().filter_map(|key| Key::parse(key).ok()) {
        if value::edit(book, &key).await?.is_none() {
            return Ok(None);
        }
    }
    if !yes("\nSet up a server of your own, such as Ollama or llama-server? [y/N] ").await? {
        return Ok(Some(()));
    }
    server(book).await
}

async fn server(book: &mut Book) -> Result<Option<()>, Failure> {
    let name = loop {
        let Some(name) = ask("A name for it, of letters, digits and `-`: ").await? else { return Ok(None) };
        if name.is_empty() {
            return Ok(Some(()));
        }
        if Key::parse(&format!("backends.{name}.kind")).is_ok() {
            break name;
        }
        say::aside("letters, digits and `-` are accepted, and neither auto nor embedded");
    };
    for field in FIELDS {
        let Ok(key) = Key::parse(&format!("backends.{name}.{field}")) else { continue };
        if value::edit(book, &key).await?.is_none() {
            return Ok(None);
        }
    }
    if let Some(why) = book.problem(&format!("backends.{name}")) {
        say::aside(&format!("{why}; the server is left out"));
        if let Err(why) = book.apply(|draft| draft.unset(&format!("backends.{name}"))) {
            say::aside(&why);
        }
    }
    Ok(Some(()))
}
