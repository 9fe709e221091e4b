//! What the full-screen search knows, and what each key does to it. Nothing here touches a terminal or the history.
//!
//! A key changes the state at once; what it takes of the outside comes back as an [`Effect`] for the loop. The ranking stays in
//! memory, so moving and repainting searches nothing.
//! Invariant: the selection is a row of the ranking wherever there is one (`any_keys_leave_a_sound_state`).

use crate::screen::line::Line;
use chrono::{DateTime, Utc};
use cmdai_history::redact::holds_marker;
use cmdai_history::search::Hit;
use cmdai_history::{ExitFilter, Found, SearchMode, SearchQuery};
use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use std::collections::HashMap;
use std::path::PathBuf;
use uuid::Uuid;

/// Where an export goes unless another place is typed.
const EXPORT: &str = "history.ndjson";

/// What the loop is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Effect {
    /// Nothing but to repaint.
    Paint,
    /// The query changed.
    Search,
    /// Leave without a command.
    Quit,
    /// Stop until the shell continues us.
    Suspend,
    /// Leave with a command, to be judged.
    Run(String),
    /// Put it on the clipboard.
    Copy(String),
    /// Delete an entry.
    Delete(Uuid),
    /// Mark it or take the mark off.
    Favourite(Uuid, bool),
    /// Give it these tags and no others.
    Tag(Uuid, Vec<String>),
    /// Write all that fits the query to a file.
    Export(PathBuf),
}

/// What the keys go to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) enum Focus {
    /// The query and the list.
    #[default]
    List,
    /// The command, before it is run.
    Edit(Line),
    /// The tags of an entry.
    Tags(Uuid, Line),
    /// The name of the file to export to.
    Export(Line),
    /// Whether to delete this entry.
    Delete(Uuid),
    /// The list of keys.
    Help,
}

/// Filters that a key goes through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Scope {
    #[default]
    All,
    Here,
    Favourites,
    Failed,
}

/// Everything on the screen.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) query: Line,
    pub(super) mode: SearchMode,
    pub(super) scope: Scope,
    pub(super) focus: Focus,
    /// The ranking, best first.
    pub(super) hits: Vec<Hit>,
    /// Whether nothing was left out of it.
    pub(super) complete: bool,
    /// The entries of rows that were seen.
    pub(super) loaded: HashMap<i64, Found>,
    pub(super) selected: usize,
    /// First row on the screen.
    pub(super) top: usize,
    /// Rows on the screen.
    pub(super) rows: usize,
    /// Said until the next key.
    pub(super) note: Option<String>,
    /// Filters of the command line, and where we are.
    pub(super) base: SearchQuery,
    pub(super) now: DateTime<Utc>,
    pub(super) colour: bool,
}

impl State {
    /// What is to be searched for.
    pub(super) fn search(&self) -> SearchQuery {
        let mut query = self.base.clone();
        self.query.text().clone_into(&mut query.text);
        query.mode = self.mode;
        match self.scope {
            Scope::All => {}
            Scope::Here => query.cwd.clone_from(&query.here),
            Scope::Favourites => query.favourite = Some(true),
            Scope::Failed => query.exit = Some(ExitFilter::Failure),
        }
        query
    }

    /// Takes a new ranking. The selection goes to its best row.
    pub(super) fn show(&mut self, hits: Vec<Hit>, complete: bool, loaded: impl IntoIterator<Item = Found>) {
        self.hits = hits;
        self.complete = complete;
        self.loaded = loaded.into_iter().map(|found| (found.row, found)).collect();
        (self.selected, self.top) = (0, 0);
    }

    /// Rows that are on the screen and were not seen yet.
    pub(super) fn missing(&self) -> Vec<Hit> {
        let visible = self.hits.iter().skip(self.top).take(self.rows.max(1));
        visible.filter(|hit| !self.loaded.contains_key(&hit.row)).copied().collect()
    }

    pub(super) fn current(&self) -> Option<&Found> {
        self.hits.get(self.selected).and_then(|hit| self.loaded.get(&hit.row))
    }

    /// Says how many rows fit.
    pub(super) fn resize(&mut self, rows: usize) {
        self.rows = rows;
        self.scroll();
    }

    pub(super) fn select(&mut self, row: usize) {
        self.selected = row.min(self.hits.len().saturating_sub(1));
        self.scroll();
    }

    fn scroll(&mut self) {
        let rows = self.rows.max(1);
        self.top = self.top.min(self.selected).max((self.selected + 1).saturating_sub(rows));
    }

    /// Whether an event is text that belongs to the query, so that no ranking is needed before it.
    pub(super) fn is_typed(&self, event: &Event) -> bool {
        let plain = |key: &KeyEvent| !key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
        self.focus == Focus::List
            && match event {
                Event::Key(key) => matches!(key.code, KeyCode::Char(_) | KeyCode::Backspace) && plain(key),
                Event::Paste(_) => true,
                _ => false,
            }
    }

