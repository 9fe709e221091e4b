//! How long it takes from a key in the search until the screen is painted again, with the code that the program runs. `cargo xtask bench
//! screens` measures it through an example of this crate; the program itself does not.

use super::state::State;
use super::{search, settle, view};
use cmdai_history::{Source, Store};
use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;
use ratatui::{Terminal, TerminalOptions, Viewport};
use std::error::Error;
use std::fmt::Write as _;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

const WIDTH: u16 = 120;
const HEIGHT: u16 = 40;

/// What is searched for, letter by letter, and taken away as a whole: found everywhere, often, seldom and never.
const SEARCHES: &[&str] = &["git", "docker run", "backup 77", "no such thing", "é"];
const COMMANDS: &[&str] = &[
    "git commit -m 'work on part",
    "docker run --rm -it image",
    "tar czf backup",
    "ssh host uptime",
    "find . -name 'log*' -size +10M",
    "cargo nextest run --workspace",
    "rg pattern src/module",
];

/// Times from each key to the bytes for a terminal, which nobody reads, in a history of about so many entries in the directory `at`.
///
/// # Errors
/// Of the store, or painting failed.
pub fn measure(entries: usize, at: &Path) -> Result<Vec<Duration>, Box<dyn Error>> {
    let mut store = Store::open(at.join("history.db"))?;
    store.import(history(entries).as_bytes(), Source::Bash)?;
    let area = Rect::new(0, 0, WIDTH, HEIGHT);
    let options = TerminalOptions { viewport: Viewport::Fixed(area) };
    let mut terminal = Terminal::with_options(CrosstermBackend::new(io::sink()), options)?;
    let [_, list, ..] = view::parts(area);
    let mut state = State::default();
    search(&store, &mut state)?;
    state.resize(list.height.into());
    let mut times = Vec::new();
    for text in SEARCHES {
        let letters = text.chars().map(|c| (KeyCode::Char(c), KeyModifiers::NONE));
        for (code, modifiers) in
            letters.chain([(KeyCode::Down, KeyModifiers::NONE), (KeyCode::Char('u'), KeyModifiers::CONTROL)])
        {
            let begun = Instant::now();
            let effect = state.update(Event::Key(KeyEvent::new(code, modifiers)));
            settle(&store, &mut state, &mut (effect == super::Effect::Search))?;
            terminal.draw(|frame| view::paint(&state, frame))?;
            times.push(begun.elapsed());
        }
    }
    Ok(times)
}

/// As bash keeps it, with times.
fn history(entries: usize) -> String {
    let mut text = String::new();
    for (number, command) in (0..entries).zip(COMMANDS.iter().cycle()) {
        // Writing to a string does not fail.
        let _ = writeln!(text, "#{}\n{command} {number}", 1_700_000_000 + number * 60);
    }
    text
}

#[cfg(test)]
mod tests {
    /// A bench that finds nothing measures something else.
    #[test]
    fn every_key_is_timed_and_finds_what_is_there() {
        let dir = tempfile::tempdir().unwrap();
        let times = super::measure(500, dir.path()).unwrap();
        assert_eq!(times.len(), super::SEARCHES.iter().map(|text| text.chars().count() + 2).sum::<usize>());
        let store = super::Store::open(dir.path().join("history.db")).unwrap();
        assert!(!store.search(&cmdai_history::SearchQuery::text("backup 77")).unwrap().found.is_empty());
    }
}
