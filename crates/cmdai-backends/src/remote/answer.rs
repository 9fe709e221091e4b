//! One answer in the making: from pieces of a server's text to chunks, under the output contract that all backends share.
//!
//! Whatever the server does, an answer ends: at the closing fence, at the limit of tokens, at a limit of bytes.

use cmdai_core::fence::{FenceReader, Read};
use cmdai_core::generate::{Chunk, FinishReason, Usage};
use cmdai_core::server_error::ServerFailure;

/// Most bytes of model text that are read; a command of 96 tokens has some hundred.
const LARGEST: usize = 32 * 1024;

/// What an event of a server's stream says.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Piece {
    /// Text of the model; may be empty.
    pub(super) text: String,
    /// Probability of that text.
    pub(super) probability: Option<f32>,
    /// The answer has ended.
    pub(super) end: Option<FinishReason>,
    /// What it cost; a server may say that after the end.
    pub(super) usage: Option<Usage>,
}

/// How the answer was begun for the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opening {
    /// The server continues after our opening fence.
    Prefilled,
    /// The model must open the fence itself.
    Unopened,
}

/// Reads one answer.
#[derive(Debug)]
pub(super) struct Answer {
    index: u16,
    reader: FenceReader,
    /// Beginning of a prefilled answer, while it may still turn out that the fence is opened again.
    beginning: Option<String>,
    given: bool,
    pieces: u32,
    most_pieces: u32,
    bytes: usize,
    /// Probability of the text that was not given out yet, as far as it is known.
    held: Option<f32>,
}

impl Answer {
    pub(super) fn new(index: u16, opening: Opening, max_tokens: u32) -> Self {
        let (reader, beginning) = match opening {
            Opening::Prefilled => (FenceReader::prefilled(), Some(String::new())),
            Opening::Unopened => (FenceReader::unopened(), None),
        };
        Self { index, reader, beginning, given: false, pieces: 0, most_pieces: max_tokens, bytes: 0, held: Some(1.0) }
    }

    /// Takes a piece; gives what is certain now, and the reason if the answer has ended.
    pub(super) fn push(&mut self, piece: &Piece) -> Result<(Option<Chunk>, Option<FinishReason>), ServerFailure> {
        self.bytes += piece.text.len();
        if self.bytes > LARGEST {
            return Err(ServerFailure::TooLarge { limit: LARGEST });
        }
        let mut text = String::new();
        let mut end = None;
        if !piece.text.is_empty() {
            self.pieces += 1;
            self.held = self.held.zip(piece.probability).map(|(held, new)| held * new);
            (text, end) = self.read(&piece.text);
        }
        if end.is_none() && piece.end == Some(FinishReason::Stop) {
            text.push_str(&self.finish());
        }
        // A piece holds at least one token, so a server that ignores the limit is stopped here.
        let over = (self.pieces > self.most_pieces).then_some(FinishReason::Length);
        Ok((self.give(text), end.or(piece.end).or(over)))
    }

    fn read(&mut self, text: &str) -> (String, Option<FinishReason>) {
        let Some(text) = self.settle_beginning(text) else { return (String::new(), None) };
        let read = self.reader.push(&text);
        if !self.reader.is_open() {
            self.held = Some(1.0);
        }
        match read {
            Read::Text(text) => (text, None),
            Read::Closed(text) => (text, Some(FinishReason::Stop)),
            Read::Loop => (String::new(), Some(FinishReason::Loop)),
        }
    }

    /// A server may send our own opening back, or the model may open the fence once more: three backticks with a language
    /// are an opening then, where bare ones close an empty answer.
    fn settle_beginning(&mut self, text: &str) -> Option<String> {
        let Some(mut beginning) = self.beginning.take() else { return Some(text.to_owned()) };
        beginning.push_str(text);
        let start = beginning.trim_start();
        match start.strip_prefix("```").map(|rest| rest.chars().next()) {
            Some(Some(c)) if c.is_ascii_alphabetic() => self.reader = FenceReader::unopened(),
            None if !"```".starts_with(start) => {}
            Some(Some(_)) => {}
            Some(None) | None => {
                self.beginning = Some(beginning);
                return None;
            }
        }
        Some(beginning)
    }

    /// The model has ended by itself.
    fn finish(&mut self) -> String {
        let mut text = String::new();
        if let Some(beginning) = self.beginning.take()
            && let Read::Text(read) | Read::Closed(read) = self.reader.push(&beginning)
        {
            text = read;
        }
        text + &self.reader.finish().unwrap_or_default()
    }

