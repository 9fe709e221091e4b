//! Lists entries, newest first, and what a search finds, best first.

use super::{resolve, words};
use crate::errors::Failure;
use crate::exit_code::ExitCode;
use crate::flags_history::{ListArgs, PageArgs, SearchArgs};
use crate::say;
use cmdai_core::record::HistoryEntry;
use cmdai_history::{Cursor, Page, SearchMode, SearchQuery, Store};
use console::Term;
use serde_json::json;
use std::io::{self, IsTerminal};

/// `cmdai history`.
pub(super) fn run(store: &Store, args: &ListArgs) -> Result<ExitCode, Failure> {
    let mut query = args.filter.query(String::new(), SearchMode::default());
    query.after = args.after.as_deref().map(|id| cursor(store, id)).transpose()?;
    print(store, query, &args.page)
}

/// `cmdai history search`.
pub(super) fn search(store: &Store, args: &SearchArgs) -> Result<ExitCode, Failure> {
    let mut query = args.filter.query(args.text.join(" "), args.mode.mode());
    query.here = std::env::current_dir().ok();
    print(store, query, &args.page)
}

fn cursor(store: &Store, id: &str) -> Result<Cursor, Failure> {
    let id = resolve(store, id)?;
    let found = store.get(id)?;
    // It may have gone since it was resolved; then nothing is behind it.
    Ok(found.map_or(Cursor { time: i64::MIN, row: 0 }, |found| Cursor {
        time: found.entry.time.timestamp_micros(),
        row: found.row,
    }))
}

fn print(store: &Store, mut query: SearchQuery, args: &PageArgs) -> Result<ExitCode, Failure> {
    let limit = args.limit as usize;
    query.offset = args.offset;
    query.limit = limit;
    let ranked = !query.text.trim().is_empty();
    if !ranked {
        // One more tells whether there is another page.
        query.limit += 1;
    }
    let mut page = store.search(&query)?;
    let more =
        if ranked { page.ranked > args.offset.saturating_add(page.found.len()) } else { page.found.len() > limit };
    page.found.truncate(limit);
    if args.json {
        return print_json(&page, more, ranked);
    }
    let out = Term::stdout();
    let width = out.is_term().then(|| usize::from(out.size().1));
    for found in &page.found {
        say::line(&words::line(store, &found.entry, width)?)?;
    }
    if io::stderr().is_terminal() {
        notes(store, &page, more, args)?;
    }
    Ok(ExitCode::Ok)
}

/// What a person should know of the page.
fn notes(store: &Store, page: &Page, more: bool, args: &PageArgs) -> Result<(), Failure> {
    if page.found.is_empty() {
        let why = if store.is_empty()? { "the history is empty" } else { "nothing was found" };
        say::note(why);
    }
    if more {
        say::note(&format!("there are more: `--offset {}`", args.offset.saturating_add(page.found.len())));
    }
    if !page.complete {
        say::note("older entries may match as well; a longer text or `--until` reaches them");
    }
    Ok(())
}

fn print_json(page: &Page, more: bool, ranked: bool) -> Result<ExitCode, Failure> {
    let entries: Vec<&HistoryEntry> = page.found.iter().map(|found| &found.entry).collect();
    let after = entries.last().filter(|_| more && !ranked).map(|entry| entry.id);
    say::json(json!({ "entries": entries, "more": more, "after": after, "complete": page.complete }))?;
    Ok(ExitCode::Ok)
}
