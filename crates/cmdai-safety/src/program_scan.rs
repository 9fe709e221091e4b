//! Where a call in a program ends: statements and brackets, quotes counted.
//!
//! For [`program_calls`](crate::program_calls) and [`calls`](crate::calls).

/// The characters outside of quotes that no backslash takes the meaning from, with their places.
fn bare(text: &str) -> impl Iterator<Item = (usize, char)> {
    let (mut quote, mut escaped) = (None, false);
    text.char_indices().filter(move |(_, c)| {
        if std::mem::take(&mut escaped) {
            return false;
        }
        match (quote, *c) {
            (_, '\\') => escaped = true,
            (Some(q), c) if c == q => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(*c),
            (None, _) => return true,
        }
        false
    })
}

/// Where a statement ends: the first `;` or line end outside of quotes.
pub(crate) fn end_of_statement(text: &str) -> usize {
    bare(text).find(|(at, c)| *at > 0 && matches!(c, ';' | '\n')).map_or(text.len(), |(at, _)| at)
}

/// What stands between the brackets at the start; nothing if there are none.
pub(crate) fn brackets(text: &str) -> &str {
    let text = text.trim_start_matches(['!', '?']);
    if !text.starts_with('(') {
        return "";
    }
    let mut depth = 0usize;
    for (at, c) in bare(text) {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => continue,
        }
        if depth == 0 {
            return text.get(1..at).unwrap_or_default();
        }
    }
    text.get(1..).unwrap_or_default()
}
