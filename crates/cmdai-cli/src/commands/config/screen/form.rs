//! One row of a table, column by column; below that of a pattern, a command to try it on, which is not part of the row.

use super::editor::one_line;
use crate::screen::line::Line;
use cmdai_config::schema::{Column, Kind};
use cmdai_config::{Row, Value};
use crossterm::event::{KeyCode, KeyEvent};

/// The columns of a row while they are typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Form {
    pub(super) fields: Vec<Field>,
    /// The field that is typed in; the one behind the last is the command to try.
    pub(super) at: usize,
    /// A command to try the row on, where there is anything to try.
    pub(super) trial: Option<Line>,
    pub(super) problem: Option<String>,
}

/// A column and what is typed in it.
#[derive(Debug, Clone)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) help: &'static str,
    pub(super) words: &'static [&'static str],
    kind: Kind,
    pub(super) line: Line,
}

impl PartialEq for Field {
    fn eq(&self, other: &Self) -> bool {
        (self.name, &self.line) == (other.name, &other.line)
    }
}
impl Eq for Field {}

/// What became of a form.
pub(super) enum Typed {
    /// It takes the next key.
    Stay(Form),
    /// It was left.
    Left,
    /// It is to be taken over.
    Done(Form),
}

impl Form {
    /// A row to change, or a new one.
    pub(super) fn new(columns: &'static [Column], row: Option<&Row>, can_be_tried: bool) -> Result<Self, String> {
        let field = |column: &'static Column| {
            let words = if let Kind::Choice(words) = column.kind { words } else { &[] };
            let first = words.first().copied().unwrap_or_default();
            let text = row.and_then(|row| row.get(column.name)).map_or(first, String::as_str);
            one_line(text).map(|line| Field { name: column.name, help: column.help, words, kind: column.kind, line })
        };
        let fields = columns.iter().map(field).collect::<Result<_, _>>()?;
        Ok(Self { fields, at: 0, trial: can_be_tried.then(Line::default), problem: None })
    }

    /// What is typed.
    pub(super) fn row(&self) -> Row {
        let text = |field: &Field| (field.name.to_owned(), field.line.text().trim().to_owned());
        self.fields.iter().map(text).collect()
    }

    /// Whether each column is what it takes; the first that is not is where the typing goes on.
    pub(super) fn check(&mut self) -> Result<(), String> {
        let is_wrong = |field: &Field| {
            let text = Value::Text(field.line.text().trim().to_owned());
            field.kind.check(&text).is_err()
        };
        let Some(at) = self.fields.iter().position(is_wrong) else { return Ok(()) };
        self.at = at;
        let expected = |field: &Field| format!("`{}`: expected {}", field.name, field.kind.accepted());
        Err(self.fields.get(at).map(expected).unwrap_or_default())
    }

    pub(super) fn paste(&mut self, text: &str) {
        if let Some(field) = self.fields.get_mut(self.at) {
            if field.words.is_empty() {
                field.line.insert(text);
            }
        } else if let Some(line) = &mut self.trial {
            line.insert(text);
        }
    }

    /// How many lines can be typed in.
    pub(super) const fn lines(&self) -> usize {
        self.fields.len() + self.trial.is_some() as usize
    }

    pub(super) fn key(mut self, pressed: KeyEvent) -> Typed {
        self.problem = None;
        let last = self.lines().saturating_sub(1);
        match pressed.code {
            KeyCode::Esc => return Typed::Left,
            KeyCode::Enter if self.at + 1 >= self.fields.len() => return Typed::Done(self),
            KeyCode::Enter | KeyCode::Tab | KeyCode::Down => self.at = (self.at + 1).min(last),
            KeyCode::Up | KeyCode::BackTab => self.at = self.at.saturating_sub(1),
            code => {
                if let Some(field) = self.fields.get_mut(self.at) {
                    if field.words.is_empty() {
                        field.line.take(pressed);
                    } else {
                        field.cycle(code);
                    }
                } else if let Some(line) = &mut self.trial {
                    line.take(pressed);
                }
            }
        }
        Typed::Stay(self)
    }
}

impl Field {
    fn cycle(&mut self, code: KeyCode) {
        let count = self.words.len();
        let now = self.words.iter().position(|word| *word == self.line.text()).unwrap_or_default();
        let next = match code {
            KeyCode::Left => (now + count - 1) % count.max(1),
            KeyCode::Right | KeyCode::Char(' ') => (now + 1) % count.max(1),
            _ => now,
        };
        if let Some(word) = self.words.get(next) {
            self.line = Line::new(word);
        }
    }
}
