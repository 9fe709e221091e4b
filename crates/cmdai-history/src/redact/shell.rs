//! A text as shell commands: words with their places, pipes, here-documents; also inside quotes and substitutions.
//!
//! Not a shell: it never fails, runs in linear time and only needs to be right about which word is an argument of which
//! program. Plain language passes through it too; the rules behind it need a program's name to act.

use super::text::{byte, is_blank, line_end, skip, slice};
use std::ops::Range;

/// Quotes inside quotes that are still looked into.
const DEPTH: usize = 3;

/// One word of a command.
#[derive(Debug, Default, Clone)]
pub(super) struct Word {
    /// Where it stands, quotes included.
    pub(super) span: Range<usize>,
    /// What it says, without quotes and backslashes.
    pub(super) text: String,
    /// Whether one pair of quotes holds all of it.
    pub(super) quoted: bool,
}

impl Word {
    /// Where its content stands: inside its quotes where they hold all of it.
    pub(super) fn content(&self) -> Range<usize> {
        if self.quoted { self.span.start + 1..self.span.end - 1 } else { self.span.clone() }
    }
}

/// A simple command.
#[derive(Debug, Default)]
pub(super) struct Command {
    pub(super) words: Vec<Word>,
    /// Whether what it prints is a file to the command before it: `<(…)`.
    pub(super) substituted: bool,
    /// Whether its standard input is the command before it.
    pub(super) piped: bool,
    /// The word behind `<<<`.
    pub(super) here_string: Option<Word>,
    /// The lines of a here-document.
    pub(super) here_document: Option<Range<usize>>,
}

/// Commands of one level, in order.
#[derive(Debug)]
pub(super) struct Line<'a> {
    pub(super) text: &'a str,
    pub(super) commands: Vec<Command>,
}

