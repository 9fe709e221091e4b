//! The commands of a text with their words as written, for readers outside of this crate.
//!
//! Beside the judgement: that follows values, this only shows what stands where, so that another tool can ask
//! about a word and point at it. Wrappers (`sudo`, `xargs`, `find -exec`, `sh -c`) are peeled by the same tables, so both see the
//! same inner commands. Invariant: every span slices the text (held by `spans_slice_the_text`). Nothing is expanded or looked up.

mod carried;
mod windows;

use self::carried::{Carried, carried};
use crate::ir::{Node, Part, RedirectKind, Script, Span, Stmt, Word as Written};
use crate::parse;
pub use crate::parse::nu_names::NUSHELL;
use cmdai_core::request::ShellType;
use std::ops::Range;

/// Statements within statements that are followed, and texts within texts.
const MAX_DEPTH: usize = 1000;
const MAX_TEXTS: usize = 4;

/// A text taken apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parsed {
    /// Every command, inner ones behind the one that carries them.
    pub commands: Vec<Simple>,
    /// Words that are no arguments: lists of loops, tests, values of assignments.
    pub words: Vec<Word>,
    /// Names that the text defines as functions.
    pub functions: Vec<String>,
    /// The part that is not valid in this shell; `commands` may lack what stands there.
    pub broken: Option<Unread>,
}

/// What could not be read, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// The parser's words.
    pub reason: String,
    /// Byte range of the text.
    pub span: Range<usize>,
}

/// One command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Simple {
    /// Name and arguments; never empty.
    pub words: Vec<Word>,
    /// Ranges of `words` that are another command, which follows in the list.
    pub inner: Vec<Range<usize>>,
    /// Files that are read and written.
    pub redirects: Vec<Redirection>,
    /// Arguments follow that the text does not hold, as behind `xargs`.
    pub more: bool,
    /// It runs on another machine or in a container.
    pub elsewhere: bool,
}

/// A file behind `<`, `>` or `>>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redirection {
    /// The command writes to it.
    pub writes: bool,
    /// Its name.
    pub target: Word,
}

/// How much of an argument is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The text is the argument.
    Exact,
    /// The shell makes names of it: globs and braces stand in the text as written.
    Pattern,
    /// The text is only the beginning; a variable or a substitution follows.
    Start,
}

/// One argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// Without quotes and backslashes.
    pub text: String,
    /// Whether `text` is all of it.
    pub form: Form,
    /// Some of it stands in quotes.
    pub quoted: bool,
    /// Byte range of the text, quotes included.
    pub span: Range<usize>,
}

impl Word {
    /// The argument, if all of it is known.
    #[must_use]
    pub fn exact(&self) -> Option<&str> {
        (self.form == Form::Exact).then_some(self.text.as_str())
    }
}

/// Reads `text` as `shell` would. Total: what is not valid is [`broken`](Parsed::broken).
#[must_use]
pub fn read(text: &str, shell: ShellType) -> Parsed {
    let mut reader = Reader { out: Parsed::default(), origin: Origin::Offset(0), texts: 0, elsewhere: false };
    match shell {
        ShellType::PowerShell => reader.flat(&parse::powershell_words(text)),
        ShellType::Cmd => reader.flat(&windows::cmd_words(text)),
        ShellType::Nu => reader.script(&parse::nu_as_written(text)),
        _ => reader.script(&parse::parse(text, shell)),
    }
    if matches!(shell, ShellType::PowerShell | ShellType::Cmd) {
        reader.out.broken = windows::unbalanced(text, shell);
    }
    reader.out
}

/// Where the text at hand stands in the outermost one.
#[derive(Clone)]
enum Origin {
    Offset(usize),
    /// It was put together, so all of it is there.
    At(Span),
}

struct Reader {
    out: Parsed,
    origin: Origin,
    texts: usize,
    elsewhere: bool,
}

impl Reader {
    fn place(&self, span: &Span) -> Span {
        match &self.origin {
            Origin::Offset(by) => span.start + by..span.end + by,
            Origin::At(span) => span.clone(),
        }
    }

    fn script(&mut self, script: &Script) {
        if let Some(broken) = &script.broken
            && self.out.broken.is_none()
        {
            self.out.broken = Some(Unread { reason: broken.reason.clone(), span: self.place(&broken.rest) });
        }
        self.body(&script.body, 0);
    }

    fn flat(&mut self, commands: &[Vec<Written>]) {
        for words in commands {
            let words: Vec<Word> = words.iter().map(|word| self.word(word, 0)).collect();
            self.command(words, Vec::new(), false);
        }
    }

    fn body(&mut self, body: &[Stmt], depth: usize) {
        for stmt in body {
            self.stmt(stmt, depth);
        }
    }

