//! Escapes and macro lines of roff, the language of manual pages.
//!
//! Under [`man`](super::man). No typesetting: text without fonts, and the arguments of requests.

/// A line of the source.
pub(super) enum Source<'a> {
    /// A request such as `.TP`, with its arguments.
    Macro(&'a str, Vec<String>),
    /// Text without escapes.
    Text(String),
}

/// The lines of a page without comments and definitions.
pub(super) fn lines(page: &str) -> Vec<Source<'_>> {
    let mut out = Vec::new();
    let mut defining = false;
    for line in page.lines() {
        if defining {
            defining = !line.starts_with("..");
            continue;
        }
        let Some(request) = line.strip_prefix(['.', '\'']) else {
            out.push(Source::Text(text(line)));
            continue;
        };
        let request = request.trim_start();
        if request.starts_with("\\\"") || request.is_empty() {
            continue;
        }
        let end = request.find(|c: char| c.is_whitespace()).unwrap_or(request.len());
        let (name, rest) = request.split_at(end);
        if matches!(name, "de" | "de1" | "ig" | "am") {
            defining = true;
            continue;
        }
        out.push(Source::Macro(name, arguments(rest)));
    }
    out
}

/// Words of a request; `"` joins, and `""` within is a quote.
fn arguments(rest: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut chars = rest.chars().peekable();
    while let Some(&c) = chars.peek() {
        if c.is_whitespace() {
            chars.next();
            continue;
        }
        let mut word = String::new();
        if c == '"' {
            chars.next();
            while let Some(c) = chars.next() {
                if c == '"' && chars.next_if_eq(&'"').is_none() {
                    break;
                }
                word.push(c);
            }
        } else {
            while let Some(c) = chars.next_if(|c| !c.is_whitespace()) {
                word.push(c);
                // An escaped space belongs to the word.
                if c == '\\' {
                    word.extend(chars.next());
                }
            }
        }
        if word.starts_with("\\\"") {
            break;
        }
        out.push(text(&word));
    }
    out
}

/// Text without escapes.
pub(super) fn text(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('-') => out.push('-'),
            Some('e' | '\\') => out.push('\\'),
            Some(' ' | '~' | '0') => out.push(' '),
            Some('\'') => out.push('\''),
            Some('`') => out.push('`'),
            Some('.') => out.push('.'),
            Some('"' | '#') => break,
            Some('(') => {
                let name: String = chars.by_ref().take(2).collect();
                out.push_str(special(&name));
            }
            Some('[') => {
                let name: String = chars.by_ref().take_while(|c| *c != ']').collect();
                out.push_str(special(&name));
            }
            Some('f' | 'F' | 'm' | 'M' | '*' | 'n' | 'k' | 'g') => {
                named(&mut chars);
            }
            Some('s') => size(&mut chars),
            Some('h' | 'v' | 'w' | 'Z' | 'o' | 'l' | 'L' | 'b' | 'x' | 'D' | 'X' | 'A' | 'C' | 'N') => {
                let quote = chars.next().unwrap_or('\'');
                chars.by_ref().take_while(|c| *c != quote).for_each(drop);
            }
            _ => {}
        }
    }
    out
}

/// `x`, `(xx` or `[name]`, skipped.
fn named(chars: &mut std::str::Chars<'_>) {
    match chars.next() {
        Some('(') => chars.by_ref().take(2).for_each(drop),
        Some('[') => chars.by_ref().take_while(|c| *c != ']').for_each(drop),
        _ => {}
    }
}

/// `\s-1`, `\s+2`, `\s0`, `\s[…]`, `\s'…'`.
fn size(chars: &mut std::str::Chars<'_>) {
    let mut ahead = chars.clone();
    match ahead.next() {
        Some('+' | '-') => chars.by_ref().take(2).for_each(drop),
        Some('[') => chars.by_ref().take_while(|c| *c != ']').for_each(drop),
        Some('\'') => {
            chars.next();
            chars.by_ref().take_while(|c| *c != '\'').for_each(drop);
        }
        Some(c) if c.is_ascii_digit() => drop(chars.next()),
        _ => {}
    }
}

fn special(name: &str) -> &'static str {
    match name {
        "hy" | "mi" | "en" | "-" => "-",
        "em" => "—",
        "aq" | "cq" | "oq" => "'",
        "dq" | "lq" | "rq" => "\"",
        "rs" => "\\",
        "ti" => "~",
        "ha" => "^",
        "ga" => "`",
        "lB" => "[",
        "rB" => "]",
        "lC" => "{",
        "rC" => "}",
        "ba" | "or" => "|",
        "sl" => "/",
        "at" => "@",
        "sh" => "#",
        "Do" => "$",
        "bu" => "*",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_go() {
        let check = |line: &str, expected: &str| assert_eq!(text(line), expected, "{line}");
        check(r"\fB\-a\fR, \f[B]\-\-all\f[R]", "-a, --all");
        check(r"\f(CW\-\-color\fP[=\fIWHEN\/\fR]", "--color[=WHEN]");
        check(r"\(aqx\(aq \s-1BIG\s0 a\ b\& \e", "'x' BIG a b \\");
        check("word \\\" comment", "word ");
        check("\\", "");
    }
}
