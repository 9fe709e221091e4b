//! What the engine asks of something that computes tokens.
//!
//! A runtime holds one model, and numbered sequences of evaluated tokens: sequence 0 is the prompt, the others are copies of it that
//! the alternatives go on from. It decides nothing: what is kept, called off or given out is the engine's affair.

use std::path::Path;

/// A token, by its place in the vocabulary.
pub(super) type Token = u32;

/// Says of an error what can be said.
pub(super) type Outcome<T> = Result<T, String>;

/// One message of a conversation, before it is in the format of a model.
#[derive(Debug, Clone)]
pub(super) struct Message {
    pub(super) role: &'static str,
    pub(super) text: String,
}

/// A token to evaluate as the next of a sequence.
#[derive(Debug, Clone, Copy)]
pub(super) struct Next {
    pub(super) sequence: u16,
    pub(super) token: Token,
    pub(super) position: u32,
}

/// A model, and what it has evaluated.
pub(super) trait Runtime {
    /// Whether some tokens of one sequence, evaluated together, cost less than one after the other.
    const TOGETHER: bool;

    /// The tokens of `text`. `begins` adds what a prompt begins with, `marks` reads the names of control tokens as these.
    fn tokenize(&self, text: &str, begins: bool, marks: bool) -> Vec<Token>;
    /// The bytes of a token, which may be a part of a character; nothing for a control token.
    fn piece(&self, token: Token) -> Vec<u8>;
    /// Whether the model ends its answer by this token.
    fn is_end(&self, token: Token) -> bool;
    /// The messages in the chat format of this model, with the opening of the assistant's turn behind.
    fn render(&self, messages: &[Message]) -> Outcome<String>;

    /// Most tokens of prompt and answer.
    fn context_length(&self) -> u32;
    /// Makes room for `tokens` in all and for `sequences`. Of sequence 0 the first `kept` tokens stay and nothing else does;
    /// `false` where not even these could.
    fn reserve(&mut self, sequences: u16, tokens: u32, kept: usize) -> Outcome<bool>;
    /// Forgets all that was evaluated.
    fn clear(&mut self);
    /// Evaluates `tokens` behind the first `position` ones of sequence 0. With `last`, the logits of the last are wanted, as row 0.
    fn evaluate(&mut self, tokens: &[Token], position: usize, last: bool) -> Outcome<()>;
    /// Waits until what was evaluated is.
    fn finish(&mut self) -> Outcome<()>;
    /// Makes `sequence` a copy of sequence 0.
    fn fork(&mut self, sequence: u16) -> Outcome<()>;
    /// Forgets all but the first `length` tokens of sequence 0.
    fn cut(&mut self, length: u32) -> Outcome<()>;
    /// Evaluates tokens of several sequences, those of one in order; the logits are rows in the order of `next`. One token of a sequence
    /// at most, unless [`Self::TOGETHER`].
    fn advance(&mut self, next: &[Next]) -> Outcome<()>;
    /// Logits of the latest evaluation.
    fn logits(&self, row: usize) -> Outcome<&[f32]>;

    /// Writes sequence 0, which holds exactly `tokens`.
    fn save(&self, path: &Path, tokens: &[Token]) -> Outcome<()>;
    /// Makes sequence 0 what was saved; an error leaves nothing evaluated.
    fn restore(&mut self, path: &Path, tokens: &[Token]) -> Outcome<()>;
}