    fn stmt(&mut self, stmt: &Stmt, depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        let inner = depth + 1;
        let mut redirects = Vec::new();
        for redirect in &stmt.redirects {
            let target = self.word(&redirect.target, inner);
            match redirect.kind {
                RedirectKind::Here | RedirectKind::Dup => self.out.words.push(target),
                kind => redirects.push(Redirection { writes: kind != RedirectKind::Read, target }),
            }
        }
        match &stmt.node {
            Node::Simple { assigns, words } => {
                for value in assigns.iter().flat_map(|assign| &assign.values) {
                    let value = self.word(value, inner);
                    self.out.words.push(value);
                }
                let words: Vec<Word> = words.iter().map(|word| self.word(word, inner)).collect();
                if words.is_empty() {
                    self.out.words.extend(redirects.into_iter().map(|r| r.target));
                } else {
                    self.command(words, redirects, false);
                }
                return;
            }
            Node::Pipe(body) | Node::Group(body) | Node::Subshell(body) => self.body(body, inner),
            Node::AndOr(left, right) => {
                self.stmt(left, inner);
                self.stmt(right, inner);
            }
            Node::Branches { words, blocks } => {
                self.loose(words, inner);
                for block in blocks {
                    self.body(block, inner);
                }
            }
            Node::For { words, body, .. } => {
                self.loose(words, inner);
                self.body(body, inner);
            }
            Node::Loop { condition, body, .. } => {
                self.body(condition, inner);
                self.body(body, inner);
            }
            Node::Function { name, body } => {
                self.out.functions.push(name.clone());
                self.stmt(body, inner);
            }
            Node::Test(words) => self.loose(words, inner),
        }
        self.out.words.extend(redirects.into_iter().map(|r| r.target));
    }

    fn loose(&mut self, words: &[Written], depth: usize) {
        for word in words {
            let word = self.word(word, depth);
            self.out.words.push(word);
        }
    }

    fn word(&mut self, written: &Written, depth: usize) -> Word {
        let mut word = Word { text: String::new(), form: Form::Exact, quoted: false, span: self.place(&written.span) };
        self.parts(&written.parts, &mut word, depth);
        word
    }

    fn parts(&mut self, parts: &[Part], word: &mut Word, depth: usize) {
        for part in parts {
            // What follows a gap is of no use as a beginning, but commands in it are commands.
            let known = word.form != Form::Start;
            match part {
                Part::Bare(raw) if known => bare(raw, word),
                Part::Quoted(text) if known => {
                    word.text.push_str(text);
                    word.quoted = true;
                }
                Part::Bare(_) | Part::Quoted(_) => {}
                Part::Double(parts) => {
                    word.quoted = true;
                    self.parts(parts, word, depth);
                }
                Part::Var { .. } | Part::Opaque(_) => word.form = Form::Start,
                Part::Command(body) | Part::Process { body, .. } => {
                    word.form = Form::Start;
                    self.body(body, depth);
                }
                Part::Arith(inner) => {
                    word.form = Form::Start;
                    self.word(inner, depth);
                }
            }
        }
    }

    fn command(&mut self, words: Vec<Word>, redirects: Vec<Redirection>, more: bool) {
        let carried = carried(&words);
        let inner = carried.iter().map(|c| c.range.clone()).collect();
        let found: Vec<(Vec<Word>, Carried)> = carried
            .into_iter()
            .map(|c| (words.get(c.range.clone()).unwrap_or_default().to_vec(), c))
            .filter(|(words, _)| !words.is_empty())
            .collect();
        self.out.commands.push(Simple { words, inner, redirects, more, elsewhere: self.elsewhere });
        let before = self.elsewhere;
        for (words, carried) in found {
            self.elsewhere |= carried.elsewhere;
            if carried.text {
                self.text(&words);
            } else {
                self.command(words, Vec::new(), more || carried.more);
            }
            self.elsewhere = before;
        }
    }

    /// A word that holds a shell text.
    fn text(&mut self, words: &[Word]) {
        let [word] = words else { return self.command(words.to_vec(), Vec::new(), false) };
        if self.texts >= MAX_TEXTS || word.form != Form::Exact {
            return;
        }
        // Only in plain quotes each byte of the inner text is a byte of the outer one.
        let verbatim = word.span.len() == word.text.len() + 2 * usize::from(word.quoted);
        let start = word.span.start + usize::from(word.quoted);
        let origin = if verbatim { Origin::Offset(start) } else { Origin::At(word.span.clone()) };
        let outer = std::mem::replace(&mut self.origin, origin);
        self.texts += 1;
        let script = parse::parse(&word.text, ShellType::Bash);
        self.script(&script);
        self.texts -= 1;
        self.origin = outer;
    }
}

