//! The engine: one model, one answer at a time, whatever computes it.

use super::answer::{Answer, Step};
use super::inbox::Inbox;
use super::lookup;
use super::prefix::PrefixCache;
use super::runtime::{Next, Runtime, Token};
use super::thread::{Item, Job};
use super::turns::{self, Turns};
use cmdai_core::generate::{Chunk, GenerateError, GenerateOptions, Preparation, Usage};
use std::time::{Duration, Instant};
use tokio::sync::mpsc::Sender;

/// Tokens evaluated in one step: bounds both the compute buffer and the time until a dropped stream is noticed.
pub(super) const BATCH: usize = 64;
/// What closes a command in its answer.
const FENCE: &[u8] = b"```";
/// Why an answer stopped early: the reader is gone, or there is something to tell it.
#[derive(Debug)]
pub(super) enum Stop {
    Cancelled,
    Failed(GenerateError),
}

impl From<GenerateError> for Stop {
    fn from(error: GenerateError) -> Self {
        Self::Failed(error)
    }
}

/// Serves jobs until the backend is dropped.
pub(super) fn serve<R: Runtime>(mut engine: Engine<R>, inbox: &Inbox) {
    while let Some(job) = inbox.next() {
        match engine.answer(&job) {
            Ok(usage) => drop(job.out.blocking_send(Ok(Chunk::Done(usage)))),
            Err(Stop::Failed(error)) => {
                // What a failure leaves behind is not known.
                engine.forget();
                drop(job.out.blocking_send(Err(error)));
            }
            Err(Stop::Cancelled) => {
                tracing::debug!(tokens_when_cancelled = engine.produced, "the answer is not wanted any more");
            }
        }
    }
}

/// A model at work.
pub(super) struct Engine<R> {
    runtime: R,
    /// What the model is; names the saved states.
    identity: String,
    cache: Option<PrefixCache>,
    /// Loading time, told to the first job only: it is the one that waited.
    load: Option<Duration>,
    /// What sequence 0 begins with.
    prefix: Vec<Token>,
    /// Tokens of the answer in the making.
    produced: u32,
}

impl<R: Runtime> Engine<R> {
    pub(super) fn new(runtime: R, identity: &str, cache: Option<PrefixCache>, load: Duration) -> Self {
        Self { runtime, identity: identity.to_owned(), cache, load: Some(load), prefix: Vec::new(), produced: 0 }
    }

    fn forget(&mut self) {
        self.prefix.clear();
        self.runtime.clear();
    }

    fn answer(&mut self, job: &Job) -> Result<Usage, Stop> {
        self.produced = 0;
        let turns = turns::tokenize(&self.runtime, &job.prompt).map_err(GenerateError::Inference)?;
        let mut usage = Usage {
            load: self.load.take(),
            prefix_tokens: u32::try_from(turns.prefix.len()).ok(),
            prompt_tokens: u32::try_from(turns.rest.len()).ok(),
            ..Usage::default()
        };
        self.reserve(&turns, &job.options)?;

        let started = Instant::now();
        usage.prefix_restored = Some(self.prepare_prefix(&turns, &job.out)?);
        usage.prefix = Some(started.elapsed());

        let started = Instant::now();
        self.evaluate(&turns.rest, turns.prefix.len(), &job.out, &|_| {})?;
        usage.prompt = Some(started.elapsed());

        let started = Instant::now();
        if R::TOGETHER && job.options.alternatives <= 1 {
            self.decode_one([turns.prefix, turns.rest].concat(), job)?;
        } else {
            self.decode(turns.prefix.len() + turns.rest.len(), job)?;
        }
        usage.decode = Some(started.elapsed());
        usage.output_tokens = Some(self.produced);
        Ok(usage)
    }

    /// Room for the whole job, with nothing in it behind the prefix.
    fn reserve(&mut self, turns: &Turns, options: &GenerateOptions) -> Result<(), GenerateError> {
        let sequences = options.alternatives.max(1);
        let prompt = u32::try_from(turns.prefix.len() + turns.rest.len()).unwrap_or(u32::MAX);
        let one = prompt.saturating_add(options.max_tokens);
        let limit = self.runtime.context_length();
        if one > limit {
            return Err(GenerateError::ContextOverflow { needed: Some(one), limit: Some(limit) });
        }
        let needed = prompt.saturating_add(options.max_tokens.saturating_mul(sequences.into()));
        if !self.runtime.reserve(sequences, needed, self.prefix.len()).map_err(GenerateError::Inference)? {
            self.prefix.clear();
        }
        Ok(())
    }

