//! Rust text with comments and literals blanked, so that a word in a sentence is not taken for code.
//!
//! Under all rules of [`super`]. Not a parser: it knows just enough of the grammar to tell code from text, keeps every line
//! break and length in characters, and is wrong only for code that does not compile.

/// `text` with each character of a comment or of a literal's inside replaced by a space; line breaks stay.
pub(crate) fn only(text: &str) -> String {
    let mut rest = text;
    let mut out = String::with_capacity(text.len());
    while let Some(first) = rest.chars().next() {
        let after_word = out.chars().next_back().is_some_and(is_word);
        let blank = match first {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => block_comment(rest),
            '"' => quoted(rest, '"'),
            '\'' => char_literal(rest),
            'r' | 'b' | 'c' if !after_word => raw_string(rest),
            _ => 0,
        };
        let (piece, tail) = rest.split_at(blank.max(first.len_utf8()));
        if blank == 0 {
            out.push_str(piece);
        } else {
            out.extend(piece.chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        }
        rest = tail;
    }
    out
}

/// Whether `c` can be part of a name.
pub(crate) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The name that starts `text`.
pub(crate) fn name(text: &str) -> &str {
    text.split(|c| !is_word(c)).next().unwrap_or_default()
}

fn block_comment(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// A character literal; a lifetime has no closing quote and blanks nothing.
fn char_literal(text: &str) -> usize {
    let mut chars = text.chars().skip(1);
    match (chars.next(), chars.next()) {
        (Some('\\'), _) | (Some(_), Some('\'')) => quoted(text, '\''),
        _ => 0,
    }
}

/// A raw string with its `#`s; anything else that starts with the same letters is 0.
fn raw_string(text: &str) -> usize {
    let Some(after) = ["r", "br", "cr"].iter().find_map(|prefix| text.strip_prefix(prefix)) else { return 0 };
    let hashes = after.len() - after.trim_start_matches('#').len();
    let Some(inside) = after.trim_start_matches('#').strip_prefix('"') else { return 0 };
    let close = format!("\"{}", "#".repeat(hashes));
    let start = text.len() - inside.len();
    inside.find(&close).map_or(text.len(), |at| start + at + close.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(only(text).split_whitespace().collect::<Vec<_>>().join(" "), expected, "{text}");
        assert_eq!(only(text).lines().count(), text.lines().count());
    }

    #[test]
    fn comments_and_literals_are_no_code() {
        check("a // dbg!(x)\nb", "a b");
        check("a /* x /* y */ z */ b", "a b");
        check(r#"f("dbg!(\"x\")", 1)"#, "f( , 1)");
        check("f(r#\"say \"todo!()\" \"#) + g", "f( ) + g");
        check(r"f('\'', '{', b'x')", "f( , , b )");
    }

    #[test]
    fn lifetimes_and_names_stay() {
        check("fn f<'a>(x: &'a str) -> &'a str { x }", "fn f<'a>(x: &'a str) -> &'a str { x }");
        check("let for_r = br + r#type;", "let for_r = br + r#type;");
    }
}
