//! Text to [`ir`](crate::ir), per shell language, within limits.
//!
//! First step of an assessment. A language is one function behind [`parse`]; nothing of a parser's own types leaves this module.
//! A linear scan goes first, because the cost of every shell parser grows with nesting (held by `attacks_end_without_overflow_on_a_small_stack`).
//! What is not valid still yields the statements before the error: a shell runs them too.

mod prescan;
mod shuck;
mod shuck_word;
pub(crate) mod cmd;
mod fish;
mod fish_block;
pub(crate) mod powershell;
mod ps_token;
mod ps_names;

use crate::ir::{Broken, Script};
use cmdai_core::request::ShellType;

/// Longest text that is read, in bytes.
pub(crate) const MAX_BYTES: usize = 64 * 1024;

/// Reads `text` as `shell` would.
pub(crate) fn parse(text: &str, shell: ShellType) -> Script {
    if let Some(reason) = prescan::refuse(text, shell) {
        return Script { body: Vec::new(), broken: Some(Broken { reason, rest: 0..text.len(), limit: true }) };
    }
    match shell {
        ShellType::Bash | ShellType::Zsh | ShellType::Sh => shuck::parse(text, shell),
        ShellType::Fish => fish::parse(text),
        ShellType::PowerShell => powershell::parse(text),
        ShellType::Cmd => cmd::parse(text),
    }
}
