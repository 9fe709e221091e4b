//! Words of cmd.exe as they were written, and what is left open in the shells whose readers never fail.
//!
//! Under [`super`]; the judgement gives `del` and its like other names first, which a reader of the text must not see.

use super::Unread;
use crate::ir::{Part, Word as Written};
use cmdai_core::request::ShellType;

/// cmd.exe: words between `&`, `|`, brackets and lines; `"` quotes, `^` escapes.
pub(super) fn cmd_words(text: &str) -> Vec<Vec<Written>> {
    let mut commands = vec![Vec::new()];
    // A file behind `<` or `>` is no command.
    let mut file = false;
    let mut word: Option<(usize, String)> = None;
    let mut quoted = false;
    let mut escaped = false;
    for (at, c) in text.char_indices().chain([(text.len(), '\n')]) {
        let breaks = !quoted && !escaped && matches!(c, '&' | '|' | '(' | ')' | '<' | '>' | '\n');
        if breaks || (!quoted && c.is_whitespace()) || at == text.len() {
            if let (Some((start, text)), Some(last)) = (word.take(), commands.last_mut()) {
                let word = Written { parts: vec![Part::Bare(text.replace('\\', "\\\\"))], span: start..at };
                if !std::mem::take(&mut file) {
                    last.push(word);
                }
            }
            if breaks && matches!(c, '<' | '>') {
                file = true;
            } else if breaks {
                file = false;
                commands.push(Vec::new());
            }
            continue;
        }
        quoted ^= c == '"' && !escaped;
        escaped = c == '^' && !escaped && !quoted;
        let (_, word) = word.get_or_insert((at, String::new()));
        word.extend(Some(c).filter(|c| *c != '"' && !escaped));
    }
    commands.retain(|words| !words.is_empty());
    commands
}

/// The first bracket or quote that is not closed.
pub(super) fn unbalanced(text: &str, shell: ShellType) -> Option<Unread> {
    let mut open: Vec<(usize, char)> = Vec::new();
    let escape = if shell == ShellType::Cmd { '^' } else { '`' };
    let mut skip = false;
    for (at, c) in text.char_indices() {
        if std::mem::take(&mut skip) {
            continue;
        }
        let quote = open.last().map(|(_, c)| *c).filter(|c| matches!(c, '"' | '\''));
        match (c, quote) {
            (c, Some(q)) if c == q => drop(open.pop()),
            (c, q) if c == escape && q != Some('\'') => skip = true,
            ('"', None) => open.push((at, c)),
            ('\'' | '(' | '{', None) if shell == ShellType::PowerShell => open.push((at, c)),
            (')' | '}', None) if shell == ShellType::PowerShell => {
                let opener = if c == ')' { '(' } else { '{' };
                if open.pop().is_none_or(|(_, o)| o != opener) {
                    return Some(Unread { reason: format!("`{c}` closes nothing"), span: at..at + 1 });
                }
            }
            _ => {}
        }
    }
    open.pop().map(|(at, c)| Unread { reason: format!("`{c}` is not closed"), span: at..text.len() })
}
