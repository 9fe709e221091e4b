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
            // The end may be indented as the rest of what stands within a condition is.
            defining = line.strip_prefix(['.', '\'']).is_none_or(|rest| !rest.trim_start().starts_with('.'));
            continue;
        }
        let Some(request) = line.strip_prefix(['.', '\'']) else {
            let plain = text(line);
            // A line that only changes the font is none.
            if !plain.trim().is_empty() || line.trim().is_empty() {
                out.push(Source::Text(plain));
            }
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
            Some('(') => out.push_str(special(&chars.by_ref().take(2).collect::<String>())),
            Some('[') => out.push_str(special(&chars.by_ref().take_while(|c| *c != ']').collect::<String>())),
            // A string that the page defines itself is mostly a character.
            Some('*') => out.push_str(special(&named(&mut chars))),
            Some('f' | 'F' | 'm' | 'M' | 'n' | 'k' | 'g') => drop(named(&mut chars)),
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

/// The name behind an escape: `x`, `(xx` or `[name]`.
fn named(chars: &mut std::str::Chars<'_>) -> String {
    match chars.next() {
        Some('(') => chars.by_ref().take(2).collect(),
        Some('[') => chars.by_ref().take_while(|c| *c != ']').collect(),
        one => one.into_iter().collect(),
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
        "em" | "--" => "—",
        "aq" | "Aq" | "cq" | "oq" => "'",
        "dq" | "lq" | "rq" | "L\"" | "R\"" => "\"",
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
    fn a_definition_ends_however_it_is_indented() {
        let page = ".if \\n[.g] \\{\\\n.  am URL\n.  ad l\n.  .\n.\\}\nread\n.de X\nnot this\n..\nand this\n";
        let texts = lines(page).into_iter().filter_map(|line| match line {
            Source::Text(text) => Some(text),
            Source::Macro(..) => None,
        });
        assert_eq!(texts.collect::<Vec<_>>(), ["read", "and this"]);
    }

    #[test]
    fn escapes_go() {
        let check = |line: &str, expected: &str| assert_eq!(text(line), expected, "{line}");
        check(r"\fB\-a\fR, \f[B]\-\-all\f[R]", "-a, --all");
        check(r"\f(CW\-\-color\fP[=\fIWHEN\/\fR]", "--color[=WHEN]");
        check(r"\(aqx\(aq \s-1BIG\s0 a\ b\& \e", "'x' BIG a b \\");
        check("word \\\" comment", "word ");
        check(r"the user\*(Aqs \*[Aq]x\*[Aq] \*x", "the user's 'x' ");
        check("\\", "");
    }
}