    /// Brings the prefix into sequence 0; whether that could be done without evaluating it.
    fn prepare_prefix(&mut self, turns: &Turns, out: &Sender<Item>) -> Result<bool, Stop> {
        if self.prefix == turns.prefix {
            return Ok(true);
        }
        self.forget();
        let cache = self.cache.take();
        let restored =
            cache.as_ref().is_some_and(|cache| cache.restore(&mut self.runtime, &self.identity, &turns.prefix));
        self.cache = cache;
        if !restored {
            let told = |fraction| {
                // A reader that is behind misses a step, not the answer.
                let _ = out.try_send(Ok(Chunk::Progress { step: Preparation::EvaluatingPrompt, fraction }));
            };
            self.evaluate(&turns.prefix, 0, out, &told)?;
            if let Some(Err(error)) =
                self.cache.as_ref().map(|cache| cache.save(&self.runtime, &self.identity, &turns.prefix))
            {
                tracing::warn!(error, "the evaluated prefix could not be saved");
            }
        }
        self.prefix.clone_from(&turns.prefix);
        Ok(restored)
    }

    /// Produces the only answer behind the `seen` tokens; a step brings one token, and those that were [guessed](lookup) right.
    fn decode_one(&mut self, mut seen: Vec<Token>, job: &Job) -> Result<(), Stop> {
        let room = seen.len() + usize::try_from(job.options.max_tokens).unwrap_or(usize::MAX);
        let mut answer = Answer::new(0, seen.len(), &job.options);
        let mut guessed: Vec<Token> = Vec::new();
        loop {
            let mut right = 0;
            let next = loop {
                self.produced += 1;
                let logits = self.runtime.logits(right).map_err(GenerateError::Inference)?;
                let Step::Token(next) = answer.step(&self.runtime, logits, &job.out)? else { return Ok(()) };
                seen.push(next.token);
                if guessed.get(right) != Some(&next.token) {
                    break next;
                }
                right += 1;
            };
            if right < guessed.len() {
                self.runtime.cut(next.position).map_err(GenerateError::Inference)?;
            }
            let ends = |token| self.runtime.is_end(token) || self.runtime.piece(token).starts_with(FENCE);
            guessed = lookup::guess(&seen, ends);
            guessed.truncate(room.saturating_sub(seen.len() + 1));
            let behind = guessed.iter().zip(next.position + 1..);
            let batch: Vec<Next> = std::iter::once(next)
                .chain(behind.map(|(token, position)| Next { token: *token, position, ..next }))
                .collect();
            self.runtime.advance(&batch).map_err(GenerateError::Inference)?;
        }
    }

    /// Produces all answers side by side, one token each a step.
    fn decode(&mut self, position: usize, job: &Job) -> Result<(), Stop> {
        let mut answers: Vec<Answer> =
            (0..job.options.alternatives.max(1)).map(|index| Answer::new(index, position, &job.options)).collect();
        for answer in answers.iter().skip(1) {
            self.runtime.fork(answer.sequence()).map_err(GenerateError::Inference)?;
        }
        // Every answer starts from the logits of the prompt's last token.
        let mut rows = vec![0; answers.len()];
        loop {
            let mut next: Vec<Next> = Vec::with_capacity(answers.len());
            let mut going_on = Vec::with_capacity(answers.len());
            for (mut answer, row) in answers.into_iter().zip(rows) {
                self.produced += 1;
                let logits = self.runtime.logits(row).map_err(GenerateError::Inference)?;
                if let Step::Token(token) = answer.step(&self.runtime, logits, &job.out)? {
                    next.push(token);
                    going_on.push(answer);
                }
            }
            if going_on.is_empty() {
                return Ok(());
            }
            self.runtime.advance(&next).map_err(GenerateError::Inference)?;
            (answers, rows) = (going_on, (0..next.len()).collect());
        }
    }

    /// Evaluates `tokens` from `position` on in sequence 0, leaving the logits of the last one.
    fn evaluate(
        &mut self,
        tokens: &[Token],
        position: usize,
        out: &Sender<Item>,
        tell: &dyn Fn(f32),
    ) -> Result<(), Stop> {
        let mut at = position;
        let end = position + tokens.len();
        let parts = tokens.chunks(BATCH);
        let all = parts.len();
        for (done, part) in parts.enumerate() {
            if out.is_closed() {
                return Err(Stop::Cancelled);
            }
            #[allow(clippy::cast_precision_loss, reason = "a prompt has some dozen parts")]
            tell(done as f32 / all as f32);
            let next = at + part.len();
            self.runtime.evaluate(part, at, next == end).map_err(GenerateError::Inference)?;
            at = next;
        }
        self.runtime.finish().map_err(GenerateError::Inference)?;
        Ok(())
    }
}
