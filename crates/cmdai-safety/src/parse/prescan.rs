//! A linear look at the text before a parser sees it: size, nesting and what reading it would cost.
//!
//! The price of the parser grows with every open bracket around a byte, so the sum of that is estimated first and a text that
//! would be dear is refused. Quotes, comments, here-documents and `case` patterns are followed, because a bracket in them
//! opens or closes nothing and would hide the others. Where the scan is in doubt it counts too much: that refuses, it never
//! lets pass.

use super::MAX_BYTES;
use cmdai_core::request::ShellType;

const MAX_WORDS: usize = 16 * 1024;
/// Brackets of all kinds, quoted or not.
const MAX_BRACKETS: usize = 4096;
const MAX_OPEN: usize = 24;
/// `${…}` in `${…}`: the parser reads the inner ones many times.
const MAX_PARAMETERS: usize = 6;
/// Substitutions that one comment, or one text in single quotes, may hold open: where the parser sees no comment and no quotes, they nest.
const MAX_HIDDEN: usize = 12;
/// Operators a chain may hold before parsers become slow or deep.
const MAX_OPERATORS: usize = 900;
/// Prefixes such as `time` that nest without a bracket.
const MAX_PREFIXES: usize = 16;
const MAX_HEREDOCS: usize = 64;
const MAX_BACKTICKS: usize = 200;
/// Sum over all bytes of the brackets that are open around them.
const MAX_COST: usize = 100_000;

/// What is open. Within `"…"` and here-documents only substitutions open anything.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    /// `(`, `$(`, `<(`, `((`.
    Round,
    Brace,
    Square,
    Parameter,
    Backtick,
    Double,
    Heredoc,
    If,
    Loop,
    Case,
}

#[derive(Default)]
struct Scan<'a> {
    text: &'a str,
    at: usize,
    open: Vec<Open>,
    parameters: usize,
    words: usize,
    operators: usize,
    backticks: usize,
    prefixes: usize,
    cost: usize,
    /// Here-documents that begin with the next line: delimiter, and whether the shell expands the body.
    heredocs: Vec<(&'a str, bool)>,
    /// The delimiter of the here-document at hand.
    delimiter: &'a str,
    /// A command may begin here.
    command: bool,
    /// A single quote is not closed.
    unclosed: bool,
    /// Most substitutions that what this scan passes over holds open.
    hidden: usize,
}

/// Why this text is not given to a parser, or nothing.
pub(super) fn refuse(text: &str, shell: ShellType) -> Option<String> {
    if text.len() > MAX_BYTES {
        return Some(format!("it is longer than {MAX_BYTES} bytes"));
    }
    if text.split_ascii_whitespace().take(MAX_WORDS + 1).count() > MAX_WORDS {
        return Some(format!("it has more than {MAX_WORDS} words"));
    }
    if text.bytes().filter(|b| matches!(b, b'(' | b'[' | b'{' | b'`')).count() > MAX_BRACKETS {
        return Some(format!("it has more than {MAX_BRACKETS} brackets"));
    }
    // The readers for the other shells are ours and limit themselves.
    if matches!(shell, ShellType::Fish | ShellType::PowerShell | ShellType::Cmd | ShellType::Nu) {
        return None;
    }
    Scan { text, command: true, ..Scan::default() }.run()
}

