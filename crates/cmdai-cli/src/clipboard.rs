//! The clipboard of the terminal, over ssh and inside multiplexers too: OSC 52.
//!
//! Nothing answers, so nobody knows whether the terminal took it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::io::{self, Write};

/// What makes a terminal put `text` on the clipboard.
pub(crate) fn sequence(text: &str) -> String {
    format!("\x1b]52;c;{}\x07", STANDARD.encode(text))
}

/// Sends `text` to the clipboard of the terminal.
///
/// # Errors
/// The terminal is gone.
pub(crate) fn copy(text: &str) -> io::Result<()> {
    let mut err = io::stderr().lock();
    err.write_all(sequence(text).as_bytes())?;
    err.flush()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_text_travels_as_base64() {
        assert_eq!(super::sequence("ls é🦀"), "\x1b]52;c;bHMgw6nwn6aA\x07");
    }
}
