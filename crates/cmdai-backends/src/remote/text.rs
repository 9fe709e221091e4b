//! What a server says, made fit for a terminal and a log.

use cmdai_core::proposal::is_deceptive;

/// Most characters of a server's message that are kept.
const LONGEST: usize = 300;

/// One line of printable text, shortened.
pub(super) fn printable(text: &str) -> String {
    let mut out: String = text
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| !is_deceptive(*c))
        .take(LONGEST + 1)
        .collect();
    if out.chars().count() > LONGEST {
        out.pop();
        out.push('…');
    }
    out.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_a_server_says_drives_a_terminal() {
        assert_eq!(printable(" a\n\u{1b}[2Jb\u{202e}\t"), "a [2Jb");
        assert_eq!(printable(&"x".repeat(1000)).chars().count(), LONGEST + 1);
    }
}
