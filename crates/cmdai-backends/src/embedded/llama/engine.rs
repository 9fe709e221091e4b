//! The engine thread: one model, one context, one answer at a time.

use super::answer::{Answer, Step};
use super::load::{self, Inbox};
use super::lookup;
use super::prefix::PrefixCache;
use super::turns::{self, Turns};
use super::{Item, Job, LlamaConfig};
use crate::embedded::cpu;
use cmdai_core::generate::{Chunk, GenerateError, GenerateOptions, Preparation, Usage};
use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::context::params::LlamaContextParams;
use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::token::LlamaToken;
use std::num::NonZeroU32;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Tokens evaluated in one step: bounds both the compute buffer and the time until a dropped stream is noticed.
const BATCH: usize = 64;
/// Contexts grow in steps of this many tokens, so that requests of about the same length share one.
const CONTEXT_STEP: u32 = 512;

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

fn inference(error: impl std::fmt::Display) -> GenerateError {
    GenerateError::Inference(error.to_string())
}

/// Serves jobs until the backend is dropped.
pub(super) fn serve(config: &LlamaConfig, jobs: Receiver<Job>, stop: &Arc<AtomicBool>) {
    let inbox = Arc::new(Mutex::new(Inbox::new(jobs)));
    let next = || inbox.lock().unwrap_or_else(PoisonError::into_inner).next();
    let started = Instant::now();
    tracing::debug!(path = %config.model.display(), "loading the model");
    let model = match load::load(&config.model, &inbox, stop) {
        Ok(model) => model,
        Err(why) => {
            while let Some(job) = next() {
                let _ = job.out.blocking_send(Err(GenerateError::Load(why.clone())));
            }
            return;
        }
    };
    let mut engine = Engine::new(&model, config, started.elapsed());
    while let Some(job) = next() {
        match engine.answer(&job) {
            Ok(usage) => drop(job.out.blocking_send(Ok(Chunk::Done(usage)))),
            Err(Stop::Failed(error)) => drop(job.out.blocking_send(Err(error))),
            Err(Stop::Cancelled) => {
                tracing::debug!(tokens_when_cancelled = engine.produced, "the answer is not wanted any more");
            }
        }
    }
}

struct Engine<'m> {
    model: &'m LlamaModel,
    identity: &'m str,
    cache: Option<PrefixCache>,
    threads: i32,
    /// Loading time, told to the first job only: it is the one that waited.
    load: Option<Duration>,
    session: Option<Session<'m>>,
    /// Tokens of the answer in the making.
    produced: u32,
}

/// A context and the prefix that its sequence 0 begins with.
struct Session<'m> {
    context: LlamaContext<'m>,
    sequences: u32,
    prefix: Vec<LlamaToken>,
}

impl<'m> Engine<'m> {
    fn new(model: &'m LlamaModel, config: &'m LlamaConfig, load: Duration) -> Self {
        Self {
            model,
            identity: &config.identity,
            cache: config.prefix_dir.clone().map(PrefixCache::new),
            threads: config.threads.unwrap_or_else(cpu::inference_threads),
            load: Some(load),
            session: None,
            produced: 0,
        }
    }

    fn answer(&mut self, job: &Job) -> Result<Usage, Stop> {
        self.produced = 0;
        let turns = turns::tokenize(self.model, &job.prompt).map_err(GenerateError::Inference)?;
        let mut usage = Usage {
            load: self.load.take(),
            prefix_tokens: u32::try_from(turns.prefix.len()).ok(),
            prompt_tokens: u32::try_from(turns.rest.len()).ok(),
            ..Usage::default()
        };
        let mut session = self.session(&turns, &job.options)?;

        let started = Instant::now();
        usage.prefix_restored = Some(self.prepare_prefix(&mut session, &turns, &job.out)?);
        usage.prefix = Some(started.elapsed());

        let started = Instant::now();
        evaluate(&mut session.context, &turns.rest, turns.prefix.len(), &job.out, &|_| {})?;
        usage.prompt = Some(started.elapsed());

        let started = Instant::now();
        if job.options.alternatives > 1 {
            self.decode(&mut session, turns.prefix.len() + turns.rest.len(), job)?;
        } else {
            self.decode_one(&mut session, [turns.prefix, turns.rest].concat(), job)?;
        }
        usage.decode = Some(started.elapsed());
        usage.output_tokens = Some(self.produced);

        self.session = Some(session);
        Ok(usage)
    }

