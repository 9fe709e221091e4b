//! nushell: texts in quotes of each kind.

use super::nu::Reader;
use crate::ir::Part;

impl Reader<'_> {
    /// `'…'` and `` `…` ``: the second may hold a pattern.
    pub(super) fn verbatim(&mut self, quote: char) -> Part {
        self.bump();
        let closed = self.rest().split_once(quote);
        let inner = closed.map_or(self.rest(), |(inner, _)| inner).to_owned();
        if closed.is_none() {
            self.breaks("a quote is not closed");
        }
        self.at = (self.at + inner.len() + 1).min(self.text.len());
        if quote == '`' { Part::Bare(inner.replace('\\', "\\\\")) } else { Part::Quoted(inner) }
    }

    /// `r#'…'#`.
    pub(super) fn raw(&mut self) -> Part {
        let marks = self.rest().chars().skip(1).take_while(|c| *c == '#').count();
        let close = format!("'{}", "#".repeat(marks));
        let from = (self.at + marks + 2).min(self.text.len());
        let body = self.text.get(from..).unwrap_or_default();
        let length = body.find(&close);
        if length.is_none() {
            self.breaks("a quote is not closed");
        }
        let inner = body.get(..length.unwrap_or(body.len())).unwrap_or_default().to_owned();
        self.at = (from + inner.len() + close.len()).min(self.text.len());
        Part::Quoted(inner)
    }

    /// `"…"`.
    pub(super) fn escaped(&mut self) -> String {
        self.bump();
        let mut out = String::new();
        loop {
            match self.bump() {
                None => {
                    self.breaks("a quote is not closed");
                    return out;
                }
                Some('"') => return out,
                Some('\\') => out.extend(self.escape()),
                Some(other) => out.push(other),
            }
        }
    }

    fn escape(&mut self) -> Option<char> {
        Some(match self.bump()? {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'e' => '\u{1b}',
            'a' => '\u{7}',
            'u' if self.eat("{") => {
                let (digits, _) = self.rest().split_once('}')?;
                let code = u32::from_str_radix(digits, 16).ok().and_then(char::from_u32);
                self.at += digits.len() + 1;
                code?
            }
            other => other,
        })
    }

    /// `$"… (…) …"`, `$'… (…) …'`.
    pub(super) fn interpolated(&mut self) -> Part {
        let quote = self.bump().unwrap_or('"');
        let (mut parts, mut out) = (Vec::new(), String::new());
        loop {
            match self.peek() {
                None => {
                    self.breaks("a quote is not closed");
                    break;
                }
                Some('(') => {
                    parts.push(Part::Quoted(std::mem::take(&mut out)));
                    parts.push(self.brackets());
                }
                Some(c) => {
                    self.bump();
                    match c {
                        c if c == quote => break,
                        '\\' if quote == '"' => out.extend(self.escape()),
                        c => out.push(c),
                    }
                }
            }
        }
        parts.push(Part::Quoted(out));
        Part::Double(parts)
    }
}
