//! Whether a literal stands in a command, in any of its forms.
//!
//! Under [`super`]. The text counts as a whole: a name may stand in a script of awk or sed, with backslashes before its dots.

use super::request::{Form, Literal};
use cmdai_safety::argv::{Form as Known, Parsed};
use std::collections::BTreeSet;

/// A command, prepared for questions.
pub(super) struct Said {
    /// Lower case, without quotes, backslashes and brackets.
    flat: String,
    numbers: BTreeSet<u64>,
    /// Runs of digits that may hold several numbers, as a time stamp does.
    runs: Vec<String>,
    /// Words with live globs.
    patterns: Vec<String>,
}

impl Said {
    pub(super) fn new(command: &str, parsed: &Parsed) -> Self {
        let words = parsed.commands.iter().flat_map(|c| c.words.iter().chain(c.redirects.iter().map(|r| &r.target)));
        // A pattern in quotes is one for find and grep.
        let patterns = words.chain(&parsed.words).filter(|word| word.form == Known::Pattern || word.quoted);
        let patterns =
            patterns.map(|word| word.text.to_lowercase()).filter(|text| text.contains(['*', '?', '{', '['])).collect();
        let runs: Vec<String> =
            command.split(|c: char| !c.is_ascii_digit()).filter(|run| !run.is_empty()).map(str::to_owned).collect();
        let numbers = runs.iter().filter_map(|run| run.parse().ok()).collect();
        Self { flat: flat(command), numbers, runs, patterns }
    }

    /// Whether `literal` is said; `all` are the numbers of the request, whose differences count too.
    pub(super) fn has(&self, literal: &Literal, all: &[u64]) -> bool {
        match &literal.form {
            Form::Text => self.has_text(&literal.text),
            Form::Phrase => self.flat.contains(&flat(&literal.text)) || self.has_words(&literal.text),
            Form::Extension => self.flat.contains(&literal.text.trim_start_matches('.').to_lowercase()),
            Form::Number(forms) => self.has_number(forms, all) || self.has_unit(&literal.text),
            Form::Numbers(parts) => parts.iter().all(|part| self.has_number(&[*part], &[])) || self.has_stamp(),
            Form::Mode => self.has_mode(&literal.text),
        }
    }

    fn has_text(&self, text: &str) -> bool {
        let wanted = flat(text.trim_end_matches('/').trim_start_matches("./").trim_start_matches("~/"));
        if self.flat.contains(&wanted) || self.has_words(text) {
            return true;
        }
        let lower = text.to_lowercase();
        let base = lower.rsplit('/').next().unwrap_or(&lower);
        // `getent hosts` asks for `/etc/hosts`.
        if text.starts_with("/etc/") && self.flat.split(|c: char| !c.is_alphanumeric()).any(|word| word == base) {
            return true;
        }
        self.patterns.iter().any(|pattern| {
            let last = pattern.rsplit('/').next().unwrap_or(pattern);
            matches(pattern, &lower) || matches(last, base)
        })
    }

    /// All words of the text, wherever they stand.
    fn has_words(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        let mut words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).peekable();
        words.peek().is_some() && words.all(|word| self.flat.contains(word))
    }

    fn has_number(&self, forms: &[u64], all: &[u64]) -> bool {
        if forms.iter().any(|n| self.numbers.contains(n)) {
            return true;
        }
        let first = forms.first().copied().unwrap_or_default();
        let padded = format!("{first:02}");
        if self.runs.iter().any(|run| run.len() >= 4 && run.contains(&padded)) {
            return true;
        }
        // "from 10 to 20" may be `head -20 | tail -11`.
        all.iter().any(|other| {
            let apart = first.abs_diff(*other);
            apart > 0 && [apart, apart + 1].iter().any(|n| self.numbers.contains(n))
        })
    }

    /// A unit that is written out: `1 week ago`, `yesterday`.
    fn has_unit(&self, text: &str) -> bool {
        text.split(' ')
            .any(|word| matches!(word, "week" | "month" | "year" | "hour" | "day") && self.flat.contains(word))
    }

    /// Seconds since 1970.
    fn has_stamp(&self) -> bool {
        self.runs.iter().any(|run| run.len() >= 9)
    }

    fn has_mode(&self, mode: &str) -> bool {
        let octal = if mode.bytes().all(|b| b.is_ascii_digit()) { mode.to_owned() } else { octal(mode) };
        let letters = letters(&octal);
        let short = octal.trim_start_matches('0');
        if self.runs.iter().any(|run| run.trim_start_matches('0') == short)
            || self.flat.contains(&mode.to_lowercase())
            || self.flat.contains(&letters)
        {
            return true;
        }
        // `u=rwx,go=rx`, `a+r`: any mode in letters counts.
        ["u", "g", "o", "a"]
            .iter()
            .any(|who| ["=", "+", "-"].iter().any(|sign| self.flat.contains(&format!("{who}{sign}"))))
    }
}

fn flat(text: &str) -> String {
    text.chars().filter(|c| !matches!(c, '\\' | '"' | '\'' | '[' | ']')).flat_map(char::to_lowercase).collect()
}

/// `rwxr-xr-x` in octal digits.
fn octal(letters: &str) -> String {
    let bits: Vec<char> = letters.chars().rev().take(9).collect();
    let digit =
        |group: &[char]| group.iter().enumerate().map(|(at, c)| if *c == '-' { 0 } else { 1 << at }).sum::<u32>();
    let digits: Vec<String> = bits.chunks(3).map(|group| digit(group).to_string()).collect();
    digits.into_iter().rev().collect()
}

fn letters(octal: &str) -> String {
    let triple = |digit: u32| [(4, 'r'), (2, 'w'), (1, 'x')].map(|(bit, c)| if digit & bit == 0 { '-' } else { c });
    let start = octal.len().saturating_sub(3);
    octal.chars().skip(start).filter_map(|c| c.to_digit(8)).flat_map(triple).collect()
}

/// Whether the glob matches: `*` and `{…}` anything, `?` and `[…]` one character.
pub(crate) fn matches(pattern: &str, name: &str) -> bool {
    let mut simple = Vec::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '{' => {
                chars.by_ref().take_while(|c| *c != '}').for_each(drop);
                simple.push('*');
            }
            '[' => {
                chars.by_ref().take_while(|c| *c != ']').for_each(drop);
                simple.push('?');
            }
            c => simple.push(c),
        }
    }
    let name: Vec<char> = name.chars().collect();
    // Two pointers with one step back.
    let (mut p, mut n) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    while n < name.len() {
        match simple.get(p) {
            Some('*') => {
                back = Some((p + 1, n));
                p += 1;
            }
            Some(c) if *c == '?' || Some(c) == name.get(n) => {
                p += 1;
                n += 1;
            }
            _ => match back {
                Some((star, at)) => {
                    p = star;
                    n = at + 1;
                    back = Some((star, at + 1));
                }
                None => return false,
            },
        }
    }
    simple.iter().skip(p).all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_are_the_same_in_both_forms() {
        assert_eq!(octal("rwxr-xr-x"), "755");
        assert_eq!(letters("640"), "rw-r-----");
        assert!(matches("draft*.txt", "draft10.txt") && matches("{a,b}.c", "b.c") && !matches("*.c", "a.h"));
    }
}
