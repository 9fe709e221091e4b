//! What the settings screen knows, and what each key does to it. Nothing here touches a terminal, a disk or a network.
//!
//! A key changes the state at once; what it takes of the outside comes back as an [`Effect`] for the loop, and what came of that is told
//! with [`State::saved`] and the like.
//! Invariants: the selection is a row of the list (`any_keys_leave_a_sound_state`); only [`Effect::Save`] leads to writing, and it comes
//! only from the screen that shows the difference (`nothing_is_written_that_was_not_shown`).

use super::book::Book;
use super::editor::{Editor, Next};
use super::items::{self, Item};
use crate::screen::line::Line;
use cmdai_config::schema::Section;
use cmdai_config::{Changed, Key};
use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use std::collections::{BTreeMap, BTreeSet};

/// What the loop is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Effect {
    /// Nothing but to repaint.
    Paint,
    /// Leave.
    Quit,
    /// Stop until the shell continues us.
    Suspend,
    /// Write the draft.
    Save,
    /// Ask a backend for one small command.
    Test(String),
    /// Fetch a model.
    Pull(String),
}

/// What the keys go to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) enum Focus {
    /// The list.
    #[default]
    List,
    /// What is searched for, and which of what is found is chosen.
    Search(Line, usize),
    /// A value.
    Edit(Editor),
    /// Whether to leave what is not saved.
    Quit,
    /// Whether to take a backend out.
    Forget(String),
    /// The difference, before it is written, from this line on.
    Difference(usize),
    /// The file is not what it was.
    Conflict(Box<Changed>),
    /// The list of keys, from this line on.
    Help(usize),
}

/// What a test of a backend came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Tested {
    Running,
    Answered(String),
    Failed(String),
}

/// A model of the catalog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::commands::config) struct Model {
    pub(in crate::commands::config) id: String,
    pub(in crate::commands::config) about: String,
    pub(in crate::commands::config) bytes: u64,
    pub(in crate::commands::config) state: Presence,
}

/// Whether a model is on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::commands::config) enum Presence {
    Here,
    Missing,
    /// It is being fetched; how many percent of it are here.
    Coming(u64),
    /// It could not be fetched.
    Failed(String),
}

/// Everything on the screen.
#[derive(Debug)]
pub(super) struct State {
    pub(super) book: Book,
    pub(super) section: Section,
    pub(super) focus: Focus,
    /// The rows of the section.
    pub(super) items: Vec<Item>,
    pub(super) selected: usize,
    /// First row on the screen.
    pub(super) top: usize,
    /// Rows on the screen.
    pub(super) rows: usize,
    /// Backends that are folded out.
    pub(super) open: BTreeSet<String>,
    pub(super) models: Vec<Model>,
    pub(super) tests: BTreeMap<String, Tested>,
    /// Said until the next key.
    pub(super) note: Option<String>,
    pub(super) colour: bool,
}

impl State {
    pub(super) fn new(book: Book, models: Vec<Model>, colour: bool) -> Self {
        let mut state = Self {
            book,
            section: Section::Backends,
            focus: Focus::default(),
            items: Vec::new(),
            selected: 0,
            top: 0,
            rows: 1,
            open: BTreeSet::new(),
            models,
            tests: BTreeMap::new(),
            note: None,
            colour,
        };
        state.refresh();
        state
    }

    pub(super) fn current(&self) -> Option<&Item> {
        self.items.get(self.selected)
    }

    /// What is found, while something is searched for.
    pub(super) fn found(&self) -> Vec<(Section, Item)> {
        match &self.focus {
            Focus::Search(line, _) => items::search(line.text(), &self.book),
            _ => Vec::new(),
        }
    }

    /// Says how many rows fit.
    pub(super) fn resize(&mut self, rows: usize) {
        self.rows = rows;
        self.scroll();
    }

    pub(super) fn select(&mut self, row: usize) {
        self.selected = row.min(self.items.len().saturating_sub(1));
        self.scroll();
    }

    fn scroll(&mut self) {
        let rows = self.rows.max(1);
        self.top = self.top.min(self.selected).max((self.selected + 1).saturating_sub(rows));
    }

