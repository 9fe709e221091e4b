//! One answer in the making: from logits to text.

use super::engine::Stop;
use super::runtime::{Next, Runtime, Token};
use super::sample::{self, Choice};
use super::thread::Item;
use super::utf8::Utf8Joiner;
use cmdai_core::fence::{FenceReader, Read};
use cmdai_core::generate::{Chunk, FinishReason, GenerateError, GenerateOptions};
use tokio::sync::mpsc::Sender;

/// What a refusal begins with.
const COMMENT: &str = "#";

/// What an answer needs next.
#[derive(Debug)]
pub(super) enum Step {
    /// This token evaluated.
    Token(Next),
    /// Nothing: it is complete.
    Ended,
}

#[derive(Debug)]
pub(super) struct Answer {
    index: u16,
    position: u32,
    tokens: u32,
    max_tokens: u32,
    temperature: f32,
    refuse_at: f32,
    random: fastrand::Rng,
    reader: FenceReader,
    joiner: Utf8Joiner,
    /// Probability of the text that was not given out yet.
    held: f32,
}

impl Answer {
    pub(super) fn new(index: u16, position: usize, options: &GenerateOptions) -> Self {
        Self {
            index,
            position: u32::try_from(position).unwrap_or(u32::MAX),
            tokens: 0,
            max_tokens: options.max_tokens,
            temperature: options.temperature,
            refuse_at: options.refuse_at,
            random: fastrand::Rng::with_seed(u64::from(options.seed) << 16 | u64::from(index)),
            reader: FenceReader::prefilled(),
            joiner: Utf8Joiner::default(),
            held: 1.0,
        }
    }

    /// The sequence that this answer lives in.
    pub(super) fn sequence(&self) -> u16 {
        self.index
    }

    /// Chooses the next token from `logits` and gives out what is certain by now.
    pub(super) fn step(&mut self, model: &impl Runtime, logits: &[f32], out: &Sender<Item>) -> Result<Step, Stop> {
        if out.is_closed() {
            return Err(Stop::Cancelled);
        }
        let Choice { token, probability } = self.refusal(model, logits).unwrap_or_else(|| self.choose(logits));
        let token = Token::try_from(token).map_err(|e| GenerateError::Inference(e.to_string()))?;
        self.tokens += 1;
        self.position += 1;
        if model.is_end(token) {
            let rest = self.reader.finish().unwrap_or_default();
            self.give(rest, out)?;
            return self.end(FinishReason::Stop, out);
        }
        self.held *= probability;
        let text = self.joiner.push(&model.piece(token));
        match self.reader.push(&text) {
            Read::Closed(text) => {
                self.give(text, out)?;
                self.end(FinishReason::Stop, out)
            }
            Read::Loop => self.end(FinishReason::Loop, out),
            Read::Text(text) => {
                self.give(text, out)?;
                if self.tokens >= self.max_tokens {
                    self.end(FinishReason::Length, out)
                } else {
                    Ok(Step::Token(Next { sequence: self.index, token, position: self.position - 1 }))
                }
            }
        }
    }

    /// The beginning of a comment, where the model would rather refuse than answer.
    fn refusal(&self, model: &impl Runtime, logits: &[f32]) -> Option<Choice> {
        if self.tokens > 0 || self.index > 0 {
            return None;
        }
        let mark = model.tokenize(COMMENT, false, false);
        let token = usize::try_from(*mark.first()?).ok()?;
        let probability = sample::probability(logits, token)?;
        (probability >= self.refuse_at).then_some(Choice { token, probability })
    }

    /// The first answer is greedy; the others differ from it by chance.
    fn choose(&mut self, logits: &[f32]) -> Choice {
        if self.index == 0 || self.temperature <= 0.0 {
            sample::greedy(logits)
        } else {
            sample::sampled(logits, self.temperature, self.random.f32())
        }
    }

    fn give(&mut self, text: String, out: &Sender<Item>) -> Result<(), Stop> {
        if text.is_empty() {
            return Ok(());
        }
        let probability = Some(std::mem::replace(&mut self.held, 1.0).clamp(0.0, 1.0));
        send(out, Chunk::Text { alternative: self.index, text, probability })
    }

    fn end(&self, reason: FinishReason, out: &Sender<Item>) -> Result<Step, Stop> {
        send(out, Chunk::Finished { alternative: self.index, reason })?;
        Ok(Step::Ended)
    }
}

fn send(out: &Sender<Item>, chunk: Chunk) -> Result<(), Stop> {
    out.blocking_send(Ok(chunk)).map_err(|_| Stop::Cancelled)
}
