//! Laws of [`Generate`].

use crate::generate::{Chunk, FinishReason, Generate, GenerateError, GenerateOptions};
use crate::prompt::{Example, Prompt};
use futures_core::stream::BoxStream;
use std::future::poll_fn;

/// A small prompt any instruction model can answer.
#[must_use]
pub fn sample_prompt() -> Prompt {
    Prompt {
        system: "Turn each request into one Bash command.".to_owned(),
        examples: vec![Example { request: "print the current directory".to_owned(), command: "pwd".to_owned() }],
        earlier: Vec::new(),
        user: "list the files here".to_owned(),
        fence: "bash".to_owned(),
    }
}

/// Reads a stream to its end.
pub async fn collect(
    mut stream: BoxStream<'static, Result<Chunk, GenerateError>>,
) -> Vec<Result<Chunk, GenerateError>> {
    let mut items = Vec::new();
    while let Some(item) = poll_fn(|cx| stream.as_mut().poll_next(cx)).await {
        items.push(item);
    }
    items
}

/// Every law that needs no knowledge of the implementation.
pub async fn all(backend: &dyn Generate) {
    chunks_come_in_order(backend).await;
    greedy_answers_repeat(backend).await;
    the_token_limit_holds(backend).await;
    alternatives_are_numbered(backend).await;
    an_early_drop_leaves_the_backend_usable(backend).await;
}

/// A prompt that does not fit is refused as such, whoever counts the tokens, and the next one is answered. Apart from the others: not
/// every implementation has a limit.
pub async fn too_long_a_prompt_is_told_as_such(backend: &dyn Generate) {
    let prompt = Prompt { user: "word ".repeat(20_000), ..sample_prompt() };
    let items = collect(backend.generate(&prompt, &GenerateOptions::default())).await;
    let Some(Err(GenerateError::ContextOverflow { needed, limit })) = items.last() else {
        panic!("the last item is an overflow, got {:?}", items.last());
    };
    assert!(needed.zip(*limit).is_none_or(|(needed, limit)| needed > limit), "{needed:?} fit into {limit:?}");
    assert!(!items.iter().any(|item| matches!(item, Ok(Chunk::Text { .. }))), "nothing was answered");
    chunks_come_in_order(backend).await;
}

/// Progress, then text and one end for each answer, then one `Done`, then nothing; probabilities are probabilities.
pub async fn chunks_come_in_order(backend: &dyn Generate) {
    let items = collect(backend.generate(&sample_prompt(), &GenerateOptions::default())).await;
    let mut finished = false;
    let mut text_seen = false;
    let (last, before) = items.split_last().expect("a stream has items");
    assert!(matches!(last, Ok(Chunk::Done(_))), "the last item is Done, got {last:?}");
    for item in before {
        match item {
            Ok(Chunk::Restarted { why }) => {
                assert!(!why.is_empty(), "a restart has a reason");
                (finished, text_seen) = (false, false);
            }
            Ok(Chunk::Progress { fraction, .. }) => {
                assert!((0.0..=1.0).contains(fraction), "progress is a share, got {fraction}");
                assert!(!text_seen, "progress comes before text");
            }
            Ok(Chunk::Text { alternative, text, probability }) => {
                text_seen = true;
                assert!(!finished, "no text after the end");
                assert_eq!(*alternative, 0, "one answer was asked for");
                assert!(!text.is_empty(), "no empty text");
                assert!(probability.is_none_or(|p| (0.0..=1.0).contains(&p)), "not a probability: {probability:?}");
            }
            Ok(Chunk::Finished { alternative, .. }) => {
                assert_eq!(*alternative, 0);
                assert!(!std::mem::replace(&mut finished, true), "an answer ends once");
            }
            other => panic!("out of order: {other:?}"),
        }
    }
    assert!(finished, "the answer has an end");
    let command = text_of(&items, 0);
    assert!(!command.lines().any(|line| line.trim_start().starts_with("```")), "the fence is no part of {command:?}");
}

/// The first answer does not depend on chance.
pub async fn greedy_answers_repeat(backend: &dyn Generate) {
    let options = GenerateOptions::default();
    let first = collect(backend.generate(&sample_prompt(), &options)).await;
    let second = collect(backend.generate(&sample_prompt(), &GenerateOptions { seed: 7, ..options })).await;
    assert_eq!(text_of(&first, 0), text_of(&second, 0), "greedy decoding repeats");
}

/// An answer that reaches the limit says so.
pub async fn the_token_limit_holds(backend: &dyn Generate) {
    let options = GenerateOptions { max_tokens: 1, ..GenerateOptions::default() };
    let items = collect(backend.generate(&sample_prompt(), &options)).await;
    let ends: Vec<FinishReason> = ends(&items);
    assert_eq!(ends, [FinishReason::Length], "one token is no whole answer");
}

/// Each of several answers has its own number and its own end, and the first is the greedy one.
pub async fn alternatives_are_numbered(backend: &dyn Generate) {
    let alone = collect(backend.generate(&sample_prompt(), &GenerateOptions::default())).await;
    let options = GenerateOptions { alternatives: 3, ..GenerateOptions::default() };
    let items = collect(backend.generate(&sample_prompt(), &options)).await;
    assert_eq!(ends(&items).len(), 3, "three answers have three ends");
    assert_eq!(text_of(&items, 0), text_of(&alone, 0), "company does not change the greedy answer");
}

/// A reader that goes away in the middle harms nobody.
pub async fn an_early_drop_leaves_the_backend_usable(backend: &dyn Generate) {
    let mut stream = backend.generate(&sample_prompt(), &GenerateOptions::default());
    let first = poll_fn(|cx| stream.as_mut().poll_next(cx)).await;
    assert!(first.is_some(), "a stream has items");
    drop(stream);
    chunks_come_in_order(backend).await;
}

fn text_of(items: &[Result<Chunk, GenerateError>], wanted: u16) -> String {
    let begin = items.iter().rposition(|item| matches!(item, Ok(Chunk::Restarted { .. }))).unwrap_or(0);
    items
        .iter()
        .skip(begin)
        .filter_map(|item| match item {
            Ok(Chunk::Text { alternative, text, .. }) if *alternative == wanted => Some(text.as_str()),
            _ => None,
        })
        .collect()
}

fn ends(items: &[Result<Chunk, GenerateError>]) -> Vec<FinishReason> {
    items
        .iter()
        .filter_map(|item| match item {
            Ok(Chunk::Finished { reason, .. }) => Some(*reason),
            _ => None,
        })
        .collect()
}
