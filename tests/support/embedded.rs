//! What every embedded backend keeps beside the laws of `Generate`, on a real small model.

#![allow(clippy::indexing_slicing, reason = "a test that is out of bounds fails")]

use cmdai_core::contract::generate::{self, collect, sample_prompt};
use cmdai_core::generate::{Chunk, FinishReason, Generate, GenerateError, GenerateOptions, Usage};
use cmdai_core::prompt::Prompt;
use std::fmt;
use std::future::poll_fn;
use std::path::Path;
use std::sync::{Arc, Mutex};
use tracing::field::{Field, Visit};

/// The tests that every such backend has: `$backend` makes one of the small model with a directory for its states or none, `$of` one of a
/// file.
macro_rules! laws {
    ($backend:path, $of:path) => {
        #[tokio::test]
        async fn generate_contract() {
            cmdai_core::contract::generate::all(&$backend(None)).await;
        }

        #[tokio::test]
        async fn special_tokens_in_a_request_are_plain_text() {
            embedded::special_tokens_are_plain_text(&$backend(None)).await;
        }

        #[tokio::test]
        async fn a_saved_prefix_is_restored_and_changes_nothing() {
            embedded::a_saved_prefix_is_restored(|dir| $backend(Some(dir))).await;
        }

        #[tokio::test]
        async fn one_backend_answers_many_prompts_from_one_prefix() {
            embedded::many_prompts_share_one_prefix(&$backend(None)).await;
        }

        #[tokio::test]
        async fn what_does_not_fit_the_context_is_refused_before_it_overflows() {
            cmdai_core::contract::generate::too_long_a_prompt_is_told_as_such(&$backend(None)).await;
        }

        #[tokio::test]
        async fn a_long_answer_is_cut_and_says_so() {
            embedded::a_long_answer_is_cut(&$backend(None)).await;
        }

        #[tokio::test]
        async fn a_file_that_is_no_model_is_a_load_error() {
            embedded::no_model_is_a_load_error($of).await;
        }

        #[test]
        fn a_backend_dropped_while_it_loads_ends() {
            drop($backend(None));
        }

        #[tokio::test]
        async fn dropping_a_stream_stops_the_engine() {
            embedded::dropping_a_stream_stops(&$backend(None)).await;
        }
    };
}
pub(crate) use laws;

/// The command and the cost of answering `prompt`.
pub(crate) async fn answer(backend: &dyn Generate, prompt: &Prompt) -> (String, Usage) {
    let mut command = String::new();
    for item in collect(backend.generate(prompt, &GenerateOptions::default())).await {
        match item.unwrap() {
            Chunk::Text { text, .. } => command.push_str(&text),
            Chunk::Done(usage) => return (command, usage),
            Chunk::Progress { .. } | Chunk::Restarted { .. } | Chunk::Finished { .. } => {}
        }
    }
    panic!("the stream has no end");
}

pub(crate) async fn special_tokens_are_plain_text(backend: &dyn Generate) {
    let mut tokens = Vec::new();
    for user in ["x", "<|im_end|>"] {
        let (_, usage) = answer(backend, &Prompt { user: user.to_owned(), ..sample_prompt() }).await;
        tokens.push(usage.prompt_tokens.unwrap());
    }
    // As a special token it would be one, like `x`.
    assert!(tokens[1] > tokens[0] + 2, "{tokens:?}");
}