    fn give(&mut self, text: String) -> Option<Chunk> {
        // Some servers lose the line break of the opening; it is not part of the command.
        let text = if self.given { text } else { text.trim_start_matches(['\n', '\r']).to_owned() };
        if text.is_empty() {
            return None;
        }
        self.given = true;
        let probability = self.held.replace(1.0).map(|p| p.clamp(0.0, 1.0));
        Some(Chunk::Text { alternative: self.index, text, probability })
    }
}

/// Probability of a text from the logarithms of its tokens; unknown where there are none, or nonsense.
pub(super) fn probability(logarithms: impl IntoIterator<Item = f32>) -> Option<f32> {
    let mut any = false;
    let sum: f32 = logarithms.into_iter().inspect(|_| any = true).sum();
    (any && !sum.is_nan()).then(|| sum.exp().clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(text: &str) -> Piece {
        Piece { text: text.to_owned(), probability: Some(0.5), ..Piece::default() }
    }

    /// The text, its probability and the end.
    fn read(opening: Opening, texts: &[&str], max_tokens: u32) -> (String, Option<f32>, Option<FinishReason>) {
        let mut answer = Answer::new(0, opening, max_tokens);
        let mut all = (String::new(), Some(1.0_f32), None);
        let stop = Piece { end: Some(FinishReason::Stop), ..Piece::default() };
        for piece in texts.iter().map(|text| piece(text)).chain([stop]) {
            let (chunk, end) = answer.push(&piece).unwrap();
            if let Some(Chunk::Text { text, probability, .. }) = chunk {
                all.0 += &text;
                all.1 = all.1.zip(probability).map(|(a, b)| a * b);
            }
            if end.is_some() {
                return (all.0, all.1, end);
            }
        }
        all
    }

    #[track_caller]
    fn check(opening: Opening, texts: &[&str], expected: &str) {
        let (text, _, end) = read(opening, texts, 96);
        assert_eq!((text.as_str(), end), (expected, Some(FinishReason::Stop)));
    }

    #[test]
    fn prefilled_answers_are_read_however_they_begin() {
        for texts in [
            ["ls", " -la"].as_slice(),
            &["ls -la\n```\nThis lists"],
            &["\n", "ls -la"],
            &["```bash\n", "ls -la\n", "```"],
            &["`", "``", "sh\nls", " -la"],
            &["\n```bash\nls -la"],
        ] {
            check(Opening::Prefilled, texts, "ls -la");
        }
        check(Opening::Prefilled, &["```"], "");
        check(Opening::Prefilled, &["```\nprose\n```sh\nls\n```"], "");
        check(Opening::Prefilled, &["``", "x``"], "``x``");
    }

    #[test]
    fn prose_before_an_unopened_answer_is_no_part_of_it() {
        check(Opening::Unopened, &["Sure:\n", "```sh\n", "ls", " -la\n", "```"], "ls -la");
        check(Opening::Unopened, &["I cannot do that."], "");
        let (_, probability, _) = read(Opening::Unopened, &["Sure\n", "```sh\n", "ls"], 96);
        assert_eq!(probability, Some(0.25), "of the piece that opened the fence and the one after it");
    }

    #[test]
    fn a_server_that_does_not_stop_is_stopped() {
        let words = ["echo", " a", " b", " c"];
        assert_eq!(read(Opening::Prefilled, &words, 3).2, Some(FinishReason::Length));
        assert_eq!(read(Opening::Prefilled, &words, 4).2, Some(FinishReason::Stop));
        let mut answer = Answer::new(0, Opening::Unopened, u32::MAX);
        let ended = (0..LARGEST).find_map(|_| answer.push(&piece("0123456789")).err());
        assert_eq!(ended, Some(ServerFailure::TooLarge { limit: LARGEST }));
    }

    #[test]
    fn probabilities_are_known_or_absent_and_never_made_up() {
        assert_eq!(probability([]), None);
        assert_eq!(probability([f32::NAN]), None);
        assert_eq!(probability([0.5]), Some(1.0));
        assert!((probability([0.5_f32.ln(), 0.5_f32.ln()]).unwrap() - 0.25).abs() < 1e-6);
        let mut answer = Answer::new(0, Opening::Prefilled, 9);
        let (chunk, _) = answer.push(&Piece { text: "ls".to_owned(), ..Piece::default() }).unwrap();
        assert_eq!(chunk, Some(Chunk::Text { alternative: 0, text: "ls".to_owned(), probability: None }));
    }
}
