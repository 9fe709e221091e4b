//! `cmdai history search -i`: a search on the full screen, key by key.
//!
//! The screen is drawn on standard error and keys are read from the terminal, so standard output stays free for the command:
//! `cmdai history search -i > chosen` works. A chosen command goes the way of every answer (`ask::again`): it is judged, and asked about or given
//! out. Keys that wait together cost one search.
//! Invariant: the terminal is as it was before, however this ends (`the_terminal_is_left_as_it_was`).

pub mod measure;
mod state;
mod view;

#[cfg(test)]
mod tests;

use super::carry;
use crate::clipboard;
use crate::commands::history::HistoryActionError;
use crate::errors::Failure;
use crate::flags_history::SearchArgs;
use crate::screen::line::Line;
use crate::screen::raw::Screen;
use crate::screen::signals;
use crate::terminal;
use chrono::Utc;
use cmdai_history::search::Hit;
use cmdai_history::{Format, HistoryError, Store};
use crossterm::event;
use ratatui::layout::Rect;
use state::{Effect, State};
use std::path::Path;
use std::time::Duration;

/// Entries shown where nothing is searched for.
const NEWEST: usize = 500;
/// How often signals are looked for while no key comes.
const LOOK: Duration = Duration::from_millis(100);

/// What was chosen.
pub(super) struct Chosen {
    /// The request it once answered.
    pub(super) request: String,
    /// The command, as it was or edited.
    pub(super) command: String,
}

/// Shows the screen until a command is chosen; `None` where nothing is.
pub(super) fn run(mut store: Store, args: &SearchArgs) -> Result<Option<Chosen>, Failure> {
    if !terminal::can_ask() || std::env::var_os("TERM").is_some_and(|term| term == "dumb") {
        return Err(HistoryActionError::NoScreen.into());
    }
    let mut base = args.filter.query(String::new(), cmdai_history::SearchMode::default());
    base.here = std::env::current_dir().ok();
    let mut state = State {
        query: Line::new(&args.text.join(" ")),
        mode: args.mode.mode(),
        base,
        now: Utc::now(),
        colour: console::colors_enabled_stderr(),
        ..State::default()
    };
    let mut screen = Screen::open().map_err(Failure::Terminal)?;
    let chosen = work(&mut store, &mut state, &mut screen);
    drop(screen);
    match chosen? {
        End::Quit => Ok(None),
        End::Signal(signal) => Err(signals::end_by(signal)),
        End::Run(command) => {
            // What was taken over from a shell was never asked for in words.
            let request = state.current().map(|found| found.entry.request.clone());
            let request = request.filter(|request| !request.trim().is_empty()).unwrap_or_else(|| command.clone());
            Ok(Some(Chosen { request, command }))
        }
    }
}

/// How the screen ended.
enum End {
    Quit,
    Signal(i32),
    Run(String),
}

fn work(store: &mut Store, state: &mut State, screen: &mut Screen) -> Result<End, Failure> {
    let mut outdated = true;
    loop {
        if !event::poll(Duration::ZERO).map_err(Failure::Terminal)? {
            settle(store, state, &mut outdated)?;
            paint(store, state, screen)?;
            while !event::poll(LOOK).map_err(Failure::Terminal)? {
                if let Some(signal) = screen.signal() {
                    return Ok(End::Signal(signal));
                }
            }
        }
        let event = event::read().map_err(Failure::Terminal)?;
        // What is typed fast is searched for once; any other key means what is found for all that was typed.
        if !state.is_typed(&event) {
            settle(store, state, &mut outdated)?;
        }
        match state.update(event) {
            Effect::Paint => {}
            Effect::Search => outdated = true,
            Effect::Quit => return Ok(End::Quit),
            Effect::Run(command) => return Ok(End::Run(command)),
            Effect::Suspend => screen.suspend().map_err(Failure::Terminal)?,
            Effect::Copy(text) => {
                screen.write(&clipboard::sequence(&text)).map_err(Failure::Terminal)?;
                state.say("sent to the clipboard of the terminal");
            }
            change => {
                let said = apply(store, state, change);
                state.note = Some(said.unwrap_or_else(|failure| failure.to_string()));
            }
        }
    }
}

/// Brings ranking and entries up to the state.
fn settle(store: &Store, state: &mut State, outdated: &mut bool) -> Result<(), Failure> {
    if std::mem::take(outdated) {
        search(store, state)?;
    }
    state.loaded.extend(store.load(&state.missing())?.into_iter().map(|found| (found.row, found)));
    Ok(())
}

fn search(store: &Store, state: &mut State) -> Result<(), Failure> {
    state.now = Utc::now();
    let mut query = state.search();
    if query.text.trim().is_empty() {
        query.text.clear();
        (query.limit, query.distinct) = (NEWEST, true);
        let page = store.search(&query)?;
        let hits = page.found.iter().map(|found| Hit { row: found.row, score: 0.0 }).collect();
        state.show(hits, page.next.is_none(), page.found);
        return Ok(());
    }
    match store.rank(&query) {
        Ok(ranking) => state.show(ranking.hits, ranking.complete, []),
        // An expression is none while it is being typed.
        Err(HistoryError::Pattern { .. }) => {
            state.show(Vec::new(), true, []);
            state.say("this is not a regular expression yet");
        }
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

/// Changes the history as an effect says; gives what to say of it.
fn apply(store: &mut Store, state: &mut State, effect: Effect) -> Result<String, Failure> {
    let (id, said) = match effect {
        Effect::Delete(id) => {
            let query = cmdai_history::SearchQuery { id: Some(id), ..Default::default() };
            let gone = store.delete(&query)?.entries;
            let place = state.selected;
            search(store, state)?;
            state.select(place);
            return Ok(if gone > 0 { "deleted" } else { "it was gone already" }.to_owned());
        }
        Effect::Export(path) => {
            let count = carry::to_file(store, &path, format_of(&path), &state.search(), false)?;
            return Ok(format!("{} in {}", super::say::count(count, "entry", "entries"), path.display()));
        }
        Effect::Favourite(id, on) => {
            store.set_favourite(id, on)?;
            (id, if on { "a favourite, kept whatever the limits" } else { "no favourite any more" })
        }
        Effect::Tag(id, tags) => {
            let before = store.get(id)?.map(|found| found.entry.tags).unwrap_or_default();
            for tag in before.iter().filter(|tag| !tags.contains(tag)) {
                store.untag(id, tag)?;
            }
            for tag in &tags {
                store.tag(id, tag)?;
            }
            (id, "tagged")
        }
        _ => return Ok(String::new()),
    };
    if let Some(found) = store.get(id)? {
        state.loaded.insert(found.row, found);
    }
    Ok(said.to_owned())
}

/// The format that the name of a file asks for.
fn format_of(path: &Path) -> Format {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("csv") => Format::Csv,
        Some("sh" | "txt" | "bash") => Format::Plain,
        _ => Format::Native,
    }
}

fn paint(store: &Store, state: &mut State, screen: &mut Screen) -> Result<(), Failure> {
    let size = screen.size().map_err(Failure::Terminal)?;
    let [_, list, ..] = view::parts(Rect::new(0, 0, size.width, size.height));
    state.resize(list.height.into());
    settle(store, state, &mut false)?;
    screen.draw(|frame| view::paint(state, frame)).map_err(Failure::Terminal)
}
