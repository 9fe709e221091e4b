//! Reads the histories of bash, zsh and fish.

use super::{Item, LONGEST, Maker, Sink, next_line};
use crate::error::HistoryError;
use chrono::{DateTime, Utc};
use cmdai_core::request::ShellType;
use std::io::BufRead;

/// A command that is being put together from lines.
#[derive(Default)]
struct Open {
    line: u64,
    time: Option<DateTime<Utc>>,
    text: Vec<u8>,
}

impl Open {
    /// Hands the command on, unless there is none.
    fn close(&mut self, maker: &mut Maker, sink: &mut Sink<'_>) -> Result<(), HistoryError> {
        let done = std::mem::take(self);
        let item = match std::str::from_utf8(&done.text) {
            Ok(text) if text.trim().is_empty() => return Ok(()),
            Ok(text) if text.len() > LONGEST => Item::bad(done.line, "too long"),
            Ok(text) => Item::Entry(Box::new(maker.entry(done.time, text.trim_end_matches('\n')))),
            Err(_) => Item::bad(done.line, "not UTF-8"),
        };
        sink(item)
    }
}

fn time(seconds: &str) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(seconds.parse().ok()?, 0)
}

/// With times, a line `#1700000000` begins a command of one or more lines; without, each line is one.
pub(super) fn bash(input: &mut dyn BufRead, sink: &mut Sink<'_>) -> Result<(), HistoryError> {
    let mut maker = Maker::new("bash", ShellType::Bash);
    let mut open = Open::default();
    let (mut line, mut number, mut timed) = (Vec::new(), 0, false);
    while next_line(input, &mut line)? {
        number += 1;
        let stamp =
            std::str::from_utf8(&line).ok().and_then(|l| l.strip_prefix('#')).filter(|l| l.len() >= 9).and_then(time);
        if stamp.is_some() {
            open.close(&mut maker, sink)?;
            (open.time, open.line, timed) = (stamp, number + 1, true);
        } else if timed {
            if !open.text.is_empty() {
                open.text.push(b'\n');
            }
            open.text.extend_from_slice(&line);
        } else {
            (open.line, open.text) = (number, line.clone());
            open.close(&mut maker, sink)?;
        }
    }
    open.close(&mut maker, sink)
}

/// Bytes that zsh cannot write as they are stand behind a mark, with one bit turned.
fn unmetafied(line: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(line.len());
    let mut bytes = line.iter();
    while let Some(b) = bytes.next() {
        match (*b, bytes.as_slice().first()) {
            (0x83, Some(next)) => {
                out.push(next ^ 32);
                bytes.next();
            }
            (b, _) => out.push(b),
        }
    }
    out
}

/// `: 1700000000:3;command`, or the command alone; a line that ends with a backslash goes on.
pub(super) fn zsh(input: &mut dyn BufRead, sink: &mut Sink<'_>) -> Result<(), HistoryError> {
    let mut maker = Maker::new("zsh", ShellType::Zsh);
    let mut open = Open::default();
    let (mut line, mut number, mut goes_on) = (Vec::new(), 0, false);
    while next_line(input, &mut line)? {
        number += 1;
        let bytes = unmetafied(&line);
        let mut text = bytes.as_slice();
        if goes_on {
            open.text.push(b'\n');
        } else {
            open.line = number;
            if let Some((stamp, rest)) = extended(text) {
                (open.time, text) = (Some(stamp), rest);
            }
        }
        let slashes = text.iter().rev().take_while(|b| **b == b'\\').count();
        goes_on = slashes % 2 == 1;
        let kept = if goes_on { text.split_last().map_or(text, |(_, kept)| kept) } else { text };
        open.text.extend_from_slice(kept);
        if !goes_on {
            open.close(&mut maker, sink)?;
        }
    }
    open.close(&mut maker, sink)
}

/// The time and the command. How long it took is left: without the way it ended that is no run this history could tell of.
fn extended(line: &[u8]) -> Option<(DateTime<Utc>, &[u8])> {
    let rest = line.strip_prefix(b": ")?;
    let end = rest.iter().position(|b| *b == b';')?;
    let (head, command) = (std::str::from_utf8(rest.get(..end)?).ok()?, rest.get(end + 1..)?);
    let (stamp, elapsed) = head.trim().split_once(':')?;
    elapsed.trim().parse::<u64>().ok()?;
    Some((time(stamp.trim())?, command))
}

/// `- cmd: text` and `  when: 1700000000`; in the text `\n` and `\\` are escapes.
pub(super) fn fish(input: &mut dyn BufRead, sink: &mut Sink<'_>) -> Result<(), HistoryError> {
    let mut maker = Maker::new("fish", ShellType::Fish);
    let mut open = Open::default();
    let (mut line, mut number) = (Vec::new(), 0);
    while next_line(input, &mut line)? {
        number += 1;
        if let Some(text) = line.strip_prefix(b"- cmd: ") {
            open.close(&mut maker, sink)?;
            (open.line, open.text) = (number, unescaped(text));
        } else if let Some(stamp) = line.strip_prefix(b"  when: ") {
            open.time = std::str::from_utf8(stamp).ok().and_then(|s| time(s.trim()));
        } else if !line.is_empty() && !line.starts_with(b"  ") && !line.starts_with(b"- ") {
            sink(Item::bad(number, "neither a command nor a part of one"))?;
        }
    }
    open.close(&mut maker, sink)
}

fn unescaped(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.iter();
    while let Some(b) = bytes.next() {
        match (*b, bytes.as_slice().first()) {
            (b'\\', Some(b'n')) => {
                out.push(b'\n');
                bytes.next();
            }
            (b'\\', Some(b'\\')) => {
                out.push(b'\\');
                bytes.next();
            }
            (b, _) => out.push(b),
        }
    }
    out
}
