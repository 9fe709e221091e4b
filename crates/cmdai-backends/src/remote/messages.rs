//! The prompt as the chat messages that both protocols take.

use cmdai_core::prompt::Prompt;
use serde::Serialize;

/// One message of a chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Message {
    role: &'static str,
    content: String,
}

impl Message {
    fn new(role: &'static str, content: &str) -> Self {
        Self { role, content: content.to_owned() }
    }
}

/// The prompt as messages; `begun` adds the answer with its opening fence.
pub(super) fn messages(prompt: &Prompt, begun: bool) -> Vec<Message> {
    let mut messages = vec![Message::new("system", &prompt.system)];
    for example in prompt.examples.iter().chain(&prompt.earlier) {
        messages.push(Message::new("user", &example.request));
        messages.push(Message::new("assistant", &prompt.answer(&example.command)));
    }
    messages.push(Message::new("user", &prompt.user));
    if begun {
        messages.push(Message::new("assistant", &prompt.opening()));
    }
    messages
}
