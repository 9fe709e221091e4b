//! What a command does in one sentence of the model, for `cmdai explain --model`.
//!
//! A model that explains can be wrong where the documentation is not, so its sentence stands apart and says whose it is. It is asked
//! through the same backends as a request, so what leaves this machine leaves it without its secrets.

use crate::backends::{self, Answered};
use crate::errors::Failure;
use crate::history::Memory;
use crate::models::Consent;
use crate::say;
use cmdai_backends::time_limit::TimeLimited;
use cmdai_config::Settings;
use cmdai_core::generate::{Generate, GenerateOptions};
use cmdai_core::pipeline::PipelineError;
use cmdai_core::prompt::Prompt;
use cmdai_core::proposal::Collector;
use futures_util::StreamExt;

/// Tokens of the longest sentence; one that is cut off is none.
const MOST_TOKENS: u32 = 80;

/// One sentence, and who said it.
pub(super) struct Gist {
    pub(super) text: String,
    pub(super) source: Answered,
}

/// Asks for the gist of `command`.
///
/// # Errors
/// [`Failure`]: nobody answers, or what was answered is no sentence.
pub(super) async fn ask(command: &str, settings: &Settings, may_ask: bool) -> Result<Gist, Failure> {
    let mut memory = Memory::open(settings);
    let (backend, source) = backends::choose(settings, Consent::of(settings, may_ask), &mut memory).await?;
    // Not waited for at the end, like the one of a request.
    let backend: &'static dyn Generate = Box::leak(backend);
    if let Some(mark) = source.mark() {
        say::warn(&mark);
    }
    let options = GenerateOptions { max_tokens: MOST_TOKENS, refuse_at: 1.0, ..GenerateOptions::default() };
    let mut stream = TimeLimited::new(backend, settings.request.timeout).generate(&Prompt::gist(command), &options);
    let mut collector = Collector::default();
    while let Some(chunk) = stream.next().await {
        collector.push(&chunk.map_err(PipelineError::from)?);
    }
    source.keep(&mut memory);
    source.notices().iter().for_each(|notice| say::warn(notice));
    let proposal = collector.into_proposal().map_err(PipelineError::from)?;
    Ok(Gist { text: first_line(&proposal.command), source: source.answered() })
}

fn first_line(text: &str) -> String {
    text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default().to_owned()
}
