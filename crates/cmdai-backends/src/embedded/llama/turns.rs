//! A prompt in the model's own chat format, as tokens.
//!
//! The user's text is tokenised apart and never read for special tokens, so a request that contains `<|im_end|>` cannot
//! leave its turn (held by `special_tokens_in_a_request_are_plain_text` in the contract tests). That also makes the stable
//! prefix byte-identical for every request, which the saved state needs.

use cmdai_core::prompt::Prompt;
use llama_cpp_2::model::{LlamaChatMessage, LlamaChatTemplate, LlamaModel};
use llama_cpp_2::token::LlamaToken;

/// Stands for a text that changes while the template is rendered; nothing stable contains it.
const SLOT: &str = "\u{1}text\u{1}";

/// The tokens of a prompt, split at what changes.
#[derive(Debug)]
pub(super) struct Turns {
    /// System message, examples and the opening of the user's turn.
    pub(super) prefix: Vec<LlamaToken>,
    /// What was said before, the user's text, the opening of the answer and its code fence.
    pub(super) rest: Vec<LlamaToken>,
}

/// Renders `prompt` with the template the model carries, or `ChatML` where it carries none that llama.cpp knows.
pub(super) fn tokenize(model: &LlamaModel, prompt: &Prompt) -> Result<Turns, String> {
    let messages = messages(prompt).map_err(|error| error.to_string())?;
    let rendered = match model.chat_template(None).map(|own| model.apply_chat_template(&own, &messages, true)) {
        Ok(Ok(text)) => text,
        unknown => {
            tracing::warn!(?unknown, "the model's chat template is not known, ChatML is used");
            let chatml = LlamaChatTemplate::new("chatml").map_err(|error| error.to_string())?;
            model.apply_chat_template(&chatml, &messages, true).map_err(|error| error.to_string())?
        }
    };
    let mut between = rendered.split(SLOT);
    let head = between.next().unwrap_or_default();
    let earlier = prompt.earlier.iter().flat_map(|turn| [&turn.request, &turn.command]);
    let texts: Vec<&String> = earlier.chain([&prompt.user]).collect();
    let vocab = model.vocab();
    let (mut rest, mut filled) = (Vec::new(), 0);
    for (text, after) in texts.iter().zip(between) {
        filled += 1;
        let end = if filled == texts.len() { prompt.opening() } else { String::new() };
        rest.extend(vocab.tokenize(text.as_bytes(), false, false));
        rest.extend(vocab.tokenize(format!("{after}{end}").as_bytes(), false, true));
    }
    if filled < texts.len() {
        return Err("the chat template lost a turn".to_owned());
    }
    Ok(Turns { prefix: vocab.tokenize(head.as_bytes(), true, true), rest })
}

fn messages(prompt: &Prompt) -> Result<Vec<LlamaChatMessage>, impl std::error::Error> {
    let message = |role: &str, text: String| LlamaChatMessage::new(role.to_owned(), text);
    let mut messages = vec![message("system", prompt.system.clone())?];
    for example in &prompt.examples {
        messages.push(message("user", example.request.clone())?);
        messages.push(message("assistant", prompt.answer(&example.command))?);
    }
    for _ in &prompt.earlier {
        messages.push(message("user", SLOT.to_owned())?);
        messages.push(message("assistant", prompt.answer(SLOT))?);
    }
    messages.push(message("user", SLOT.to_owned())?);
    Ok::<_, llama_cpp_2::NewLlamaChatMessageError>(messages)
}