    /// Takes an event of the terminal.
    pub(super) fn update(&mut self, event: Event) -> Effect {
        match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => {
                self.note = None;
                self.key(key)
            }
            Event::Paste(text) => self.paste(&text),
            _ => Effect::Paint,
        }
    }

    fn paste(&mut self, text: &str) -> Effect {
        match &mut self.focus {
            Focus::List => {
                self.query.insert(text);
                Effect::Search
            }
            Focus::Edit(line) | Focus::Tags(_, line) | Focus::Export(line) => {
                line.insert(text);
                Effect::Paint
            }
            Focus::Delete(_) | Focus::Help => Effect::Paint,
        }
    }

    fn key(&mut self, key: KeyEvent) -> Effect {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Char('c') if control => return Effect::Quit,
            KeyCode::Char('z') if control => return Effect::Suspend,
            KeyCode::Esc if self.focus == Focus::List => return Effect::Quit,
            KeyCode::Esc => {
                self.focus = Focus::List;
                return Effect::Paint;
            }
            _ => {}
        }
        match std::mem::take(&mut self.focus) {
            Focus::List => self.list_key(key, control),
            Focus::Help => Effect::Paint,
            Focus::Delete(id) if matches!(key.code, KeyCode::Char('y' | 'Y')) => Effect::Delete(id),
            Focus::Delete(_) => self.say("nothing was deleted"),
            Focus::Edit(line) if key.code == KeyCode::Enter => self.run(line.text().to_owned()),
            Focus::Tags(id, line) if key.code == KeyCode::Enter => {
                Effect::Tag(id, line.text().split_whitespace().map(str::to_owned).collect())
            }
            Focus::Export(line) if key.code == KeyCode::Enter && line.text().trim().is_empty() => {
                self.say("nothing was exported")
            }
            Focus::Export(line) if key.code == KeyCode::Enter => Effect::Export(line.text().trim().into()),
            mut focus => {
                if let Focus::Edit(line) | Focus::Tags(_, line) | Focus::Export(line) = &mut focus {
                    line.take(key);
                }
                self.focus = focus;
                Effect::Paint
            }
        }
    }

    fn list_key(&mut self, key: KeyEvent, control: bool) -> Effect {
        let page = self.rows.max(1);
        match key.code {
            KeyCode::Up => self.select(self.selected.saturating_sub(1)),
            KeyCode::Char('p') if control => self.select(self.selected.saturating_sub(1)),
            KeyCode::Down => self.select(self.selected.saturating_add(1)),
            KeyCode::Char('n') if control => self.select(self.selected.saturating_add(1)),
            KeyCode::PageUp => self.select(self.selected.saturating_sub(page)),
            KeyCode::PageDown => self.select(self.selected.saturating_add(page)),
            KeyCode::F(1) => self.focus = Focus::Help,
            KeyCode::Char('o') if control => self.focus = Focus::Export(Line::new(EXPORT)),
            KeyCode::Char('r') if control => {
                self.mode = next_mode(self.mode);
                return Effect::Search;
            }
            KeyCode::Char('s') if control => {
                self.scope = next_scope(self.scope, self.base.here.is_some());
                return Effect::Search;
            }
            KeyCode::Enter => return self.on_command(Self::run),
            KeyCode::Char('y') if control => return self.on_command(|_, command| Effect::Copy(command)),
            KeyCode::Char('e') if control => {
                return self.on_command(|state, command| {
                    state.focus = Focus::Edit(Line::new(&command));
                    Effect::Paint
                });
            }
            KeyCode::Char('x' | 'f' | 't') if control => return self.mark(key.code),
            _ if self.query.take(key) => return Effect::Search,
            _ => {}
        }
        Effect::Paint
    }

    /// Does what a key does to the selected entry.
    fn mark(&mut self, code: KeyCode) -> Effect {
        let Some(found) = self.current() else { return self.say("there is no entry") };
        let (id, favourite) = (found.entry.id, found.entry.favourite);
        match code {
            KeyCode::Char('f') => return Effect::Favourite(id, !favourite),
            KeyCode::Char('t') => self.focus = Focus::Tags(id, Line::new(&found.entry.tags.join(" "))),
            _ => self.focus = Focus::Delete(id),
        }
        Effect::Paint
    }

    fn on_command(&mut self, action: impl FnOnce(&mut Self, String) -> Effect) -> Effect {
        match self.current().map(|found| found.entry.final_command().map(str::to_owned)) {
            Some(Some(command)) => action(self, command),
            Some(None) => self.say("no command came of this request"),
            None => self.say("there is no entry"),
        }
    }

    fn run(&mut self, command: String) -> Effect {
        if holds_marker(&command) {
            self.say("something in it was hidden, so it cannot be run; Ctrl-E edits it")
        } else if command.trim().is_empty() {
            self.say("there is no command")
        } else {
            Effect::Run(command)
        }
    }

    /// Says something until the next key.
    pub(super) fn say(&mut self, note: &str) -> Effect {
        self.note = Some(note.to_owned());
        Effect::Paint
    }
}

const fn next_mode(mode: SearchMode) -> SearchMode {
    match mode {
        SearchMode::Substring => SearchMode::Fuzzy,
        SearchMode::Fuzzy => SearchMode::Prefix,
        SearchMode::Prefix => SearchMode::Regex,
        SearchMode::Regex => SearchMode::Exact,
        SearchMode::Exact => SearchMode::Substring,
    }
}

const fn next_scope(scope: Scope, here: bool) -> Scope {
    match scope {
        Scope::All if here => Scope::Here,
        Scope::All | Scope::Here => Scope::Favourites,
        Scope::Favourites => Scope::Failed,
        Scope::Failed => Scope::All,
    }
}
