//! Which words of a command are another command.
//!
//! Under [`super`]; the options of wrappers come from the table that the judgement uses.

use super::Word;
use crate::carriers::{SSH_VALUED, XARGS_VALUED};
use crate::opts;
use crate::value::Arg;
use std::ops::Range;

/// A command within the words of another.
pub(super) struct Carried {
    pub(super) range: Range<usize>,
    /// The words are a shell text.
    pub(super) text: bool,
    pub(super) more: bool,
    pub(super) elsewhere: bool,
}

/// The commands within `words`, by the grammar of the program that carries them.
pub(super) fn carried(words: &[Word]) -> Vec<Carried> {
    let Some(name) = words.first().and_then(Word::exact) else { return Vec::new() };
    let name = name.rsplit('/').next().unwrap_or(name);
    let all = words.len();
    let start = |valued: &[&str]| leading(words, valued);
    let one = |range: Range<usize>, text, more, elsewhere| {
        if range.start < range.end { vec![Carried { range, text, more, elsewhere }] } else { Vec::new() }
    };
    match name {
        "find" | "gfind" => executed(words),
        "xargs" | "gxargs" => one(start(XARGS_VALUED)..all, false, true, false),
        "bash" | "sh" | "zsh" | "dash" | "ksh" => {
            let flag = words.iter().skip(1).position(|w| {
                w.text.starts_with('-') && !w.text.starts_with("--") && w.text.len() <= 4 && w.text.ends_with('c')
            });
            let at = flag.map_or(all, |at| at + 2);
            one(at..all.min(at + 1), true, false, false)
        }
        "eval" => one(1..all, all == 2, false, false),
        "ssh" => {
            let host = start(SSH_VALUED);
            one((host + 1).min(all)..all, all == host + 2, false, true)
        }
        _ => {
            let Some((valued, skip, text)) = crate::wrappers::grammar(name) else { return Vec::new() };
            let queries = name == "command" && words.get(1).is_some_and(|w| matches!(w.text.as_str(), "-v" | "-V"));
            if queries {
                return Vec::new();
            }
            let mut at = start(valued) + skip;
            while words.get(at).is_some_and(|w| is_assignment(&w.text)) {
                at += 1;
            }
            one(at.min(all)..all, text && at + 1 == all, false, name == "chroot")
        }
    }
}

/// Index of the first operand.
fn leading(words: &[Word], valued: &[&str]) -> usize {
    let args: Vec<Arg> = words.iter().skip(1).map(|w| Arg::known(w.text.clone(), w.span.clone())).collect();
    1 + opts::parse_leading(&args, valued).1
}

fn is_assignment(text: &str) -> bool {
    text.split_once('=').is_some_and(|(name, _)| {
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    })
}

/// What stands behind `-exec` and its like.
fn executed(words: &[Word]) -> Vec<Carried> {
    let mut out = Vec::new();
    let mut at = 1;
    while let Some(word) = words.get(at) {
        at += 1;
        if !matches!(word.text.as_str(), "-exec" | "-execdir" | "-ok" | "-okdir") {
            continue;
        }
        let rest = words.get(at..).unwrap_or_default();
        let length = rest.iter().position(|w| matches!(w.text.as_str(), ";" | "+")).unwrap_or(rest.len());
        if length > 0 {
            out.push(Carried { range: at..at + length, text: false, more: true, elsewhere: false });
        }
        at += length;
    }
    out
}
