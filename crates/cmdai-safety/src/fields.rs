//! The fields that a word becomes, while it is expanded.
//!
//! Part of [`expand`](crate::expand): quoted text stays in one field, the result of an unquoted expansion is split into several.

use crate::text;
use crate::value::{Arg, MAX_TEXT, Taint, UNKNOWN};

const MAX_FIELDS: usize = 512;

/// Fields under construction: the last one is open.
#[derive(Clone, Default)]
pub(crate) struct Fields {
    pub(crate) done: Vec<Arg>,
    pub(crate) open: Arg,
    /// The open field exists even if it is empty.
    pub(crate) live: bool,
}

impl Fields {
    pub(crate) fn push(&mut self, text: &str, taint: Taint) {
        if self.open.text.len() + text.len() > MAX_TEXT {
            self.open.text = UNKNOWN.to_string();
        } else {
            self.open.text.push_str(text);
        }
        self.open.taint = self.open.taint.with(taint);
        self.live = true;
    }

    /// Adds the result of an unquoted expansion: white space separates fields, globs are live.
    pub(crate) fn push_split(&mut self, text: &str, taint: Taint) {
        if text.is_empty() {
            return;
        }
        for (index, piece) in text.split([' ', '\t', '\n']).enumerate() {
            if index > 0 {
                self.close();
            }
            if !piece.is_empty() {
                self.push(&text::live_globs(piece), taint);
            }
        }
    }

    pub(crate) fn close(&mut self) {
        if self.live && self.done.len() < MAX_FIELDS {
            self.done.push(std::mem::take(&mut self.open));
        }
        self.open = Arg::default();
        self.live = false;
    }
}
