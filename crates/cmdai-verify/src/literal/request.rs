//! The literals of a request.
//!
//! Under [`super`]. Found from the surest form to the least sure, each taking its letters away from the next: quotes, web
//! addresses, paths, file names, dates and times, modes, then numbers with and without units. What stands in brackets or behind
//! "for example" only explains and is left out.

use super::units;

/// Something that the request names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Literal {
    /// As it stands in the request.
    pub(super) text: String,
    pub(super) form: Form,
}

/// What must be found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Form {
    /// The text, or a pattern that matches it.
    Text,
    /// Only its words.
    Phrase,
    /// `.log`.
    Extension,
    /// One of these numbers.
    Number(Vec<u64>),
    /// All of these numbers, as of a date.
    Numbers(Vec<u64>),
    /// A file mode in octal digits, or the same in letters.
    Mode,
}

impl Literal {
    /// The numbers it may be written as.
    pub(super) fn numbers(&self) -> Vec<u64> {
        match &self.form {
            Form::Number(all) => all.first().copied().into_iter().collect(),
            _ => Vec::new(),
        }
    }
}

/// Longest literal that is looked for.
const MAX_LENGTH: usize = 80;
/// Behind these the request gives an example.
const EXAMPLES: &[&str] =
    &["e.g", "for example", "for instance", "such as", " like ", "i.e", "becomes", "which means", "hint:"];
/// Names with a dot that are no files.
const NO_FILES: &[&str] =
    &["node.js", "vue.js", "next.js", "asp.net", "e.g", "i.e", "vs.", "etc.", "a.m", "p.m", "d.h"];
const COUNTS: &[&str] = &[
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
    "twenty",
];
/// What a number word must stand before to be meant exactly.
const COUNTED: &[&str] = &[
    "lines",
    "line",
    "days",
    "hours",
    "minutes",
    "seconds",
    "weeks",
    "months",
    "years",
    "columns",
    "commits",
    "levels",
    "characters",
    "bytes",
    "times",
    "largest",
    "biggest",
    "newest",
    "oldest",
    "latest",
    "most",
    "fields",
    "words",
    "entries",
    "processes",
    "megabytes",
    "gigabytes",
    "kilobytes",
    "mb",
    "gb",
    "kb",
];

/// The literals of `request`, in order of their sureness.
pub(super) fn literals(request: &str) -> Vec<Literal> {
    let mut found = Vec::new();
    let text = without_examples(request);
    let text = quoted(&text, &mut found);
    let modes =
        ["permission", "chmod", "mode", "rwx", "rights"].iter().any(|word| request.to_lowercase().contains(word));
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut left: Vec<String> = Vec::new();
    for word in words {
        let bare =
            word.trim_matches([',', ';', ':', '!', '?', '(', ')', '"']).trim_end_matches('.').trim_end_matches("'s");
        let taken = name(bare, modes, &mut found);
        left.push(if taken { "," } else { word }.to_owned());
    }
    numbers(&left, &mut found);
    found.retain(|literal| literal.text.len() <= MAX_LENGTH);
    found.dedup();
    found
}

/// Blanks brackets and what explains.
fn without_examples(request: &str) -> String {
    let mut out = String::with_capacity(request.len());
    let mut depth = 0_usize;
    for c in request.chars() {
        depth += usize::from(c == '(');
        if depth == 0 {
            out.push(c);
        }
        depth -= usize::from(c == ')' && depth > 0);
    }
    let lower = out.to_lowercase();
    // Lower case may have other lengths than the text where letters are not ASCII.
    let at = EXAMPLES.iter().filter_map(|cue| lower.find(cue)).min().filter(|_| lower.len() == out.len());
    at.and_then(|at| out.get(..at)).map_or(out.clone(), str::to_owned)
}