impl Scan<'_> {
    fn byte(&self, ahead: usize) -> Option<u8> {
        self.text.as_bytes().get(self.at + ahead).copied()
    }

    fn run(mut self) -> Option<String> {
        while self.at < self.text.len() {
            let before = self.at;
            self.step();
            let depth = self.open.len() + 4 * self.parameters * self.parameters;
            self.cost += (self.at - before) * depth;
            if let Some(reason) = self.over() {
                return Some(reason);
            }
        }
        let open = self.open.iter().any(|o| !matches!(o, Open::Square | Open::Brace));
        let substitutions = || self.text.matches("${").count() + self.text.matches("$(").count();
        // Where something stays open the parser may see other quotes than this scan, so nothing counts as closed.
        ((open || self.unclosed) && substitutions() > MAX_OPEN)
            .then(|| format!("brackets or quotes stay open, with more than {MAX_OPEN} expansions"))
    }

    fn over(&self) -> Option<String> {
        let brackets = self.open.iter().filter(|o| **o != Open::Double).count();
        if brackets > MAX_OPEN {
            return Some(format!("brackets are nested {brackets} deep, the limit is {MAX_OPEN}"));
        }
        if self.parameters > MAX_PARAMETERS {
            return Some(format!("`${{` is nested more than {MAX_PARAMETERS} deep"));
        }
        if self.operators > MAX_OPERATORS {
            return Some(format!("it chains more than {MAX_OPERATORS} commands"));
        }
        if self.prefixes > MAX_PREFIXES || self.heredocs.len() > MAX_HEREDOCS || self.backticks > MAX_BACKTICKS {
            return Some("it repeats the same prefix, here-document or backtick too often".to_owned());
        }
        if self.hidden > MAX_HIDDEN {
            return Some(format!("a comment or a quoted text opens more than {MAX_HIDDEN} expansions"));
        }
        (self.cost > MAX_COST).then(|| "it is nested too much for its length".to_owned())
    }

    fn push(&mut self, open: Open) {
        self.parameters += usize::from(open == Open::Parameter);
        self.open.push(open);
    }

    /// Closes the innermost `open` and what was left open within it, but nothing outside of the quotes at hand.
    fn close(&mut self, open: Open) {
        let found = self.open.iter().rposition(|o| *o == open || matches!(o, Open::Double | Open::Heredoc));
        let Some(at) = found.filter(|at| self.open.get(*at) == Some(&open)) else { return };
        self.open.truncate(at);
        self.parameters = self.open.iter().filter(|o| **o == Open::Parameter).count();
    }

    fn step(&mut self) {
        let Some(byte) = self.byte(0) else { return };
        let quoted = matches!(self.open.last(), Some(Open::Double | Open::Heredoc));
        let start = self.at;
        self.at += 1;
        match byte {
            b'\\' => self.at += 1,
            b'$' if self.byte(0) == Some(b'{') => {
                self.at += 1;
                self.push(Open::Parameter);
            }
            b'$' if self.byte(0) == Some(b'(') => self.round(),
            b'`' => self.backtick(),
            b'"' if self.open.last() == Some(&Open::Double) => {
                self.open.pop();
            }
            b'\n' if self.open.last() == Some(&Open::Heredoc) => self.heredoc_line(),
            _ if quoted => {}
            b'"' => {
                self.push(Open::Double);
                self.command = false;
            }
            b'\'' => self.single(start),
            b'#' if !self.in_word(start) => self.pass(self.rest().find('\n').unwrap_or(self.rest().len())),
            b'<' if self.byte(0) == Some(b'<') => self.heredoc(),
            b'(' => self.round_at(),
            b'{' if self.byte(0) != Some(b'}') => self.push_command(Open::Brace),
            b'[' if self.byte(0) != Some(b']') => self.push(Open::Square),
            b')' if self.open.last() == Some(&Open::Case) => self.command = true,
            b')' => self.close(Open::Round),
            b'}' => {
                let parameter = self.open.iter().rev().find(|o| matches!(o, Open::Parameter | Open::Brace));
                self.close(parameter.copied().unwrap_or(Open::Brace));
            }
            b']' => self.close(Open::Square),
            b'|' | b'&' => {
                self.operators += 1;
                self.command = true;
            }
            b';' => self.command = true,
            b'\n' => {
                self.command = true;
                self.next_heredoc();
            }
            b if b.is_ascii_alphabetic() || b == b'!' => self.word(start),
            b if b.is_ascii_whitespace() => {}
            _ => self.command = false,
        }
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Goes past what is no code, as far as this scan knows.
    fn pass(&mut self, length: usize) {
        let text = self.text;
        let passed = text.as_bytes().get(self.at..self.at + length).unwrap_or_default();
        let mut depth = 0usize;
        for pair in passed.windows(2) {
            match pair {
                [b'$', b'(' | b'{'] => depth += 1,
                [b')' | b'}', _] => depth = depth.saturating_sub(1),
                _ => {}
            }
            self.hidden = self.hidden.max(depth);
        }
        self.at += length;
    }

    fn in_word(&self, start: usize) -> bool {
        let before = self.text.as_bytes().get(..start).unwrap_or_default();
        // `\ #` is a word of two characters, so what follows is no comment.
        let backslashes = before.iter().rev().skip(1).take_while(|b| **b == b'\\').count();
        before.last().is_some_and(|b| backslashes % 2 == 1 || !b.is_ascii_whitespace() && !b";&|(`".contains(b))
    }

    fn round(&mut self) {
        self.at += 1;
        self.round_at();
    }

    fn round_at(&mut self) {
        self.push_command(Open::Round);
    }

    fn push_command(&mut self, open: Open) {
        self.push(open);
        self.command = true;
    }

    fn backtick(&mut self) {
        self.backticks += 1;
        if let Some(at) = self.open.iter().rposition(|o| *o == Open::Backtick) {
            self.open.truncate(at);
            self.parameters = self.open.iter().filter(|o| **o == Open::Parameter).count();
        } else {
            self.push_command(Open::Backtick);
        }
    }

    /// `'…'` and `$'…'`; one that is not closed hides nothing.
    fn single(&mut self, start: usize) {
        self.command = false;
        let ansi = start.checked_sub(1).and_then(|at| self.text.as_bytes().get(at)) == Some(&b'$');
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let mut skip = false;
        let end = rest.iter().position(|b| {
            let escaped = std::mem::take(&mut skip);
            skip = ansi && *b == b'\\' && !escaped;
            *b == b'\'' && !escaped
        });
        self.unclosed |= end.is_none();
        self.pass(end.map_or(0, |end| end + 1));
    }

    /// `<<WORD` and `<<-'WORD'`; `<<<` is none.
    fn heredoc(&mut self) {
        self.at += 1;
        if self.byte(0) == Some(b'<') {
            self.at += 1;
            return;
        }
        let text = self.text;
        let rest = text.get(self.at..).unwrap_or_default().trim_start_matches('-').trim_start_matches([' ', '\t']);
        let end = rest.find(|c: char| c.is_whitespace() || ";&|<>()`".contains(c)).unwrap_or(rest.len());
        let word = rest.get(..end).unwrap_or_default();
        let bare = word.trim_matches(['\'', '"', '\\']);
        if !bare.is_empty() && !self.open.contains(&Open::Parameter) {
            self.heredocs.push((bare, bare == word));
        }
    }

    fn next_heredoc(&mut self) {
        while !self.heredocs.is_empty() {
            let (delimiter, expands) = self.heredocs.remove(0);
            if expands {
                self.delimiter = delimiter;
                self.push(Open::Heredoc);
                // The line break before the body also ends its first line.
                self.at -= 1;
                self.heredoc_line();
                return;
            }
            let mut lines = self.rest().split_inclusive('\n').peekable();
            let mut length = 0;
            for line in lines.by_ref() {
                length += line.len();
                if line.trim() == delimiter {
                    break;
                }
            }
            self.at += length;
        }
    }

    /// At a line break within a here-document: the next line may be the delimiter.
    fn heredoc_line(&mut self) {
        if self.byte(0) == Some(b'\n') {
            self.at += 1;
        }
        let line = self.rest().split('\n').next().unwrap_or_default();
        if line.trim() == self.delimiter {
            self.at += line.len();
            if let Some(at) = self.open.iter().rposition(|o| *o == Open::Heredoc) {
                self.open.truncate(at);
            }
            self.command = true;
            self.next_heredoc();
        }
    }

    /// Reserved words open and close blocks where a command may begin.
    fn word(&mut self, start: usize) {
        if self.in_word(start) {
            return;
        }
        let rest = self.text.get(start..).unwrap_or_default();
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '!').unwrap_or(rest.len());
        let word = rest.get(..end).unwrap_or_default();
        self.at = start + end.max(1);
        self.words += 1;
        if !std::mem::take(&mut self.command) {
            return;
        }
        self.command = true;
        match word {
            "if" => self.push(Open::If),
            "while" | "until" | "for" | "select" | "foreach" => self.push(Open::Loop),
            "case" => self.push(Open::Case),
            "fi" => self.close(Open::If),
            "done" | "end" => self.close(Open::Loop),
            "esac" => self.close(Open::Case),
            "time" | "coproc" | "!" | "function" | "repeat" | "exec" | "command" | "builtin" | "noglob" => {
                self.prefixes += 1;
                return;
            }
            "then" | "do" | "else" | "elif" => {}
            _ => self.command = self.rest().starts_with("()"),
        }
        self.prefixes = if self.command && self.rest().starts_with("()") { self.prefixes + 1 } else { 0 };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reading these takes the parser a time that grows with the sixth power of the depth, where it takes the comment for words, as it
    /// does between the brackets of an array; found by the soak.
    #[test]
    fn what_could_be_a_comment_counts() {
        let nested = format!("x=( {}", "${x:-".repeat(80));
        for before in [
            "",
            "a ",
            "a \\ #",
            "a \\\\\\ #",
            "a \\;#",
            "a \\\n#",
            "#",
            "a #",
            "a \\\\ #",
            "a;#",
            "x=(a)) #",
            "f '",
            "f $'",
        ] {
            assert!(refuse(&format!("{before}{nested}"), ShellType::Zsh).is_some(), "{before}");
            assert!(refuse(&format!("{before}{nested}'"), ShellType::Zsh).is_some(), "{before}");
        }
        let plain = "echo $(a) # $(b) ${c} ".to_owned()
            + &"$(d) ".repeat(40)
            + "\nf '"
            + &"$(e) ${f} ".repeat(40)
            + "' # ${x:-$(a";
        assert_eq!(refuse(&plain, ShellType::Bash), None);
    }
}
