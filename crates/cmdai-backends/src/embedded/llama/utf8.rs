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
        for chunk in self.pending.utf8_chunks() {
            text.push_str(chunk.valid());
            // An incomplete character has at most three bytes and can only stand at the end.
            if !chunk.invalid().is_empty() && !is_incomplete(chunk.invalid()) {
                text.push(char::REPLACEMENT_CHARACTER);
            }
        }
        let rest = self.pending.utf8_chunks().last().map_or(&[][..], |last| last.invalid());
        let keep = if is_incomplete(rest) { rest.to_vec() } else { Vec::new() };
        self.pending = keep;
        text
    }
}

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
