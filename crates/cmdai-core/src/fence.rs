//! Reads a command out of model text as it streams: the output contract that all backends share.
//!
//! Sits inside each backend, between tokens and [`Chunk::Text`](crate::generate::Chunk::Text). The answer was made to start
//! inside a code block (or must open one, for servers that cannot be prefilled), and ends at the closing fence. Text that
//! might still turn out to be the closing fence is held back, so nothing that was shown is ever taken back
//! (held by `any_split_gives_the_same_text`). Braces, quotes and `${}` mean nothing here: only a line that starts with three
//! backticks does.

const FENCE: &str = "```";
/// A unit of at least [`LOOP_MIN_UNIT`] bytes that stands this many times in a row at the end is a loop.
const LOOP_REPEATS: usize = 6;
const LOOP_MIN_UNIT: usize = 3;
const LOOP_MAX_UNIT: usize = 80;

/// Streaming reader of one fenced block.
#[derive(Debug, Clone)]
pub struct FenceReader {
    state: State,
    /// Received and not yet given out; in `Before`, the current line.
    pending: String,
    given: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Before,
    Inside,
    Closed,
    Looping,
}

/// What became of a piece of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Read {
    /// This much is now certain to belong to the command; may be empty.
    Text(String),
    /// As `Text`, and the block is closed: stop generating.
    Closed(String),
    /// The model repeats itself: stop generating.
    Loop,
}

impl FenceReader {
    /// For a model whose answer was prefilled with the opening fence.
    #[must_use]
    pub fn prefilled() -> Self {
        Self { state: State::Inside, pending: String::new(), given: String::new() }
    }

    /// For a model that must open the fence itself; text before the fence is dropped.
    #[must_use]
    pub fn unopened() -> Self {
        Self { state: State::Before, ..Self::prefilled() }
    }

    /// Whether the block has begun: what was pushed before that is no part of the command.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.state != State::Before
    }

    /// Takes the next piece of model text.
    pub fn push(&mut self, piece: &str) -> Read {
        self.pending.push_str(piece);
        if self.state == State::Before {
            self.look_for_opening();
        }
        match self.state {
            State::Before => Read::Text(String::new()),
            State::Closed => Read::Closed(String::new()),
            State::Looping => Read::Loop,
            State::Inside => self.read_inside(),
        }
    }

    /// The model has ended by itself: gives out what was held back, and whether a block was ever open.
    #[must_use]
    pub fn finish(&mut self) -> Option<String> {
        match self.state {
            State::Before | State::Looping => None,
            State::Closed => Some(String::new()),
            State::Inside => {
                self.state = State::Closed;
                // A fence that was only begun when the model stopped is not part of the command.
                let keep =
                    self.line_starts().last().filter(|&at| self.may_become_fence(at)).unwrap_or(self.pending.len());
                self.pending.truncate(keep);
                Some(std::mem::take(&mut self.pending).trim_end_matches('\n').to_owned())
            }
        }
    }

    fn look_for_opening(&mut self) {
        while let Some(end) = self.pending.find('\n') {
            let line: String = self.pending.drain(..=end).collect();
            if line.trim_start().starts_with(FENCE) {
                self.state = State::Inside;
                return;
            }
        }
    }

    fn read_inside(&mut self) -> Read {
        if let Some(fence) = self.find_fence() {
            self.pending.truncate(fence);
            self.state = State::Closed;
            return Read::Closed(std::mem::take(&mut self.pending).trim_end_matches('\n').to_owned());
        }
        let keep_from = self.hold_back_from();
        let text: String = self.pending.drain(..keep_from).collect();
        self.given.push_str(&text);
        if repeats_at_end(&self.given) {
            self.state = State::Looping;
            return Read::Loop;
        }
        Read::Text(text)
    }

    /// Where a line starts that is a fence.
    fn find_fence(&self) -> Option<usize> {
        self.line_starts()
            .find(|&at| self.pending.get(at..).is_some_and(|l| l.trim_start_matches(' ').starts_with(FENCE)))
    }

    /// Holds back a last line that could still become a fence, with the line breaks before it: a command does not end in one.
    fn hold_back_from(&self) -> usize {
        let undecided = self.line_starts().last().filter(|&at| self.may_become_fence(at));
        let end = undecided.unwrap_or(self.pending.len());
        self.pending.get(..end).map_or(0, |text| text.trim_end_matches('\n').len())
    }

    fn may_become_fence(&self, line_start: usize) -> bool {
        self.pending.get(line_start..).is_some_and(|line| FENCE.starts_with(line.trim_start_matches(' ')))
    }

    fn line_starts(&self) -> impl Iterator<Item = usize> + '_ {
        let first = (self.given.is_empty() || self.given.ends_with('\n')).then_some(0);
        first.into_iter().chain(self.pending.match_indices('\n').map(|(i, _)| i + 1))
    }
}

