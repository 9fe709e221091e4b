//! A line of text that is edited key by key.
//!
//! Invariant: the cursor stands between two characters (`any_keys_leave_a_sound_state`).

use crate::terminal::one_line;
use console::measure_text_width;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// Most characters taken; more is no search and no tag.
const LONGEST: usize = 4096;

/// Text and a place in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Line {
    text: String,
    /// In bytes.
    cursor: usize,
}

impl Line {
    /// With the cursor at the end.
    pub(crate) fn new(text: &str) -> Self {
        let mut line = Self::default();
        line.insert(text);
        line
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// What stands before the cursor, and what behind.
    pub(crate) fn halves(&self) -> (&str, &str) {
        self.text.split_at_checked(self.cursor).unwrap_or((&self.text, ""))
    }

    /// Puts a text in. Line ends become spaces, other control characters go.
    pub(crate) fn insert(&mut self, text: &str) {
        let room = LONGEST.saturating_sub(self.text.chars().count());
        let one_line = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c });
        let clean: String = one_line.filter(|c| !c.is_control()).take(room).collect();
        self.text.insert_str(self.cursor, &clean);
        self.cursor += clean.len();
    }

    /// Takes a key; tells whether the text changed. Keys that edit nothing are left alone.
    pub(crate) fn take(&mut self, key: KeyEvent) -> bool {
        let before = self.text.len();
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Char('u') if control => drop(self.text.drain(..std::mem::take(&mut self.cursor))),
            KeyCode::Char('k') if control => self.text.truncate(self.cursor),
            KeyCode::Char('w') if control => self.erase_word(),
            KeyCode::Char('a') if control => self.cursor = 0,
            KeyCode::Char('b') if control => self.left(),
            KeyCode::Char(_) if control || key.modifiers.contains(KeyModifiers::ALT) => {}
            KeyCode::Char(c) => self.insert(c.encode_utf8(&mut [0; 4])),
            KeyCode::Backspace => {
                let end = self.cursor;
                self.left();
                self.text.drain(self.cursor..end);
            }
            KeyCode::Delete => {
                let start = self.cursor;
                self.right();
                self.text.drain(start..self.cursor);
                self.cursor = start;
            }
            KeyCode::Left => self.left(),
            KeyCode::Right => self.right(),
            KeyCode::Home => self.cursor = 0,
            KeyCode::End => self.cursor = self.text.len(),
            _ => {}
        }
        self.text.len() != before
    }

    fn left(&mut self) {
        let width = self.halves().0.chars().next_back().map_or(0, char::len_utf8);
        self.cursor -= width;
    }

    fn right(&mut self) {
        let width = self.halves().1.chars().next().map_or(0, char::len_utf8);
        self.cursor += width;
    }

    fn erase_word(&mut self) {
        let before = self.halves().0.trim_end();
        let start = before
            .rfind(char::is_whitespace)
            .map_or(0, |at| at + before.get(at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8));
        self.text.drain(start..self.cursor);
        self.cursor = start;
    }
}

/// The part of a line around its cursor that fits, and the column of the cursor in it.
pub(crate) fn window(input: &Line, width: usize) -> (String, usize) {
    let (before, after) = input.halves();
    let (before, after) = (one_line(before), one_line(after));
    let room = width.saturating_sub(1);
    let mut start = before.len();
    let mut used = 0;
    for (at, c) in before.char_indices().rev() {
        let wide = measure_text_width(c.encode_utf8(&mut [0; 4]));
        if used + wide > room {
            break;
        }
        used += wide;
        start = at;
    }
    (format!("{}{after}", before.get(start..).unwrap_or_default()), used)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_edited_by_character_and_by_word() {
        let mut line = Line::new("git commit 🦀é");
        let control = |c| KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL);
        let plain = |code| KeyEvent::new(code, KeyModifiers::NONE);
        for (key, expected) in [
            (plain(KeyCode::Backspace), "git commit 🦀|"),
            (plain(KeyCode::Left), "git commit |🦀"),
            (plain(KeyCode::Char('x')), "git commit x|🦀"),
            (control('w'), "git commit |🦀"),
            (plain(KeyCode::Delete), "git commit |"),
            (control('w'), "git |"),
            (plain(KeyCode::Home), "|git "),
            (plain(KeyCode::Backspace), "|git "),
            (plain(KeyCode::End), "git |"),
            (control('u'), "|"),
        ] {
            line.take(key);
            let (before, after) = line.halves();
            assert_eq!(format!("{before}|{after}"), expected, "{key:?}");
        }
        line.insert("a\nb\u{1b}\tc");
        assert_eq!(line.text(), "a b c");
    }
}