/// Takes what stands in quotes; an apostrophe within a word is none.
fn quoted(text: &str, found: &mut Vec<Literal>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['"', '\'', '`', '“']) {
        let (before, behind) = rest.split_at(at);
        let open = behind.chars().next().unwrap_or('"');
        let close = if open == '“' { '”' } else { open };
        let body = behind.get(open.len_utf8()..).unwrap_or_default();
        let free = before.is_empty() || before.ends_with(|c: char| c.is_whitespace() || c == '(' || c == '=');
        let end = body.match_indices(close).map(|(end, _)| end).find(|end| {
            let next = body.get(end + close.len_utf8()..).and_then(|rest| rest.chars().next());
            next.is_none_or(|c| !c.is_alphanumeric())
        });
        // `print it as "name: size"` describes a form.
        let form = before.trim_end().ends_with(" as") && body.contains([' ', ':']);
        out.push_str(before);
        let Some(end) = end.filter(|end| free && *end > 0) else {
            out.push(open);
            rest = body;
            continue;
        };
        let inner = body.get(..end).unwrap_or_default();
        let kind = if inner.contains(' ') { Form::Phrase } else { Form::Text };
        if !form {
            found.push(Literal { text: inner.trim().to_owned(), form: kind });
        }
        out.push_str(" , ");
        rest = body.get(end + close.len_utf8()..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

/// Takes a word that is a name, a date, or a mode.
fn name(word: &str, modes: bool, found: &mut Vec<Literal>) -> bool {
    let mut push = |text: &str, form| found.push(Literal { text: text.to_owned(), form });
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let lower = word.to_lowercase();
    if word.len() < 2
        || NO_FILES.contains(&lower.as_str())
        || word.contains("YYYY")
        || word.contains("NNN")
        || word.contains("...")
    {
        return word.contains("YYYY");
    }
    if lower.starts_with("http://") || lower.starts_with("https://") || word.contains('@') && word.contains('.') {
        push(word, Form::Text);
        return true;
    }
    let parts: Vec<&str> = word.split(['-', '/', ':', 'T']).collect();
    let date = parts.len() >= 2
        && parts.iter().all(|part| digits(part))
        && (word.contains(':') || parts.first().is_some_and(|p| p.len() == 4) && parts.len() == 3);
    if date {
        push(word, Form::Numbers(parts.iter().filter_map(|part| part.parse().ok()).collect()));
        return true;
    }
    let octal = word.len() >= 3 && word.len() <= 4 && word.bytes().all(|b| (b'0'..=b'7').contains(&b));
    let letters = word.len() >= 9 && word.bytes().all(|b| b"rwxsStT-dl".contains(&b));
    if modes && (octal || letters) {
        push(word, Form::Mode);
        return true;
    }
    let extension = word.trim_start_matches('*');
    if extension.len() > 1
        && extension.len() <= 6
        && extension.starts_with('.')
        && extension.bytes().skip(1).all(|b| b.is_ascii_alphanumeric())
        && !digits(extension.trim_start_matches('.'))
    {
        push(extension, Form::Extension);
        return true;
    }
    let rooted = word.starts_with('/')
        || word.starts_with("~/")
        || word.starts_with("./")
        || word.starts_with("../")
        || is_drive(word);
    let plain = word.chars().all(|c| c.is_alphanumeric() || "/._-~+:\\*?".contains(c));
    if plain && rooted && word.len() > 2 {
        push(word, Form::Text);
        return true;
    }
    let (stem, end) = word.rsplit_once('.').unwrap_or((word, ""));
    let ends = (1..=5).contains(&end.len())
        && end.bytes().all(|b| b.is_ascii_alphanumeric())
        && end.starts_with(|c: char| c.is_ascii_alphabetic());
    if plain && ends && !stem.is_empty() && stem.chars().any(char::is_alphanumeric) && !word.contains('*') {
        push(word, Form::Text);
        return true;
    }
    // Versions and addresses: several dots between digits.
    if word.matches('.').count() >= 2 && word.split(['.', '/', ':']).all(digits) {
        push(word, Form::Text);
        return true;
    }
    false
}

fn is_drive(word: &str) -> bool {
    word.get(1..3) == Some(":\\") && word.starts_with(|c: char| c.is_ascii_alphabetic())
}

/// Takes numbers from the words that are left.
fn numbers(words: &[String], found: &mut Vec<Literal>) {
    let bare = |word: &str| word.trim_matches([',', ';', '!', '?', '"', '\'', '.', ':']).to_lowercase();
    for (at, word) in words.iter().enumerate() {
        let word = bare(word);
        let next = words.get(at + 1).map(|w| bare(w)).unwrap_or_default();
        let before = at.checked_sub(1).and_then(|at| words.get(at)).map(|w| bare(w)).unwrap_or_default();
        let mut push = |text: String, forms: Vec<u64>| found.push(Literal { text, form: Form::Number(forms) });
        // `10-20` are two numbers.
        if let Some((low, high)) = word.split_once('-')
            && let (Ok(low), Ok(high)) = (low.parse::<u64>(), high.parse::<u64>())
            && low < high
        {
            push(low.to_string(), with_neighbours(low));
            push(high.to_string(), with_neighbours(high));
            continue;
        }
        if let Some(index) = COUNTS.iter().position(|count| *count == word) {
            let value = index as u64 + 2;
            if COUNTED.contains(&next.as_str())
                && !matches!(before.as_str(), "the" | "these" | "those" | "all" | "other")
            {
                #[allow(clippy::cast_precision_loss, reason = "at most twenty")]
                let forms = units::forms(value as f64, &next).unwrap_or_else(|| with_neighbours(value));
                push(format!("{word} {next}"), forms);
            }
            continue;
        }
        if let Some(forms) = one_of(&word, &before, words.get(at.wrapping_sub(2)).map(String::as_str)) {
            push(format!("{before} {word}"), forms);
            continue;
        }
        let Some((amount, unit)) = amount(&word) else { continue };
        let (unit, shown) =
            if unit.is_empty() { (next.as_str(), format!("{word} {next}")) } else { (unit, word.clone()) };
        // Nothing, and one of something, is seldom written as a number.
        if amount < 1.0 && unit.is_empty() || amount == 0.0 {
            continue;
        }
        match units::forms(amount, unit) {
            Some(forms) => push(shown, forms),
            None if unit == next.as_str() || matches!(unit, "st" | "nd" | "rd" | "th" | "x" | "%" | "k" | "px") => {
                let objects = matches!(
                    next.as_str(),
                    "files" | "folders" | "directories" | "lists" | "images" | "things" | "ones"
                );
                let told = matches!(before.as_str(), "the" | "these" | "those" | "both" | "all" | "of" | "other");
                if amount >= 2.0 && !(objects && told) && amount.fract() == 0.0 {
                    let mut forms = units::around(amount);
                    if unit == "%" {
                        forms.extend(units::around(100.0 - amount));
                    }
                    push(word.clone(), forms);
                }
            }
            None => {}
        }
    }
}

fn with_neighbours(value: u64) -> Vec<u64> {
    vec![value, value.saturating_sub(1), value + 1]
}

/// `last week`, `older than a year`: one of a unit.
fn one_of(word: &str, before: &str, earlier: Option<&str>) -> Option<Vec<u64>> {
    let counted = matches!(before, "last" | "past" | "one")
        || (matches!(before, "a" | "an")
            && matches!(earlier, Some("than" | "since" | "for" | "least" | "last" | "within")));
    let days = match word {
        "week" => 7.0,
        "month" => 30.0,
        "year" => 365.0,
        _ => return None,
    };
    counted.then(|| units::forms(days, "days")).flatten()
}

/// A number at the start of a word, and what follows it.
fn amount(word: &str) -> Option<(f64, &str)> {
    let end = word.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == ',')).unwrap_or(word.len());
    let (digits, unit) = word.split_at(end);
    let thousands = digits.split(',').skip(1).all(|group| group.len() == 3);
    if !digits.starts_with(|c: char| c.is_ascii_digit())
        || !thousands
        || unit.contains(|c: char| !c.is_ascii_alphabetic() && c != '%')
    {
        return None;
    }
    Some((digits.replace(',', "").parse().ok()?, unit))
}
