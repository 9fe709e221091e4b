//! Where a call in a program ends: statements and brackets, quotes counted.
//!
//! For [`program_calls`](crate::program_calls) and [`calls`](crate::calls).

/// Where a statement ends: the first `;` or line end outside of quotes.
pub(crate) fn end_of_statement(text: &str) -> usize {
    let mut quote = None;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if std::mem::take(&mut escaped) {
            continue;
        }
        match (quote, c) {
            (_, '\\') => escaped = true,
            (Some(q), c) if c == q => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, ';' | '\n') if at > 0 => return at,
            _ => {}
        }
    }
    text.len()
}

/// What stands between the brackets at the start; nothing if there are none.
pub(crate) fn brackets(text: &str) -> &str {
    let text = text.trim_start_matches(['!', '?']);
    if !text.starts_with('(') {
        return "";
    }
    let (mut depth, mut quote, mut escaped) = (0usize, None, false);
    for (at, c) in text.char_indices() {
        if std::mem::take(&mut escaped) {
            continue;
        }
        match (quote, c) {
            (_, '\\') => escaped = true,
            (Some(q), c) if c == q => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return text.get(1..at).unwrap_or_default();
                }
            }
            _ => {}
        }
    }
    text.get(1..).unwrap_or_default()
}