/// `start` makes a backend that keeps its states in a directory.
pub(crate) async fn a_saved_prefix_is_restored<B: Generate>(start: impl Fn(&Path) -> B) {
    let dir = tempfile::tempdir().unwrap();
    let (first, usage) = answer(&start(dir.path()), &sample_prompt()).await;
    assert_eq!(usage.prefix_restored, Some(false));
    let (second, usage) = answer(&start(dir.path()), &sample_prompt()).await;
    assert_eq!((second, usage.prefix_restored), (first.clone(), Some(true)));

    // Half a state, then a flipped bit: evaluated again, nothing fails.
    for damage in [|bytes: &mut Vec<u8>| bytes.truncate(bytes.len() / 2), |bytes: &mut Vec<u8>| bytes[9000] ^= 1] {
        let state = std::fs::read_dir(dir.path()).unwrap().next().unwrap().unwrap().path();
        let mut bytes = std::fs::read(&state).unwrap();
        damage(&mut bytes);
        std::fs::write(&state, bytes).unwrap();
        let (again, usage) = answer(&start(dir.path()), &sample_prompt()).await;
        assert_eq!((again, usage.prefix_restored), (first.clone(), Some(false)));
    }
}

pub(crate) async fn many_prompts_share_one_prefix(backend: &dyn Generate) {
    let (first, usage) = answer(backend, &sample_prompt()).await;
    assert!(usage.load.is_some());
    let other = Prompt { user: "remove the file called old".to_owned(), ..sample_prompt() };
    assert_ne!(answer(backend, &other).await.0, first);
    let (again, usage) = answer(backend, &sample_prompt()).await;
    assert_eq!((again, usage.prefix_restored, usage.load), (first, Some(true), None));
}

pub(crate) async fn a_long_answer_is_cut(backend: &dyn Generate) {
    let options = GenerateOptions { max_tokens: 3, alternatives: 2, ..GenerateOptions::default() };
    let items = collect(backend.generate(&sample_prompt(), &options)).await;
    let cut = items.iter().filter(|i| matches!(i, Ok(Chunk::Finished { reason: FinishReason::Length, .. })));
    assert_eq!(cut.count(), 2, "{items:?}");
}

/// `start` makes a backend of a file.
pub(crate) async fn no_model_is_a_load_error<B: Generate>(start: impl Fn(&Path) -> B) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.gguf");
    std::fs::write(&path, b"GGUF but nothing else").unwrap();
    let backend = start(&path);
    for _ in 0..2 {
        let items = collect(backend.generate(&sample_prompt(), &GenerateOptions::default())).await;
        assert!(matches!(items.last(), Some(Err(GenerateError::Load(_)))), "{items:?}");
    }
}

/// A reader that is gone is noticed within a few tokens. Takes over the process's log.
pub(crate) async fn dropping_a_stream_stops(backend: &dyn Generate) {
    let produced = Arc::new(Mutex::new(Vec::new()));
    tracing::subscriber::set_global_default(CancelledAt(Arc::clone(&produced))).unwrap();
    let options = GenerateOptions { max_tokens: 400, ..GenerateOptions::default() };
    let prompt = Prompt {
        system: "You write long stories.".to_owned(),
        examples: Vec::new(),
        earlier: Vec::new(),
        user: "Write down the numbers from one to two hundred in words.".to_owned(),
        fence: "text".to_owned(),
    };
    let mut stream = backend.generate(&prompt, &options);
    while !matches!(poll_fn(|cx| stream.as_mut().poll_next(cx)).await, Some(Ok(Chunk::Text { .. }))) {}
    drop(stream);
    // The next answer comes after the engine has let go of the first.
    generate::chunks_come_in_order(backend).await;
    let produced = produced.lock().unwrap().clone();
    // One token was read, a few may lie in the channel, one may be in the making.
    assert!(matches!(produced.as_slice(), [tokens] if *tokens < 10), "{produced:?}");
}

/// Hears how many tokens a cancelled answer had.
struct CancelledAt(Arc<Mutex<Vec<u64>>>);

impl Visit for CancelledAt {
    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "tokens_when_cancelled" {
            self.0.lock().unwrap().push(value);
        }
    }
}

impl tracing::Subscriber for CancelledAt {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target().starts_with("cmdai")
    }
    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }
    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}
    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}
    fn event(&self, event: &tracing::Event<'_>) {
        event.record(&mut Self(Arc::clone(&self.0)));
    }
    fn enter(&self, _: &tracing::span::Id) {}
    fn exit(&self, _: &tracing::span::Id) {}
}
