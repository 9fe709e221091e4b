//! Text out of tokens, which may end in the middle of a character.

/// Joins byte pieces into text; a character is given out once it is whole.
#[derive(Debug, Default)]
pub(super) struct Utf8Joiner {
    pending: Vec<u8>,
}

impl Utf8Joiner {
    /// Takes the bytes of one token and gives back the text that is whole now. Bytes that can never become text turn into
    /// U+FFFD, so a broken model cannot stall the stream.
    pub(super) fn push(&mut self, bytes: &[u8]) -> String {
        self.pending.extend_from_slice(bytes);
        let mut text = String::new();
        let mut chunks = self.pending.utf8_chunks().peekable();
        let mut keep = Vec::new();
        while let Some(chunk) = chunks.next() {
            text.push_str(chunk.valid());
            let invalid = chunk.invalid();
            if chunks.peek().is_none() && is_incomplete(invalid) {
                keep = invalid.to_vec();
            } else if !invalid.is_empty() {
                text.push(char::REPLACEMENT_CHARACTER);
            }
        }
        self.pending = keep;
        text
    }
}

/// Whether more bytes could make a character of these.
fn is_incomplete(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_err_and(|error| error.error_len().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn split_anywhere_text_comes_out_whole(text in "[aé漢🦀]{0,12}", at in 0usize..48) {
            let (a, b) = text.as_bytes().split_at(at.min(text.len()));
            let mut joiner = Utf8Joiner::default();
            prop_assert_eq!(joiner.push(a) + &joiner.push(b), text);
        }
    }

    #[test]
    fn broken_bytes_do_not_stall() {
        let mut joiner = Utf8Joiner::default();
        assert_eq!(joiner.push(b"a\xffb"), "a\u{fffd}b");
        assert_eq!(joiner.push(b"\xf0\x9f"), "");
        assert_eq!(joiner.push(b"x"), "\u{fffd}x");
    }
}
