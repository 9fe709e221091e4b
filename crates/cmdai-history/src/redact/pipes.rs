//! Secrets that a program reads from its standard input: `echo X | sudo -S`, `docker login --password-stdin <<< X`.

use super::Span;
use super::flags::program_name;
use super::names::{self, Kind};
use super::shell::{Command, Line, Word};
use super::text::{is_quote, line_end, slice};
use super::value::is_placeholder;

pub(super) fn find(line: &Line<'_>, spans: &mut Vec<Span>) {
    let mut source: Option<&Command> = None;
    let mut previous: Option<&Command> = None;
    for command in &line.commands {
        if command.substituted && previous.is_some_and(awaits_secret) {
            printed(line.text, command, Reads::Secret, spans);
        }
        previous = Some(command);
        if !command.piped {
            source = None;
        }
        if let Some(reads) = reads(command) {
            if let Some(source) = source {
                printed(line.text, source, reads, spans);
            }
            if let Some(word) = &command.here_string {
                word_secret(line.text, word, reads, spans);
            }
            if let Some(body) = command.here_document.clone() {
                let mut at = body.start;
                while at < body.end {
                    let end = line_end(line.text, at).min(body.end);
                    add(line.text, at, end, reads, spans);
                    at = end + 1;
                }
            }
        }
        // `tee` and the like hand on what they read.
        if !command.words.iter().any(|w| matches!(w.text.as_str(), "tee" | "tr" | "cat" | "head")) || source.is_none() {
            source = Some(command);
        }
    }
}

/// Whether a command ends with the name of a secret whose file follows: `--password-file`, `private-key`.
fn awaits_secret(command: &Command) -> bool {
    command.words.iter().rev().take(2).any(|word| {
        let name = word.text.trim_end_matches(['=', ':']);
        let name = ["-file", "_file"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
        names::secret(name).is_some_and(|kind| kind != Kind::Weak)
    })
}

/// What a command takes from its standard input.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reads {
    /// A secret.
    Secret,
    /// Lines of `user:password`.
    Accounts,
}

fn reads(command: &Command) -> Option<Reads> {
    let has = |wanted: &str| command.words.iter().any(|w| w.text == wanted);
    let program = |wanted: &str| command.words.iter().any(|w| program_name(&w.text) == wanted);
    let both = |a: &str, b: &str| program(a) && has(b);
    let set = program("set") || program("put") || has("set") || has("put") || has("create") || has("add");
    let secret = command.words.iter().any(|w| {
        matches!(
            w.text.as_str(),
            "--password-stdin"
                | "--with-token"
                | "--token-stdin"
                | "--passphrase-stdin"
                | "-passin=stdin"
                | "--secret-stdin"
        )
    }) || program("sudo")
        && command.words.iter().any(|w| w.text == "-S" || w.text == "--stdin" || is_cluster(&w.text, 'S'))
        || program("passwd") && !program("openssl") && !program("getent")
        || both("cryptsetup", "luksFormat")
        || both("cryptsetup", "luksOpen")
        || both("cryptsetup", "open")
        || both("cryptsetup", "luksAddKey")
        || program("smbpasswd")
        || program("kinit")
        || program("vncpasswd")
        || both("htpasswd", "-i")
        || (program("gpg") || program("gpg2")) && (has("--passphrase-fd") || has("--batch") && has("--passphrase-fd"))
        || program("openssl") && (has("stdin") || has("fd:0"))
        || both("pass", "insert")
        || both("secret-tool", "store")
        || both("ansible-vault", "encrypt_string")
        || both("wg", "pubkey")
        || program("pulumi") && has("--secret")
        || program("mkpasswd")
        || set
            && command.words.iter().any(|w| matches!(w.text.as_str(), "secret" | "secrets"))
            && !program("kubectl")
            && !program("grep")
        || both("vercel", "env") && has("add")
        || both("su", "-c")
        || both("faillock", "never")
        || program("ssh-add") && has("-")
        || program("op") && has("signin");
    if program("chpasswd") { Some(Reads::Accounts) } else { secret.then_some(Reads::Secret) }
}

fn is_cluster(word: &str, letter: char) -> bool {
    word.len() <= 4 && word.starts_with('-') && !word.starts_with("--") && word.contains(letter)
}

/// The arguments of `echo` and `printf`, without flags and format.
fn printed(text: &str, source: &Command, reads: Reads, spans: &mut Vec<Span>) {
    let at = source
        .words
        .iter()
        .position(|w| matches!(w.text.as_str(), "echo" | "printf" | "print" | "yes" | "Write-Output"));
    let Some(at) = at else { return };
    for word in source.words.iter().skip(at + 1).filter(|w| !(w.text.starts_with('-') && w.text.len() <= 3)) {
        word_secret(text, word, reads, spans);
    }
}

fn word_secret(text: &str, word: &Word, reads: Reads, spans: &mut Vec<Span>) {
    let content = word.content();
    add(text, content.start, content.end, reads, spans);
}

fn add(text: &str, start: usize, end: usize, reads: Reads, spans: &mut Vec<Span>) {
    let shown = slice(text, start, end);
    let mut from = start;
    if reads == Reads::Accounts {
        let Some(at) = shown.find(':') else { return };
        from = start + at + 1;
    }
    let end = start + shown.trim_end_matches(|c: char| c == '\\' || c.is_whitespace()).len();
    let end = if slice(text, from, end).ends_with("\\n") { end - 2 } else { end };
    let value = slice(text, from, end);
    let answer = value.len() < 4 && value.bytes().all(|b| b.is_ascii_alphabetic());
    if !is_placeholder(value) && !answer && !value.bytes().all(is_quote) && !value.contains("$(") {
        spans.push(Span::new(from, end, "stdin", "password"));
    }
}