/// Calls `look` with the commands of every level of `text`.
pub(super) fn each_command(text: &str, look: &mut dyn FnMut(&Line<'_>)) {
    level(text, 0..text.len(), 0, look);
}

fn level(text: &str, range: Range<usize>, depth: usize, look: &mut dyn FnMut(&Line<'_>)) {
    let mut reader =
        Reader { text, end: range.end, at: range.start, commands: vec![Command::default()], pending: None };
    reader.read();
    let line = Line { text, commands: reader.commands };
    look(&line);
    if depth < DEPTH {
        for word in line.commands.iter().flat_map(|c| &c.words) {
            let inner = word.content();
            // What is quoted and has a blank may be a command of its own, as in `sh -c '…'`.
            if (word.quoted || slice(text, inner.start, inner.end).contains("$(")) && inner.len() > 3 && inner != range
            {
                let start = inner.start;
                if slice(text, start, inner.end).contains([' ', '\t', '\n']) && inner.len() < range.len() {
                    level(text, inner, depth + 1, look);
                }
            }
        }
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    end: usize,
    commands: Vec<Command>,
    /// A here-document that begins with the next line: its last line, whether that may be indented, its command.
    pending: Option<(String, bool, usize)>,
}

impl Reader<'_> {
    fn read(&mut self) {
        while self.at < self.end {
            let b = byte(self.text, self.at);
            match b {
                b'\\' if byte(self.text, self.at + 1) == b'\n' => self.at += 2,
                _ if is_blank(b) || b == b'\r' => self.at += 1,
                b'\n' => {
                    self.at += 1;
                    self.next(false);
                    self.here_document();
                }
                b'|' => {
                    let double = byte(self.text, self.at + 1) == b'|';
                    self.at += 1 + usize::from(double || byte(self.text, self.at + 1) == b'&');
                    self.next(!double);
                }
                b';' | b'&' | b'(' | b')' => {
                    self.at += 1;
                    self.next(false);
                }
                b'<' | b'>' => self.redirection(),
                _ => {
                    let word = self.word();
                    self.push(word);
                }
            }
        }
    }

    fn next(&mut self, piped: bool) {
        let has_words = self.commands.last().is_some_and(|c| !c.words.is_empty());
        if has_words {
            self.commands.push(Command { piped, ..Command::default() });
        } else if let Some(command) = self.commands.last_mut() {
            // Behind a bracket: `(echo X) | program`.
            command.piped |= piped;
        }
    }

    fn push(&mut self, word: Word) {
        if let Some(command) = self.commands.last_mut() {
            command.words.push(word);
        }
    }

    fn redirection(&mut self) {
        let rest = slice(self.text, self.at, self.end);
        if rest.starts_with("<<<") {
            self.at = skip(self.text, self.at + 3, is_blank);
            let word = self.word();
            if let Some(command) = self.commands.last_mut() {
                command.here_string = Some(word);
            }
        } else if rest.starts_with("<<") {
            let dash = rest.starts_with("<<-");
            self.at = skip(self.text, self.at + 2 + usize::from(dash), is_blank);
            let word = self.word();
            if !word.text.is_empty() && word.text.len() < 64 {
                self.pending = Some((word.text, dash, self.commands.len() - 1));
            }
        } else if rest.starts_with("<(") || rest.starts_with(">(") {
            self.at += 2;
            self.next(false);
            if let Some(command) = self.commands.last_mut() {
                command.substituted = rest.starts_with('<');
            }
        } else {
            // The file of a redirection is no argument.
            self.at = skip(self.text, self.at, |b| matches!(b, b'<' | b'>' | b'&' | b'|'));
            self.at = skip(self.text, self.at, is_blank);
            let before = self.at;
            self.word();
            self.at = self.at.max(before);
        }
    }

    fn here_document(&mut self) {
        let Some((end, dash, command)) = self.pending.take() else { return };
        let start = self.at;
        while self.at < self.end {
            let stop = line_end(self.text, self.at).min(self.end);
            let line = slice(self.text, self.at, stop);
            let line = if dash { line.trim_start_matches('\t') } else { line };
            let body = start..self.at;
            self.at = (stop + 1).min(self.end.max(stop));
            if line.trim_end_matches('\r') == end || stop >= self.end {
                let body = if line == end { body } else { start..stop };
                if let Some(command) = self.commands.get_mut(command) {
                    command.here_document = Some(body);
                }
                return;
            }
        }
    }

    /// Reads one word; moves on by one byte at least.
    fn word(&mut self) -> Word {
        let start = self.at;
        let mut text = Vec::new();
        let mut whole_quote = false;
        while self.at < self.end {
            let b = byte(self.text, self.at);
            match b {
                b'\'' | b'"' => {
                    // An apostrophe inside a word of plain language closes nowhere on its line.
                    let close = self.closing(self.at + 1, b);
                    let Some(close) = close else {
                        text.push(b);
                        self.at += 1;
                        continue;
                    };
                    whole_quote = self.at == start;
                    let inner = slice(self.text, self.at + 1, close);
                    text.extend(if b == b'"' { inner.replace("\\\"", "\"") } else { inner.to_owned() }.bytes());
                    self.at = close + 1;
                    whole_quote &= self.at >= self.end || is_end(byte(self.text, self.at));
                }
                b'\\' if self.at + 1 < self.end => {
                    text.push(byte(self.text, self.at + 1));
                    self.at += 2;
                }
                b'$' if byte(self.text, self.at + 1) == b'\'' => {
                    // `$'it\'s'`
                    let mut close = self.at + 2;
                    while close < self.end && byte(self.text, close) != b'\'' {
                        close += 1 + usize::from(byte(self.text, close) == b'\\');
                    }
                    let close = close.min(self.end);
                    text.extend(slice(self.text, self.at + 2, close).bytes());
                    self.at = (close + 1).min(self.end);
                }
                b'$' if byte(self.text, self.at + 1) == b'{' => {
                    let close = skip(self.text, self.at, |b| b != b'}' && b != b'\n').min(self.end - 1);
                    text.extend(slice(self.text, self.at, close + 1).bytes());
                    self.at = close + 1;
                }
                b'$' if byte(self.text, self.at + 1) == b'(' => {
                    // The substitution is read as commands of its own; the word says that one is there.
                    text.extend(b"$(");
                    self.at += 2;
                    break;
                }
                b'`' => {
                    text.extend(b"$(");
                    self.at += 1;
                    break;
                }
                _ if is_end(b) => break,
                _ => {
                    text.push(b);
                    self.at += 1;
                }
            }
        }
        if self.at == start {
            self.at += 1;
        }
        let end = self.at.min(self.end);
        Word {
            span: start..end,
            text: String::from_utf8_lossy(&text).into_owned(),
            quoted: whole_quote && end - start >= 2,
        }
    }

    fn closing(&self, from: usize, quote: u8) -> Option<usize> {
        let mut at = from;
        while at < self.end {
            let b = byte(self.text, at);
            if b == b'\\' && quote == b'"' {
                at += 1;
            } else if b == quote {
                return Some(at);
            }
            at += 1;
        }
        None
    }
}

fn is_end(b: u8) -> bool {
    is_blank(b) || matches!(b, b'\n' | b'\r' | b'|' | b'&' | b';' | b'(' | b')' | b'<' | b'>')
}
