//! The editors of values, one for each kind. What they take is staged at once, so that undoing takes it back; what is not accepted stays
//! in the editor with the reason beside it.

use super::super::choices::choices;
use super::book::Book;
use super::form::{Form, Typed};
use crate::screen::line::Line;
use cmdai_config::schema::{Column, Form as TextForm, Kind};
use cmdai_config::{Key, Row, Value};
use crossterm::event::{KeyCode, KeyEvent};

/// An editor of one value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Editor {
    /// A number, a time or a text.
    Line { key: Key, line: Line, problem: Option<String> },
    /// The name of a new backend.
    Name { line: Line, problem: Option<String> },
    /// One of some words.
    Pick { key: Key, words: Vec<String>, at: usize },
    /// A list of texts; the place behind the last adds one.
    List { key: Key, items: Vec<String>, at: usize, line: Option<Line>, problem: Option<String> },
    /// The rows of a table; the place behind the last adds one.
    Rows { key: Key, columns: Columns, rows: Vec<Row>, at: usize, form: Option<Form>, problem: Option<String> },
}

/// The columns of a table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Columns(pub(super) &'static [Column]);

impl PartialEq for Columns {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.0, other.0)
    }
}
impl Eq for Columns {}

/// What became of an editor.
pub(super) enum Next {
    /// It takes the next key.
    Stay(Editor),
    /// It is done.
    Done,
    /// A backend of this name is there now.
    Named(String),
}

impl Editor {
    /// The editor for a key, or why there is none.
    pub(super) fn of(key: &Key, book: &Book) -> Result<Self, String> {
        let value = book.begin_with(key);
        let text = value.as_ref().map(ToString::to_string).unwrap_or_default();
        let key = key.clone();
        Ok(match (key.setting().kind, value) {
            (Kind::List(_), value) => {
                let items = if let Some(Value::List(items)) = value { items } else { Vec::new() };
                Self::List { at: items.len(), key, items, line: None, problem: None }
            }
            (Kind::Rows(columns), value) => {
                let rows = if let Some(Value::Rows(rows)) = value { rows } else { Vec::new() };
                let at = if rows.is_empty() { 0 } else { rows.len() - 1 };
                Self::Rows { key, columns: Columns(columns), rows, at, form: None, problem: None }
            }
            (Kind::Choice(_) | Kind::Switch | Kind::Text(TextForm::Backend), _) => {
                let words = choices(&key, book.backends());
                Self::pick(key, words, &text)
            }
            _ => Self::Line { key, line: one_line(&text)?, problem: None },
        })
    }

    fn pick(key: Key, words: Vec<String>, text: &str) -> Self {
        let at = words.iter().position(|word| word == text).unwrap_or_default();
        Self::Pick { key, words, at }
    }

    /// Takes pasted text where text is typed.
    pub(super) fn paste(&mut self, text: &str) {
        match self {
            Self::Line { line, problem, .. } | Self::Name { line, problem } => {
                line.insert(text);
                *problem = None;
            }
            Self::List { line: Some(line), .. } => line.insert(text),
            Self::Rows { form: Some(form), .. } => form.paste(text),
            Self::Pick { .. } | Self::List { .. } | Self::Rows { .. } => {}
        }
    }

    /// Takes a key that is neither Ctrl-C nor Ctrl-Z.
    pub(super) fn key(self, pressed: KeyEvent, book: &mut Book) -> Next {
        match self {
            Self::Line { key, line, .. } => line_key(key, line, pressed, book),
            Self::Name { line, .. } => name_key(line, pressed, book),
            Self::Pick { key, words, at } => pick_key(key, words, at, pressed, book),
            Self::List { key, items, at, line, .. } => list_key(key, items, at, line, pressed, book),
            Self::Rows { key, columns, rows, at, form, .. } => rows_key(key, columns, rows, at, form, pressed, book),
        }
    }
}

/// A text as it can be edited here.
pub(super) fn one_line(text: &str) -> Result<Line, String> {
    let line = Line::new(text);
    // What the line would lose must not be lost by looking at it.
    if line.text() == text { Ok(line) } else { Err("it has several lines; `cmdai config edit` changes it".to_owned()) }
}

fn line_key(key: Key, mut line: Line, pressed: KeyEvent, book: &mut Book) -> Next {
    match pressed.code {
        KeyCode::Esc => Next::Done,
        KeyCode::Enter => match book.set(&key, line.text()) {
            Ok(()) => Next::Done,
            Err(problem) => Next::Stay(Editor::Line { key, line, problem: Some(problem) }),
        },
        _ => {
            line.take(pressed);
            Next::Stay(Editor::Line { key, line, problem: None })
        }
    }
}

fn name_key(mut line: Line, pressed: KeyEvent, book: &mut Book) -> Next {
    match pressed.code {
        KeyCode::Esc => Next::Done,
        KeyCode::Enter => {
            let name = line.text().trim().to_owned();
            let key = format!("backends.{name}.kind");
            let problem = if book.backends().contains(&name) {
                "there is a backend of this name".to_owned()
            } else {
                match cmdai_config::Key::parse(&key) {
                    Ok(key) => match book.set(&key, "ollama") {
                        Ok(()) => return Next::Named(name),
                        Err(problem) => problem,
                    },
                    Err(_) => "letters, digits and `-` are accepted, and neither auto nor embedded".to_owned(),
                }
            };
            Next::Stay(Editor::Name { line, problem: Some(problem) })
        }
        _ => {
            line.take(pressed);
            Next::Stay(Editor::Name { line, problem: None })
        }
    }
}

