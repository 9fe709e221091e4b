//! A prompt in the model's own chat format, as tokens.
//!
//! The user's text is tokenised apart and never read for special tokens, so a request that contains `<|im_end|>` cannot
//! leave its turn (held by `special_tokens_in_a_request_are_plain_text` in the contract tests). That also makes the stable
//! prefix byte-identical for every request, which the saved state needs.

use super::runtime::{Message, Outcome, Runtime, Token};
use cmdai_core::prompt::Prompt;

/// Stands for a text that changes while the template is rendered; nothing stable contains it.
const SLOT: &str = "\u{1}text\u{1}";

/// The tokens of a prompt, split at what changes.
#[derive(Debug)]
pub(super) struct Turns {
    /// System message, examples and the opening of the user's turn.
    pub(super) prefix: Vec<Token>,
    /// What was said before, the user's text, the opening of the answer and its code fence.
    pub(super) rest: Vec<Token>,
}

/// Renders `prompt` in the chat format of the model and takes it apart.
pub(super) fn tokenize(model: &impl Runtime, prompt: &Prompt) -> Outcome<Turns> {
    let rendered = model.render(&messages(prompt))?;
    let mut between = rendered.split(SLOT);
    let head = between.next().unwrap_or_default();
    let earlier = prompt.earlier.iter().flat_map(|turn| [&turn.request, &turn.command]);
    let texts: Vec<&String> = earlier.chain([&prompt.user]).collect();
    let (mut rest, mut filled) = (Vec::new(), 0);
    for (text, after) in texts.iter().zip(between) {
        filled += 1;
        let end = if filled == texts.len() { prompt.opening() } else { String::new() };
        rest.extend(model.tokenize(text, false, false));
        rest.extend(model.tokenize(&format!("{after}{end}"), false, true));
    }
    if filled < texts.len() {
        return Err("the chat template lost a turn".to_owned());
    }
    Ok(Turns { prefix: model.tokenize(head, true, true), rest })
}

fn messages(prompt: &Prompt) -> Vec<Message> {
    let message = |role, text| Message { role, text };
    let mut messages = vec![message("system", prompt.system.clone())];
    for example in &prompt.examples {
        messages.push(message("user", example.request.clone()));
        messages.push(message("assistant", prompt.answer(&example.command)));
    }
    for _ in &prompt.earlier {
        messages.push(message("user", SLOT.to_owned()));
        messages.push(message("assistant", prompt.answer(SLOT)));
    }
    messages.push(message("user", SLOT.to_owned()));
    messages
}