    /// Brings the rows up to the book, keeping the selection on its row where it is still there.
    pub(super) fn refresh(&mut self) {
        let before = self.current().cloned();
        self.items = items::of_section(self.section, &self.book, &self.open, self.models.len());
        let place = before.and_then(|item| self.items.iter().position(|other| *other == item));
        self.select(place.unwrap_or(self.selected));
    }

    fn go_to(&mut self, section: Section, item: &Item) {
        self.section = section;
        if let Item::Setting(key) = item
            && let Some(backend) = key.backend()
        {
            self.open.insert(backend.to_owned());
        }
        self.refresh();
        self.select(self.items.iter().position(|other| other == item).unwrap_or_default());
    }

    /// Says something until the next key.
    pub(super) fn say(&mut self, note: impl Into<String>) -> Effect {
        self.note = Some(note.into());
        Effect::Paint
    }

    /// Takes an event of the terminal.
    pub(super) fn update(&mut self, event: Event) -> Effect {
        match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => {
                self.note = None;
                let effect = self.key(key);
                self.refresh();
                effect
            }
            Event::Paste(text) => {
                match &mut self.focus {
                    Focus::Search(line, at) => {
                        line.insert(&text);
                        *at = 0;
                    }
                    Focus::Edit(editor) => editor.paste(&text),
                    _ => {}
                }
                Effect::Paint
            }
            _ => Effect::Paint,
        }
    }

    fn key(&mut self, key: KeyEvent) -> Effect {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Char('z') if control => return Effect::Suspend,
            // Twice leaves, whatever is not saved.
            KeyCode::Char('c') if control && self.focus == Focus::Quit => return Effect::Quit,
            KeyCode::Char('c') if control => return self.quit(),
            _ => {}
        }
        match std::mem::take(&mut self.focus) {
            Focus::List => return self.list_key(key, control),
            Focus::Search(line, at) => return self.search_key(line, at, key),
            Focus::Edit(editor) => self.edit_key(editor, key),
            Focus::Quit => match key.code {
                KeyCode::Char('y' | 'Y') => return Effect::Quit,
                KeyCode::Char('s' | 'S') => return self.difference(),
                _ => {}
            },
            Focus::Forget(name) => {
                if let KeyCode::Char('y' | 'Y') = key.code {
                    let result = self.book.apply(|draft| draft.unset(&format!("backends.{name}")));
                    self.open.remove(&name);
                    self.told(result);
                }
            }
            Focus::Difference(top) => match key.code {
                KeyCode::Enter | KeyCode::Char('s' | 'y') => return Effect::Save,
                KeyCode::Esc | KeyCode::Char('n' | 'q') => return self.say("nothing was written"),
                code => self.focus = Focus::Difference(scrolled(top, self.book.draft().diff().len(), self.rows, code)),
            },
            Focus::Conflict(changed) => return self.conflict_key(changed, key.code),
            Focus::Help(top) => match key.code {
                KeyCode::Esc | KeyCode::Enter | KeyCode::Char('q' | '?') => {}
                code => self.focus = Focus::Help(scrolled(top, super::view::HELP.len(), self.rows, code)),
            },
        }
        Effect::Paint
    }

    fn list_key(&mut self, key: KeyEvent, control: bool) -> Effect {
        let page = self.rows.max(1);
        match key.code {
            KeyCode::Char('r') if control => return self.redo(),
            KeyCode::Char('s') if control => return self.difference(),
            _ if control || key.modifiers.contains(KeyModifiers::ALT) => {}
            KeyCode::Up | KeyCode::Char('k') => self.select(self.selected.saturating_sub(1)),
            KeyCode::Down | KeyCode::Char('j') => self.select(self.selected + 1),
            KeyCode::PageUp => self.select(self.selected.saturating_sub(page)),
            KeyCode::PageDown => self.select(self.selected.saturating_add(page)),
            KeyCode::Home => self.select(0),
            KeyCode::End => self.select(usize::MAX),
            KeyCode::Tab | KeyCode::Right | KeyCode::Char('l') => self.turn(1),
            KeyCode::BackTab | KeyCode::Left | KeyCode::Char('h') => self.turn(Section::ALL.len() - 1),
            KeyCode::Char(digit @ '1'..='8') => {
                let number = digit.to_digit(10).and_then(|number| usize::try_from(number).ok()).unwrap_or(1);
                self.show(Section::ALL.get(number - 1).copied().unwrap_or(self.section));
            }
            KeyCode::Enter => return self.activate(false),
            KeyCode::Char(' ') => return self.activate(true),
            KeyCode::Char('/') => self.focus = Focus::Search(Line::default(), 0),
            KeyCode::Char('?') | KeyCode::F(1) => self.focus = Focus::Help(0),
            KeyCode::Char('u') if !self.book.undo() => return self.say("there is nothing to undo"),
            KeyCode::Char('u') => return self.say("undone; ^R does it again"),
            KeyCode::Char('d') | KeyCode::Delete => return self.reset(),
            KeyCode::Char('a') if self.section == Section::Backends => self.ask_name(),
            KeyCode::Char('t') => return self.test(),
            KeyCode::Char('p') if self.section == Section::Models => return self.pull(),
            KeyCode::Char('s') => return self.difference(),
            KeyCode::Char('q') => return self.quit(),
            KeyCode::Esc => return self.say("q quits"),
            _ => {}
        }
        Effect::Paint
    }

    fn redo(&mut self) -> Effect {
        let done = self.book.redo();
        self.say(if done { "done again" } else { "there is nothing to do again" })
    }

    fn turn(&mut self, by: usize) {
        let at = Section::ALL.iter().position(|section| *section == self.section).unwrap_or_default();
        self.show(Section::ALL.iter().cycle().nth(at + by).copied().unwrap_or(self.section));
    }

    fn show(&mut self, section: Section) {
        self.section = section;
        (self.selected, self.top) = (0, 0);
        self.items = items::of_section(self.section, &self.book, &self.open, self.models.len());
    }

    fn search_key(&mut self, mut line: Line, at: usize, key: KeyEvent) -> Effect {
        let found = items::search(line.text(), &self.book);
        let last = found.len().saturating_sub(1);
        let at = match key.code {
            KeyCode::Esc => return Effect::Paint,
            KeyCode::Enter => {
                let Some((section, item)) = found.get(at) else { return self.say("nothing is found") };
                self.go_to(*section, item);
                return Effect::Paint;
            }
            KeyCode::Up | KeyCode::BackTab => at.saturating_sub(1),
            KeyCode::Down | KeyCode::Tab => (at + 1).min(last),
            _ if line.take(key) => 0,
            _ => at,
        };
        self.focus = Focus::Search(line, at);
        Effect::Paint
    }

    fn edit_key(&mut self, editor: Editor, pressed: KeyEvent) {
        let key = match &editor {
            Editor::Line { key, .. } | Editor::Pick { key, .. } if pressed.code == KeyCode::Enter => Some(key.clone()),
            _ => None,
        };
        match editor.key(pressed, &mut self.book) {
            Next::Stay(editor) => self.focus = Focus::Edit(editor),
            Next::Done => {
                if let Some(key) = key {
                    self.staged(&key, Ok(()));
                }
            }
            Next::Named(name) => {
                self.open.insert(name.clone());
                if let Ok(key) = Key::parse(&format!("backends.{name}.model")) {
                    self.go_to(Section::Backends, &Item::Setting(key));
                }
                self.say("now it needs a model, and an address if it is not Ollama on this machine");
            }
        }
    }

    /// Takes what a backend answered.
    pub(super) fn tested(&mut self, name: String, result: Tested) {
        self.tests.insert(name, result);
    }

    /// Takes how far a model is.
    pub(super) fn pulled(&mut self, id: &str, state: Presence) {
        if let Some(model) = self.models.iter_mut().find(|model| model.id == id) {
            model.state = state;
        }
    }
}

/// The first line on the screen after a key.
fn scrolled(top: usize, lines: usize, rows: usize, code: KeyCode) -> usize {
    let page = rows.max(1);
    let last = lines.saturating_sub(page);
    match code {
        KeyCode::Up | KeyCode::Char('k') => top.saturating_sub(1),
        KeyCode::Down | KeyCode::Char('j') => top.saturating_add(1),
        KeyCode::PageUp => top.saturating_sub(page),
        KeyCode::PageDown => top.saturating_add(page),
        KeyCode::Home => 0,
        KeyCode::End => last,
        _ => top,
    }
    .min(last)
}