fn pick_key(key: Key, words: Vec<String>, at: usize, pressed: KeyEvent, book: &mut Book) -> Next {
    let last = words.len().saturating_sub(1);
    let at = match pressed.code {
        KeyCode::Esc => return Next::Done,
        KeyCode::Enter | KeyCode::Char(' ') => {
            // They are all accepted.
            let _ = words.get(at).map(|word| book.set(&key, word));
            return Next::Done;
        }
        KeyCode::Up | KeyCode::Char('k') => at.checked_sub(1).unwrap_or(last),
        KeyCode::Down | KeyCode::Char('j') => {
            if at >= last {
                0
            } else {
                at + 1
            }
        }
        KeyCode::Home => 0,
        KeyCode::End => last,
        KeyCode::Char(c) => {
            let begins = |word: &&String| word.starts_with(c);
            words.iter().find(begins).and_then(|found| words.iter().position(|word| word == found)).unwrap_or(at)
        }
        _ => at,
    };
    Next::Stay(Editor::Pick { key, words, at })
}

fn list_key(
    key: Key,
    mut items: Vec<String>,
    mut at: usize,
    line: Option<Line>,
    pressed: KeyEvent,
    book: &mut Book,
) -> Next {
    let mut problem = None;
    let line = match (line, pressed.code) {
        (Some(_), KeyCode::Esc) => None,
        (Some(line), KeyCode::Enter) => {
            let text = line.text().trim().to_owned();
            let mut changed = items.clone();
            match changed.get_mut(at) {
                Some(item) => *item = text,
                None => changed.push(text),
            }
            match book.set_value(&key, Value::List(changed.clone())) {
                Ok(()) => {
                    items = changed;
                    at = (at + 1).min(items.len());
                    None
                }
                Err(why) => {
                    problem = Some(why);
                    Some(line)
                }
            }
        }
        (Some(mut line), _) => {
            line.take(pressed);
            Some(line)
        }
        (None, KeyCode::Esc | KeyCode::Char('q')) => return Next::Done,
        (None, KeyCode::Enter | KeyCode::Char('a')) => {
            if pressed.code == KeyCode::Char('a') {
                at = items.len();
            }
            let text = items.get(at).map(String::as_str).unwrap_or_default();
            one_line(text).map_err(|why| problem = Some(why)).ok()
        }
        (None, KeyCode::Char('K' | 'J' | 'd') | KeyCode::Delete) => {
            let mut changed = items.clone();
            let to = if pressed.code == KeyCode::Char('K') { at.saturating_sub(1) } else { at + 1 };
            match pressed.code {
                KeyCode::Char('K' | 'J') if to < changed.len() && at < changed.len() => changed.swap(at, to),
                KeyCode::Char('d') | KeyCode::Delete if at < changed.len() => drop(changed.remove(at)),
                _ => {}
            }
            if changed != items {
                match book.set_value(&key, Value::List(changed.clone())) {
                    Ok(()) => {
                        at = if changed.len() == items.len() { to } else { at };
                        items = changed;
                    }
                    Err(why) => problem = Some(why),
                }
            }
            None
        }
        (None, code) => {
            at = moved(at, items.len(), code);
            None
        }
    };
    Next::Stay(Editor::List { key, items, at, line, problem })
}

fn rows_key(
    key: Key,
    columns: Columns,
    mut rows: Vec<Row>,
    mut at: usize,
    form: Option<Form>,
    pressed: KeyEvent,
    book: &mut Book,
) -> Next {
    let mut problem = None;
    let form = match (form, pressed.code) {
        (Some(form), _) => match form.key(pressed) {
            Typed::Stay(form) => Some(form),
            Typed::Left => None,
            Typed::Done(mut form) => {
                let mut changed = rows.clone();
                match changed.get_mut(at) {
                    Some(row) => *row = form.row(),
                    None => changed.push(form.row()),
                }
                match form
                    .check()
                    .and_then(|()| checked(&key, &form.row()))
                    .and_then(|()| book.set_value(&key, Value::Rows(changed.clone())))
                {
                    Ok(()) => {
                        rows = changed;
                        None
                    }
                    Err(why) => {
                        form.problem = Some(why);
                        Some(form)
                    }
                }
            }
        },
        (None, KeyCode::Esc | KeyCode::Char('q')) => return Next::Done,
        (None, KeyCode::Enter | KeyCode::Char('a')) => {
            if pressed.code == KeyCode::Char('a') {
                at = rows.len();
            }
            let can_be_tried = super::trial::can_be_tried(&key, book);
            Form::new(columns.0, rows.get(at), can_be_tried).map_err(|why| problem = Some(why)).ok()
        }
        (None, KeyCode::Char('d') | KeyCode::Delete) if at < rows.len() => {
            let mut changed = rows.clone();
            changed.remove(at);
            match book.set_value(&key, Value::Rows(changed.clone())) {
                Ok(()) => rows = changed,
                Err(why) => problem = Some(why),
            }
            None
        }
        (None, code) => {
            at = moved(at, rows.len(), code);
            None
        }
    };
    Next::Stay(Editor::Rows { key, columns, rows, at, form, problem })
}

/// Whether the pattern of a row can be used.
fn checked(key: &Key, row: &Row) -> Result<(), String> {
    let pattern = row.get("pattern").filter(|pattern| !pattern.is_empty());
    pattern.map_or(Ok(()), |pattern| crate::settings::check(&key.to_string(), pattern))
}

/// Another place of a list, of which the one behind the last is one too.
fn moved(at: usize, last: usize, code: KeyCode) -> usize {
    match code {
        KeyCode::Up | KeyCode::Char('k') => at.saturating_sub(1),
        KeyCode::Down | KeyCode::Char('j') => (at + 1).min(last),
        KeyCode::Home | KeyCode::PageUp => 0,
        KeyCode::End | KeyCode::PageDown => last,
        _ => at.min(last),
    }
}