/// Unquoted text: backslashes quote, globs and braces are live.
fn bare(raw: &str, word: &mut Word) {
    let mut chars = raw.chars();
    while let Some(c) = chars.next() {
        if c == '\\' {
            word.text.extend(chars.next().filter(|next| *next != '\n'));
            continue;
        }
        if matches!(c, '*' | '?') || (c == '[' && raw.contains(']') && raw.len() > 2) {
            word.form = Form::Pattern;
        }
        word.text.push(c);
    }
    if raw.contains('{') && raw.contains('}') && (raw.contains(',') || raw.contains("..")) {
        word.form = Form::Pattern;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, shell: ShellType) -> Vec<String> {
        let parsed = read(text, shell);
        assert_eq!(parsed.broken, None, "{text}");
        let show = |w: &Word| match w.form {
            Form::Exact => w.text.clone(),
            Form::Pattern => format!("~{}", w.text),
            Form::Start => format!("{}…", w.text),
        };
        parsed.commands.iter().map(|c| c.words.iter().map(show).collect::<Vec<_>>().join(" ")).collect()
    }

    #[test]
    fn every_command_is_there_with_its_words() {
        let check = |text: &str, expected: &[&str]| assert_eq!(shown(text, ShellType::Bash), expected, "{text}");
        check("ls -l 'a b' | wc -l", &["ls -l a b", "wc -l"]);
        check("sudo -u root rm x", &["sudo -u root rm x", "rm x"]);
        check(
            "find . -name '*.txt' -exec grep -l x {} +",
            &["find . -name *.txt -exec grep -l x {} +", "grep -l x {}"],
        );
        check("ls *.c | xargs -n 1 wc", &["ls ~*.c", "xargs -n 1 wc", "wc"]);
        check("bash -c 'du -sh *; df'", &["bash -c du -sh *; df", "du -sh ~*", "df"]);
        check("a --x=$Y \"$(b c)\"", &["b c", "a --x=… …"]);
        check("for f in *.c; do mv \"$f\" \"$f.bak\"; done", &["mv … …"]);
        check("if test -e x; then cp {a,b} c; fi", &["test -e x", "cp ~{a,b} c"]);
        check("ssh -p 22 host 'df -h'", &["ssh -p 22 host df -h", "df -h"]);
        check("env A=1 timeout 5 sleep 9", &["env A=1 timeout 5 sleep 9", "timeout 5 sleep 9", "sleep 9"]);
        check("command -v git", &["command -v git"]);
    }

    #[test]
    fn the_other_shells_keep_their_words() {
        let check = |shell, text: &str, expected: &[&str]| assert_eq!(shown(text, shell), expected, "{text}");
        check(ShellType::PowerShell, "Get-ChildItem C:\\x | ri", &["Get-ChildItem C:\\x", "ri"]);
        check(ShellType::Cmd, "dir /s \"a b\" & del x", &["dir /s a b", "del x"]);
        // `set` is an assignment there.
        check(ShellType::Fish, "set -Ux EDITOR nano; and ls -l (pwd)", &["pwd", "ls -l …"]);
        assert!(read("echo \"a", ShellType::PowerShell).broken.is_some());
        let nu = |text: &str, expected: &[&str]| check(ShellType::Nu, text, expected);
        nu("ls **/*.rs | where size > 10mb | get name", &["ls ~**/*.rs", "where size > 10mb", "get name"]);
        nu("^find . -name '*.rs' | save -f x.txt", &["find . -name *.rs", "save -f x.txt"]);
        nu("ls | each {|f| mv $f.name (b c) }", &["ls", "each", "b c", "mv … …"]);
        nu("let n = 5; [1 2] | math sum", &["math sum"]);
    }

    #[test]
    fn what_other_shells_write_is_no_nushell() {
        for text in
            ["ls > x", "a && b", "a || b", "a 2>&1", "echo $(b)", "echo $HOME", "ls | { a", "(a", "'a", "sleep 5 &"]
        {
            assert!(read(text, ShellType::Nu).broken.is_some(), "{text}");
        }
        let said = read("cd $HOME", ShellType::Nu).broken.unwrap().reason;
        assert_eq!(said, "there is no variable `$HOME` in nushell, it is `$env.HOME`");
        for text in [
            "ls | where size > 1kb and name =~ 'a'",
            "a o+e>| b",
            "a o> x e>> y",
            "{a: 1, b: [2 3]} | to json",
            "1..5 | each { $in + 1 }",
        ] {
            assert_eq!(read(text, ShellType::Nu).broken, None, "{text}");
        }
    }

    #[test]
    fn spans_slice_the_text() {
        let text = "sudo bash -c 'find . -name \"*.é\" | xargs -I{} mv {} \"a b\"'";
        let words: Vec<&str> =
            read(text, ShellType::Bash).commands.iter().flat_map(|c| &c.words).map(|w| &text[w.span.clone()]).collect();
        assert!(words.contains(&"\"a b\"") && words.contains(&"\"*.é\""), "{words:?}");
    }

    #[test]
    fn what_is_broken_is_said() {
        assert!(read("ls | | wc", ShellType::Bash).broken.is_some());
        assert!(read("echo 'x", ShellType::Bash).broken.is_some());
    }
}
