//! Asks for the value of one setting until it is one, or nothing.

use super::super::book::Book;
use super::super::choices::choices;
use super::super::screen;
use super::{ask, now};
use crate::errors::Failure;
use crate::say;
use crate::terminal::one_line;
use cmdai_config::Key;
use cmdai_config::schema::Kind;

/// Shows a setting and stages what is entered; `None` at the end of input.
pub(super) async fn edit(book: &mut Book, key: &Key) -> Result<Option<()>, Failure> {
    let setting = key.setting();
    say::aside(&format!("\n{key}: {}", setting.title));
    say::aside(&format!("  {}", setting.help));
    say::aside(&format!("  Now {}.", now(book, key)));
    say::aside(&format!("  Accepted: {}.", setting.kind.accepted()));
    book.problem(&key.to_string())
        .iter()
        .chain(&book.without_effect(key))
        .for_each(|why| say::aside(&format!("  {why}")));
    let offered = offered(book, key);
    for (number, (value, about)) in offered.iter().enumerate() {
        say::aside(&format!("  {} {value}{about}", number + 1));
    }
    loop {
        let question = "New value, Enter keeps it, - takes it out of your file: ";
        let Some(answer) = ask(question).await? else { return Ok(None) };
        let result = match answer.as_str() {
            "" => return Ok(Some(())),
            "-" => book.apply(|draft| draft.unset(&key.to_string())),
            text => {
                let by_number = text.parse::<usize>().ok().and_then(|number| offered.get(number.checked_sub(1)?));
                set(book, key, by_number.map_or(text, |(value, _)| value))
            }
        };
        match result {
            Ok(()) => {
                told(book, key);
                return Ok(Some(()));
            }
            Err(why) => say::aside(&why),
        }
    }
}

/// The values that can be picked by number, and what is to be said of each. Numbers and lists are typed.
fn offered(book: &Book, key: &Key) -> Vec<(String, String)> {
    if matches!(key.setting().kind, Kind::List(_)) {
        return Vec::new();
    }
    let models = screen::known();
    let about = |value: &str| {
        let model = models.iter().find(|model| key.setting().key == "model.default" && model.id == value)?;
        let is_here = if model.state == screen::Presence::Here { "is here" } else { "not here yet" };
        Some(format!("  {}, {is_here}", crate::models::megabytes(model.bytes)))
    };
    let with = |value: String| (value.clone(), about(&value).unwrap_or_default());
    choices(key, book.backends()).into_iter().map(with).collect()
}

/// Stages a value, unless it makes something wrong that was not.
fn set(book: &mut Book, key: &Key, text: &str) -> Result<(), String> {
    let before = book.problem(&key.to_string());
    book.set(key, text)?;
    match book.problem(&key.to_string()) {
        Some(why) if before.as_ref() != Some(&why) => {
            book.undo();
            Err(why)
        }
        _ => Ok(()),
    }
}

fn told(book: &Book, key: &Key) {
    let state = if book.is_changed(key) { "not saved yet" } else { "as in your file" };
    let value = book.own(key).map_or_else(|| "not set in your file".to_owned(), |own| one_line(&own.to_string()));
    say::aside(&format!("{key}: {value}, {state}"));
    book.without_effect(key).iter().for_each(|why| say::aside(why));
}
