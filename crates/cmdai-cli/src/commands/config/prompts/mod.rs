//! `cmdai config` line by line: for terminals that cannot show a full screen, and for those who want to be led.
//!
//! The same draft as on the full screen: what is entered is staged, and the file is written once its difference was shown and agreed to.
//! At the end of input nothing more is asked and nothing is written (held by `the_end_of_input_writes_nothing`).

mod first_run;
mod save;
mod value;

pub(super) use first_run::first_run;

use super::book::Book;
use super::items::{self, Item, brief};
use super::show;
use crate::errors::Failure;
use crate::exit_code::ExitCode;
use crate::say;
use crate::terminal::{self, one_line};
use cmdai_config::Key;
use cmdai_config::schema::Section;
use std::collections::BTreeSet;

const HELP: &str = "\
A number or the name of a section lists its settings; the name of a setting changes it; any other words search.
s saves after it showed the difference, u undoes the last change, q quits.";

/// Asks what to look at and change until nothing more is wanted.
pub(super) async fn run(mut book: Book) -> Result<ExitCode, Failure> {
    say::aside(&format!("Settings of {}", one_line(&book.draft().path().display().to_string())));
    sections();
    say::aside(HELP);
    while let Some(answer) = ask(&top(&book)).await? {
        let goes_on = match answer.as_str() {
            "" => {
                sections();
                Some(())
            }
            "?" => {
                say::aside(HELP);
                Some(())
            }
            "u" => {
                say::aside(if book.undo() { "undone" } else { "there is nothing to undo" });
                Some(())
            }
            "s" => save::save(&mut book).await?.map(drop),
            "q" => {
                let leaves = !book.draft().is_changed() || yes("Leave without saving? [y/N] ").await?;
                if leaves {
                    return Ok(ExitCode::Ok);
                }
                Some(())
            }
            text => visit(&mut book, text).await?,
        };
        if goes_on.is_none() {
            break;
        }
    }
    if book.draft().is_changed() {
        say::aside("nothing was written");
    }
    Ok(ExitCode::Ok)
}

fn top(book: &Book) -> String {
    let unsaved = match book.changed() {
        0 => String::new(),
        count => format!(", {count} not saved"),
    };
    format!("Section or setting{unsaved} (? helps): ")
}

fn sections() {
    for (number, section) in Section::ALL.iter().enumerate() {
        say::aside(&format!("  {} {}", number + 1, section.title()));
    }
}

/// The settings that a text names, by section, by key or by what is said of them.
fn named(text: &str, book: &Book) -> Vec<Key> {
    let by_number = text.parse::<usize>().ok().and_then(|number| Section::ALL.get(number.checked_sub(1)?));
    let by_title = || Section::ALL.iter().find(|section| section.title().eq_ignore_ascii_case(text));
    let settings = |items: Vec<Item>| {
        let key = |item| if let Item::Setting(key) = item { Some(key) } else { None };
        items.into_iter().filter_map(key).collect()
    };
    if let Some(section) = by_number.or_else(by_title) {
        return settings(items::of_section(*section, book, &book.backends(), 0));
    }
    match Key::parse(text) {
        Ok(key) => vec![key],
        Err(_) => settings(items::search(text, book).into_iter().map(|(_, item)| item).collect()),
    }
}

/// Changes what is named, after a choice where that is more than one; `None` at the end of input.
async fn visit(book: &mut Book, text: &str) -> Result<Option<()>, Failure> {
    let keys = named(text, book);
    match keys.as_slice() {
        [] => {
            say::aside("nothing is found");
            Ok(Some(()))
        }
        [key] => value::edit(book, key).await,
        _ => choose(book, &keys).await,
    }
}

async fn choose(book: &mut Book, keys: &[Key]) -> Result<Option<()>, Failure> {
    loop {
        list(book, keys);
        let Some(answer) = ask("Number or name, Enter goes back: ").await? else { return Ok(None) };
        if answer.is_empty() {
            return Ok(Some(()));
        }
        let by_number = answer.parse::<usize>().ok().and_then(|number| keys.get(number.checked_sub(1)?)).cloned();
        let Some(key) = by_number.or_else(|| Key::parse(&answer).ok()) else {
            say::aside("there is no such setting");
            continue;
        };
        if value::edit(book, &key).await?.is_none() {
            return Ok(None);
        }
    }
}

fn list(book: &Book, keys: &[Key]) {
    let names: Vec<String> = keys.iter().map(ToString::to_string).collect();
    let widest = names.iter().map(String::len).max().unwrap_or_default();
    for (number, (key, name)) in keys.iter().zip(names).enumerate() {
        let mark = if book.is_changed(key) { '*' } else { ' ' };
        let value = book.effective(key).map_or_else(|| "not set".to_owned(), |one| brief(&one.value, key));
        let value = one_line(&value);
        say::aside(&format!("{mark}{:>3} {name:<widest$}  {}", number + 1, console::truncate_str(&value, 40, "...")));
    }
    let sections: BTreeSet<Section> = keys.iter().map(|key| key.setting().section).collect();
    if sections.len() == 1 && sections.contains(&Section::Backends) {
        say::aside("A server of your own begins with `backends.NAME.kind`; the name is yours to choose.");
    }
}

/// What counts for a setting, and where that is from.
fn now(book: &Book, key: &Key) -> String {
    book.effective(key).map_or_else(
        || "not set".to_owned(),
        |one| format!("{} ({})", one_line(&brief(&one.value, key)), show::from(one)),
    )
}

/// An answer without the blanks around it; `None` at the end of input.
async fn ask(question: &str) -> Result<Option<String>, Failure> {
    let line = terminal::ask_line(question.to_owned()).await.map_err(Failure::Terminal)?;
    Ok(line.map(|line| line.trim().to_owned()))
}

async fn yes(question: &str) -> Result<bool, Failure> {
    terminal::ask_yes_no(question.to_owned(), false).await.map_err(Failure::Terminal)
}
