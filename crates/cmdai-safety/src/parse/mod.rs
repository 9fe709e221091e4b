//! Text to [`ir`](crate::ir), per shell language, within limits.
//!
//! First step of an assessment. A language is one function behind [`parse`]; nothing of a parser's own types leaves this module.
//! A linear scan goes first, because the cost of every shell parser grows with nesting (held by `attacks_end_without_overflow_on_a_small_stack`).
//! What is not valid still yields the statements before the error: a shell runs them too.

mod prescan;
mod shuck;
mod shuck_word;
mod cmd;
pub(crate) mod cmd_block;
mod fish;
mod fish_block;
pub(crate) mod powershell;
mod ps_block;
mod ps_token;
mod ps_names;
mod nu;
mod nu_block;
mod nu_control;
mod nu_lower;
mod nu_text;
pub(crate) mod nu_names;

use crate::ir::{Broken, Script, Word};
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
        ShellType::Cmd => cmd_block::parse(text),
        ShellType::Nu => nu::parse(text, true),
    }
}

/// A text of nushell with the words as they were written.
pub(crate) fn nu_as_written(text: &str) -> Script {
    nu::parse(text, false)
}

/// The words of each PowerShell command as they were written, before names are given those of the table.
pub(crate) fn powershell_words(text: &str) -> Vec<Vec<Word>> {
    use ps_token::Piece;
    let mut commands = vec![Vec::new()];
    // A file behind `>` is no command.
    let mut file = false;
    for piece in ps_token::pieces(text) {
        match piece {
            Piece::Word { parts, start, end } => {
                let word = Word { parts, span: shuck::clamp(text, start..end) };
                if std::mem::take(&mut file) {
                    continue;
                }
                commands.iter_mut().last().into_iter().for_each(|words| words.push(word.clone()));
            }
            Piece::Redirect { .. } => file = true,
            _ => commands.push(Vec::new()),
        }
    }
    commands.retain(|words| !words.is_empty());
    commands
}

/// Whether `name` is a command that the reader of this shell gives another name; found at run time only behind a variable.
pub(crate) fn is_own(name: &str, shell: ShellType) -> bool {
    match shell {
        ShellType::PowerShell => {
            let lower = name.to_lowercase();
            name.contains('-') && ps_names::SAME.iter().chain(ps_names::RULED).any(|(cmdlet, _)| *cmdlet == lower)
        }
        ShellType::Cmd => ["rd", "del", "erase", "rmdir", "deltree"].iter().any(|own| name.eq_ignore_ascii_case(own)),
        _ => false,
    }
}

/// The text as a word of the shell.
pub(crate) fn quoted(text: &str, shell: ShellType) -> String {
    let plain = !text.contains(|c: char| c.is_whitespace() || "'\"&|;(){}<>^%$`".contains(c));
    match shell {
        _ if plain => text.to_owned(),
        ShellType::PowerShell => format!("'{}'", text.replace('\'', "''")),
        _ => format!("\"{text}\""),
    }
}