    /// A context that holds the whole job, with nothing in it behind the prefix.
    fn session(&mut self, turns: &Turns, options: &GenerateOptions) -> Result<Session<'m>, GenerateError> {
        let sequences = u32::from(options.alternatives.max(1));
        let prompt = u32::try_from(turns.prefix.len() + turns.rest.len()).unwrap_or(u32::MAX);
        let one = prompt.saturating_add(options.max_tokens);
        let limit = self.model.n_ctx_train();
        if one > limit {
            return Err(GenerateError::ContextOverflow { needed: Some(one), limit: Some(limit) });
        }
        let needed = prompt.saturating_add(options.max_tokens.saturating_mul(sequences));
        if let Some(mut session) = self.session.take()
            && session.context.n_ctx() >= needed
            && session.sequences >= sequences
        {
            let kept = u32::try_from(session.prefix.len()).ok();
            let trimmed = session.context.clear_kv_cache_seq(Some(0), kept, None).map_err(inference)?;
            for other in 1..session.sequences {
                session.context.clear_kv_cache_seq(Some(other), None, None).map_err(inference)?;
            }
            if !trimmed {
                session.context.clear_kv_cache();
                session.prefix.clear();
            }
            return Ok(session);
        }
        let batch = u32::try_from(BATCH).unwrap_or(u32::MAX);
        let params = LlamaContextParams::default()
            .with_n_ctx(NonZeroU32::new(needed.next_multiple_of(CONTEXT_STEP)))
            .with_n_batch(batch)
            .with_n_ubatch(batch)
            .with_n_seq_max(sequences)
            .with_kv_unified(true)
            .with_n_threads(self.threads)
            .with_n_threads_batch(self.threads);
        let runtime = load::runtime().map_err(GenerateError::Load)?;
        let context = self.model.new_context(runtime, params).map_err(inference)?;
        Ok(Session { context, sequences, prefix: Vec::new() })
    }

    /// Brings the prefix into sequence 0; whether that could be done without evaluating it.
    fn prepare_prefix(
        &self,
        session: &mut Session<'m>,
        turns: &Turns,
        out: &super::stream::Sender<Item>,
    ) -> Result<bool, Stop> {
        if session.prefix == turns.prefix {
            return Ok(true);
        }
        session.context.clear_kv_cache();
        session.prefix.clear();
        let restored =
            self.cache.as_ref().is_some_and(|cache| cache.restore(&mut session.context, self.identity, &turns.prefix));
        if !restored {
            let told = |fraction| {
                // A reader that is behind misses a step, not the answer.
                let _ = out.try_send(Ok(Chunk::Progress { step: Preparation::EvaluatingPrompt, fraction }));
            };
            evaluate(&mut session.context, &turns.prefix, 0, out, &told)?;
            if let Some(Err(error)) =
                self.cache.as_ref().map(|cache| cache.save(&session.context, self.identity, &turns.prefix))
            {
                tracing::warn!(error, "the evaluated prefix could not be saved");
            }
        }
        session.prefix.clone_from(&turns.prefix);
        Ok(restored)
    }

    /// Produces the only answer behind the `seen` tokens; a step brings one token, and those that were [guessed](lookup) right.
    fn decode_one(&mut self, session: &mut Session<'m>, mut seen: Vec<LlamaToken>, job: &Job) -> Result<(), Stop> {
        let context = &mut session.context;
        let vocab = self.model.vocab();
        let ends = |token| vocab.is_eog(token) || vocab.token_to_piece(token, false, None).starts_with(b"```");
        let room = seen.len() + job.options.max_tokens as usize;
        let mut answer = Answer::new(0, seen.len(), &job.options);
        let mut batch = LlamaBatch::new(1 + lookup::MOST, 1);
        // The answer starts from the logits of the prompt's last token.
        let (mut first, mut guessed) = (-1, Vec::new());
        loop {
            let mut right = 0;
            let token = loop {
                self.produced += 1;
                let row = first + i32::try_from(right).map_err(inference)?;
                let Step::Token(token) = answer.step(self.model, context.get_logits_ith(row), &job.out)? else {
                    return Ok(());
                };
                seen.push(token);
                if guessed.get(right) != Some(&token) {
                    break token;
                }
                right += 1;
            };
            if right < guessed.len() {
                let wrong = u32::try_from(answer.position()).ok();
                context.clear_kv_cache_seq(Some(0), wrong, None).map_err(inference)?;
            }
            guessed = lookup::guess(&seen, ends);
            guessed.truncate(room.saturating_sub(seen.len() + 1));
            batch.clear();
            for (token, position) in std::iter::once(&token).chain(&guessed).zip(answer.position()..) {
                batch.add(*token, position, &[answer.sequence()], true).map_err(inference)?;
            }
            context.decode(&mut batch).map_err(inference)?;
            first = 0;
        }
    }

    /// Produces all answers side by side, one token each a step.
    fn decode(&mut self, session: &mut Session<'m>, position: usize, job: &Job) -> Result<(), Stop> {
        let context = &mut session.context;
        let mut answers: Vec<Answer> =
            (0..job.options.alternatives.max(1)).map(|index| Answer::new(index, position, &job.options)).collect();
        for answer in answers.iter().skip(1) {
            context.copy_kv_cache_seq(0, answer.sequence(), None, None).map_err(inference)?;
        }
        let mut batch = LlamaBatch::new(answers.len(), 1);
        // Every answer starts from the logits of the prompt's last token.
        let mut rows = vec![-1; answers.len()];
        loop {
            batch.clear();
            let mut next_rows = Vec::with_capacity(answers.len());
            let mut going_on = Vec::with_capacity(answers.len());
            for (mut answer, row) in answers.into_iter().zip(rows) {
                self.produced += 1;
                match answer.step(self.model, context.get_logits_ith(row), &job.out)? {
                    Step::Ended => {}
                    Step::Token(token) => {
                        next_rows.push(batch.n_tokens());
                        batch.add(token, answer.position(), &[answer.sequence()], true).map_err(inference)?;
                        going_on.push(answer);
                    }
                }
            }
            if going_on.is_empty() {
                return Ok(());
            }
            context.decode(&mut batch).map_err(inference)?;
            (answers, rows) = (going_on, next_rows);
        }
    }
}

/// Evaluates `tokens` from `position` on in sequence 0, leaving the logits of the last one.
fn evaluate(
    context: &mut LlamaContext<'_>,
    tokens: &[LlamaToken],
    position: usize,
    out: &super::stream::Sender<Item>,
    tell: &dyn Fn(f32),
) -> Result<(), Stop> {
    let mut batch = LlamaBatch::new(BATCH, 1);
    let mut at = i32::try_from(position).map_err(inference)?;
    let last = at + i32::try_from(tokens.len()).map_err(inference)? - 1;
    let parts = tokens.chunks(BATCH);
    let all = parts.len();
    for (done, part) in parts.enumerate() {
        if out.is_closed() {
            return Err(Stop::Cancelled);
        }
        #[allow(clippy::cast_precision_loss, reason = "a prompt has some dozen parts")]
        tell(done as f32 / all as f32);
        batch.clear();
        for token in part {
            batch.add(*token, at, &[0], at == last).map_err(inference)?;
            at += 1;
        }
        context.decode(&mut batch).map_err(inference)?;
    }
    context.synchronize();
    Ok(())
}
