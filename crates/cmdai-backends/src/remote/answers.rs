//! All answers to one prompt: the greedy one first, the sampled ones beside it as soon as it has begun.
//!
//! Each answer is a request of its own, because not every server can give several and none can give one greedy and the
//! others sampled. They start once the first one speaks: its evaluated prompt is there for them then, and a server that is
//! gone is found out once. A sampled answer that fails is left out; only the greedy one can fail the request.

use super::answer::{Answer, Opening, Piece};
use super::events::Events;
use super::pace::Pace;
use super::pull::{Out, pulled};
use super::refusal;
use super::wire::Wire;
use cmdai_core::generate::{Chunk, GenerateError, GenerateOptions, Usage};
use cmdai_core::prompt::{Example, Prompt};
use cmdai_core::server_error::ServerFailure;
use futures_core::future::BoxFuture;
use futures_core::stream::BoxStream;
use serde_json::Value;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use tokio::sync::watch;

/// What differs between the protocols.
pub(super) trait Protocol: Send + Sync + 'static {
    fn wire(&self) -> &Wire;

    /// Asks for one answer.
    fn ask(
        &self,
        prompt: &Prompt,
        decoding: &Decoding,
        pace: &mut Pace,
    ) -> impl Future<Output = Result<(Events, Opening), ServerFailure>> + Send;

    /// Reads one event.
    fn piece(&self, event: Value, decoding: &Decoding) -> Result<Piece, ServerFailure>;
}

/// Sampled answers draw from the likeliest tokens that together have this probability, as embedded ones do.
pub(super) const TOP_P: f32 = 0.95;

/// How one answer is decoded.
#[derive(Debug, Clone)]
pub(super) struct Decoding {
    pub(super) max_tokens: u32,
    /// Temperature and seed; `None` for the greedy answer.
    pub(super) sampled: Option<(f32, u32)>,
}

impl Decoding {
    fn new(index: u16, options: &GenerateOptions) -> Self {
        let sampled = (index > 0).then(|| (options.temperature, options.seed.wrapping_add(u32::from(index))));
        Self { max_tokens: options.max_tokens, sampled }
    }
}

/// The stream of all answers.
pub(super) fn stream<P: Protocol>(
    protocol: &Arc<P>,
    prompt: &Prompt,
    options: &GenerateOptions,
) -> BoxStream<'static, Result<Chunk, GenerateError>> {
    let protocol = Arc::clone(protocol);
    let hide = |text: &str| protocol.wire().outgoing(text);
    let earlier =
        prompt.earlier.iter().map(|turn| Example { request: hide(&turn.request), command: hide(&turn.command) });
    let prompt = Prompt { user: hide(&prompt.user), earlier: earlier.collect(), ..prompt.clone() };
    let options = options.clone();
    pulled(move |out| async move {
        let done = all(&*protocol, &prompt, &options, &out).await;
        let usage = done.map_err(|failure| match failure {
            ServerFailure::TooLong { needed, limit } => GenerateError::ContextOverflow { needed, limit },
            failure => protocol.wire().error(failure).into(),
        })?;
        out.send(Chunk::Done(usage)).await;
        Ok(())
    })
}

async fn all<P: Protocol>(
    protocol: &P,
    prompt: &Prompt,
    options: &GenerateOptions,
    out: &Out,
) -> Result<Usage, ServerFailure> {
    let (speaks, has_begun) = watch::channel(false);
    let greedy = Decoding::new(0, options);
    let greedy: BoxFuture<'_, _> = Box::pin(one(protocol, prompt, greedy, 0, out, move || {
        speaks.send_replace(true);
    }));
    let others = (1..options.alternatives).map(|index| {
        let mut has_begun = has_begun.clone();
        let decoding = Decoding::new(index, options);
        let other: BoxFuture<'_, _> = Box::pin(async move {
            // An error says that the greedy answer has ended without any text.
            let _ = has_begun.wait_for(|begun| *begun).await;
            one(protocol, prompt, decoding, index, out, || {}).await
        });
        other
    });
    together(greedy, others.collect()).await
}

type Making<'a> = BoxFuture<'a, Result<Usage, ServerFailure>>;

/// Waits for all; the first may fail them, of the others only the cost counts.
async fn together(first: Making<'_>, mut others: Vec<Making<'_>>) -> Result<Usage, ServerFailure> {
    let mut first = Some(first);
    let mut usage = Usage::default();
    let mut later = Vec::new();
    poll_fn(|cx| {
        if let Some(Poll::Ready(done)) = first.as_mut().map(|work| work.as_mut().poll(cx)) {
            first = None;
            match done {
                Ok(cost) => usage = cost,
                Err(failure) => return Poll::Ready(Err(failure)),
            }
        }
        others.retain_mut(|work| match work.as_mut().poll(cx) {
            Poll::Pending => true,
            Poll::Ready(done) => {
                if let Err(failure) = &done {
                    tracing::warn!(%failure, "an alternative is left out");
                }
                later.push(done.unwrap_or_default());
                false
            }
        });
        if first.is_none() && others.is_empty() { Poll::Ready(Ok(())) } else { Poll::Pending }
    })
    .await?;
    if !later.is_empty() {
        let tokens = later.iter().map(|cost| cost.output_tokens);
        usage.output_tokens = tokens.fold(usage.output_tokens, |sum, next| Some(sum? + next?));
        // They were made side by side, so no sum of their times is the time they took.
        usage.decode = None;
    }
    Ok(usage)
}

/// Makes one answer and says what it cost, as far as the server tells.
async fn one<P: Protocol>(
    protocol: &P,
    prompt: &Prompt,
    decoding: Decoding,
    index: u16,
    out: &Out,
    speaks: impl Fn() + Send,
) -> Result<Usage, ServerFailure> {
    let config = &protocol.wire().config;
    let mut pace = Pace::of_answer(&config.timeouts);
    let (mut events, opening) = protocol.ask(prompt, &decoding, &mut pace).await?;
    let mut answer = Answer::new(index, opening, decoding.max_tokens);
    loop {
        let event = events.next(&pace).await?.ok_or(ServerFailure::Closed)?;
        if let Some(failure) = refusal::in_event(&event, config) {
            return Err(failure);
        }
        let piece = protocol.piece(event, &decoding)?;
        if !piece.text.is_empty() {
            pace.text_came();
        }
        let (chunk, end) = answer.push(&piece)?;
        if let Some(chunk) = chunk {
            speaks();
            out.send(chunk).await;
        }
        let Some(reason) = end else { continue };
        out.send(Chunk::Finished { alternative: index, reason }).await;
        return Ok(match (piece.usage, piece.end) {
            (Some(usage), _) => usage,
            (None, Some(_)) => cost(protocol, &decoding, &mut events, pace).await.unwrap_or_default(),
            // We end it, so the server will not say.
            (None, None) => Usage::default(),
        });
    }
}

/// What a server says after the end of an answer. If it says nothing soon, nothing is known: the answer is whole anyway.
async fn cost<P: Protocol>(protocol: &P, decoding: &Decoding, events: &mut Events, mut pace: Pace) -> Option<Usage> {
    pace.ending();
    loop {
        let event = events.next(&pace).await.ok()??;
        let usage = protocol.piece(event, decoding).ok()?.usage;
        if usage.is_some() {
            return usage;
        }
    }
}