/// Whether the text ends in one unit standing [`LOOP_REPEATS`] times in a row.
fn repeats_at_end(text: &str) -> bool {
    let bytes = text.as_bytes();
    let longest = LOOP_MAX_UNIT.min(bytes.len() / LOOP_REPEATS);
    (LOOP_MIN_UNIT..=longest).any(|unit| {
        let Some(tail) = bytes.get(bytes.len() - unit * LOOP_REPEATS..) else { return false };
        let mut units = tail.chunks(unit);
        let first = units.next().unwrap_or_default();
        // Runs of one character (`-----`, `     `) are ordinary in commands.
        first.iter().any(|b| Some(b) != first.first()) && units.all(|u| u == first)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Feeds `pieces`, returns the text and how it ended.
    fn read(mut reader: FenceReader, pieces: &[&str]) -> (String, &'static str) {
        let mut text = String::new();
        for piece in pieces {
            match reader.push(piece) {
                Read::Text(t) => text.push_str(&t),
                Read::Closed(t) => return (text + &t, "closed"),
                Read::Loop => return (text, "loop"),
            }
        }
        match reader.finish() {
            Some(rest) => (text + &rest, "ended"),
            None => (text, "never opened"),
        }
    }

    #[track_caller]
    fn check(pieces: &[&str], expected: &str, how: &str) {
        assert_eq!(read(FenceReader::prefilled(), pieces), (expected.to_owned(), how));
    }

    #[test]
    fn ends_at_the_fence() {
        check(&["ls -la\n```"], "ls -la", "closed");
        check(&["ls", " -la", "\n", "``", "`"], "ls -la", "closed");
        check(&["ls\n\n```\nThis lists"], "ls", "closed");
        check(&["```"], "", "closed");
        check(&["ls\n  ```"], "ls", "closed");
    }

    #[test]
    fn ends_where_the_model_ends() {
        check(&["ls -la"], "ls -la", "ended");
        check(&["ls -la\n``"], "ls -la", "ended");
        check(&["echo `date`"], "echo `date`", "ended");
    }

    #[test]
    fn shell_text_survives_whole() {
        for text in [
            "awk '{ if ($1 > 3) { print $0 } }' f",
            "echo \"${x:-`date`}\" '{}' \\`",
            "find . -exec mv {} {}.bak \\;",
            "cat <<'EOF' > f\n{\n  `a`\n}\nEOF",
            "printf '%s\\n' a``b",
        ] {
            check(&[text, "\n```"], text, "closed");
        }
    }

    #[test]
    fn text_before_an_unopened_fence_is_dropped() {
        let read = |pieces| read(FenceReader::unopened(), pieces);
        assert_eq!(read(&["Sure!\n\n```ba", "sh\nls", "\n```\nbye"]), ("ls".to_owned(), "closed"));
        assert_eq!(read(&["just prose"]), (String::new(), "never opened"));
    }

    #[test]
    fn repetition_is_a_loop_and_rulers_are_not() {
        check(&["a | ", &"grep x | ".repeat(8)], "a | ", "loop");
        check(&["echo ----------------------------"], "echo ----------------------------", "ended");
        check(&["rm a1 a2 a3 a4 a5 a6 a7 a8"], "rm a1 a2 a3 a4 a5 a6 a7 a8", "ended");
    }

    proptest! {
        #[test]
        fn any_split_gives_the_same_text(text in "[a`\\n {}$é]{0,40}", cuts in prop::collection::vec(0usize..60, 0..8)) {
            let whole = format!("{text}\n```\nrest");
            let mut at: Vec<usize> = cuts.into_iter().filter(|c| whole.is_char_boundary(*c) && *c <= whole.len()).collect();
            at.extend([0, whole.len()]);
            at.sort_unstable();
            let pieces: Vec<&str> = at.windows(2).map(|w| &whole[w[0]..w[1]]).collect();
            let (split, one) = (read(FenceReader::prefilled(), &pieces), read(FenceReader::prefilled(), &[&whole]));
            prop_assert_eq!(split, one);
        }

        #[test]
        fn nothing_shown_starts_a_line_with_a_fence(text in "[a`\\n ]{0,60}") {
            let (shown, _) = read(FenceReader::prefilled(), &[&text]);
            prop_assert!(!shown.lines().any(|l| l.trim_start_matches(' ').starts_with(FENCE)));
        }
    }
}
