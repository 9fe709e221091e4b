//! Bytes to lines, with a limit: what a server sends may be cut anywhere and may never end.

/// Most bytes of one line, and of one event.
pub(super) const LONGEST: usize = 256 * 1024;

/// A line has more than [`LONGEST`] bytes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooLong;

/// Splits at `\n`, and takes a `\r` before it away.
#[derive(Debug, Default)]
pub(super) struct Lines {
    buffer: Vec<u8>,
    /// Where the next line begins.
    start: usize,
    /// Up to where there is no `\n`.
    scanned: usize,
}

impl Lines {
    /// Takes what came; call [`next`](Self::next) until it has nothing before taking more.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.buffer.drain(..self.start);
        self.scanned -= self.start;
        self.start = 0;
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole line.
    pub(super) fn next(&mut self) -> Result<Option<Vec<u8>>, TooLong> {
        let found = self.buffer.iter().skip(self.scanned).position(|byte| *byte == b'\n');
        let end = found.map_or(self.buffer.len(), |at| self.scanned + at);
        if end - self.start > LONGEST {
            return Err(TooLong);
        }
        self.scanned = end;
        if found.is_none() {
            return Ok(None);
        }
        let line = self.buffer.get(self.start..end).unwrap_or_default();
        let line = line.strip_suffix(b"\r").unwrap_or(line).to_vec();
        self.start = end + 1;
        self.scanned = self.start;
        Ok(Some(line))
    }

    /// What came after the last line break, when nothing more will come.
    pub(super) fn rest(&mut self) -> Option<Vec<u8>> {
        let rest = self.buffer.split_off(self.start);
        *self = Self::default();
        (!rest.is_empty()).then_some(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn split(pieces: &[&[u8]]) -> (Vec<String>, Option<String>) {
        let mut lines = Lines::default();
        let mut out = Vec::new();
        for piece in pieces {
            lines.push(piece);
            while let Some(line) = lines.next().unwrap() {
                out.push(String::from_utf8(line).unwrap());
            }
        }
        (out, lines.rest().map(|rest| String::from_utf8(rest).unwrap()))
    }

    #[test]
    fn half_lines_are_joined() {
        let (lines, rest) = split(&[b"a\r", b"\nb", b"c\n", b"\n", b"d"]);
        assert_eq!((lines, rest.as_deref()), (vec!["a".to_owned(), "bc".to_owned(), String::new()], Some("d")));
    }

    #[test]
    fn a_line_without_end_is_refused_before_it_fills_the_memory() {
        let mut lines = Lines::default();
        let mut pushed = 0;
        let refused = loop {
            lines.push(&[b'x'; 10_000]);
            pushed += 10_000;
            match lines.next() {
                Ok(None) => {}
                other => break other,
            }
        };
        assert_eq!(refused, Err(TooLong));
        assert!(pushed <= LONGEST + 10_000);
    }

    proptest! {
        #[test]
        fn any_split_gives_the_same_lines(text in "[ab\n\r]{0,40}", cuts in prop::collection::vec(0usize..41, 0..6)) {
            let mut at: Vec<usize> = cuts.into_iter().map(|cut| cut.min(text.len())).chain([0, text.len()]).collect();
            at.sort_unstable();
            let pieces: Vec<&[u8]> = at.windows(2).map(|w| &text.as_bytes()[w[0]..w[1]]).collect();
            prop_assert_eq!(split(&pieces), split(&[text.as_bytes()]));
        }
    }
}
