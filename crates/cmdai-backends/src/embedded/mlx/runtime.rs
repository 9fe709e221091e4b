//! Evaluates tokens with MLX.
//!
//! MLX computes when it is asked for values: after each part of a prompt, and once for the next tokens of all alternatives. What is
//! asked for then includes the cache, so that nothing is computed twice and no graph grows.

use super::cache::Cache;
use super::checkpoint::Checkpoint;
use super::model::Model;
use super::vocabulary::Vocabulary;
use crate::embedded::runtime::{Message, Next, Outcome, Runtime, Token};
use mlx_rs::Array;
use mlx_rs::error::Exception;
use mlx_rs::transforms::eval;
use std::path::Path;

/// A model and its sequences, the prompt first.
pub(super) struct MlxRuntime {
    model: Model,
    vocabulary: Vocabulary,
    sequences: Vec<Cache>,
    logits: Vec<Vec<f32>>,
}

impl MlxRuntime {
    pub(super) fn new(Checkpoint { model, vocabulary }: Checkpoint) -> Outcome<Self> {
        let mut runtime = Self { model, vocabulary, sequences: Vec::new(), logits: Vec::new() };
        runtime.sequences.push(runtime.empty()?);
        Ok(runtime)
    }

    fn empty(&self) -> Outcome<Cache> {
        let shape = &self.model.shape;
        Cache::new(shape.layers, shape.key_heads, shape.head_width, self.model.dtype).map_err(text)
    }

    fn sequence(&mut self, number: u16) -> Outcome<&mut Cache> {
        self.sequences.get_mut(usize::from(number)).ok_or_else(|| format!("there is no sequence {number}"))
    }

    fn first(&self) -> Outcome<&Cache> {
        self.sequences.first().ok_or_else(|| "there is no sequence".to_owned())
    }

    /// What `tokens` become, as many behind each of some sequences, in their order and with their positions. Not computed yet.
    fn forward(&mut self, tokens: &[Token], behind: &[(u16, usize)]) -> Outcome<Array> {
        let mut caches = Vec::with_capacity(behind.len());
        for (number, cache) in (0_u16..).zip(&mut self.sequences) {
            let Some((_, position)) = behind.get(caches.len()).filter(|(next, _)| *next == number) else { continue };
            if cache.length() != *position {
                return Err(format!("a token for position {position} behind {} tokens", cache.length()));
            }
            cache.reserve(tokens.len() / behind.len()).map_err(text)?;
            caches.push(cache);
        }
        if caches.len() < behind.len() {
            return Err("a sequence that is not there, or not in its order".to_owned());
        }
        self.model.forward(tokens, &mut caches).map_err(text)
    }

    /// Computes logits and what else is open, and keeps the logits.
    fn compute(&mut self, logits: Option<&Array>) -> Outcome<()> {
        eval(logits.into_iter().chain(self.sequences.iter().flat_map(Cache::arrays))).map_err(text)?;
        let Some(logits) = logits else { return Ok(()) };
        let words = usize::try_from(logits.dim(1)).unwrap_or(0).max(1);
        let all = logits.to_vec_exact::<f32>().map_err(|error| error.to_string())?;
        self.logits = all.chunks_exact(words).map(<[f32]>::to_vec).collect();
        Ok(())
    }
}

impl Runtime for MlxRuntime {
    /// A token of each sequence is one pass; several of one are not asked for.
    const TOGETHER: bool = false;

    fn tokenize(&self, text: &str, begins: bool, marks: bool) -> Vec<Token> {
        self.vocabulary.tokenize(text, begins, marks)
    }

    fn piece(&self, token: Token) -> Vec<u8> {
        self.vocabulary.piece(token)
    }

    fn is_end(&self, token: Token) -> bool {
        self.vocabulary.is_end(token)
    }

    /// As `ChatML`, the format of all models that are read; [`super::checkpoint`] refuses others.
    fn render(&self, messages: &[Message]) -> Outcome<String> {
        let turns = messages.iter().map(|one| format!("<|im_start|>{}\n{}<|im_end|>\n", one.role, one.text));
        Ok(turns.chain(["<|im_start|>assistant\n".to_owned()]).collect())
    }

    fn context_length(&self) -> u32 {
        self.model.shape.context_length
    }

    fn reserve(&mut self, _sequences: u16, _tokens: u32, kept: usize) -> Outcome<bool> {
        self.sequences.truncate(1);
        let prompt = self.sequence(0)?;
        prompt.truncate(kept);
        Ok(prompt.length() == kept)
    }

    fn clear(&mut self) {
        if let Ok(empty) = self.empty() {
            self.sequences = vec![empty];
        }
    }

    fn evaluate(&mut self, tokens: &[Token], position: usize, last: bool) -> Outcome<()> {
        let rows = self.forward(tokens, &[(0, position)])?;
        let logits = if last { Some(self.model.logits(&rows).map_err(text)?) } else { None };
        self.compute(logits.as_ref())
    }

    fn finish(&mut self) -> Outcome<()> {
        Ok(())
    }

    fn fork(&mut self, sequence: u16) -> Outcome<()> {
        if usize::from(sequence) != self.sequences.len() {
            return Err(format!("sequence {sequence} is not the next one"));
        }
        let copy = self.first()?.clone();
        self.sequences.push(copy);
        Ok(())
    }

    fn cut(&mut self, length: u32) -> Outcome<()> {
        self.sequence(0)?.truncate(usize::try_from(length).unwrap_or(usize::MAX));
        Ok(())
    }

    fn advance(&mut self, next: &[Next]) -> Outcome<()> {
        let tokens: Vec<Token> = next.iter().map(|one| one.token).collect();
        let position = |one: &Next| usize::try_from(one.position).unwrap_or(usize::MAX);
        let behind: Vec<(u16, usize)> = next.iter().map(|one| (one.sequence, position(one))).collect();
        let rows = self.forward(&tokens, &behind)?;
        let logits = self.model.logits(&rows).map_err(text)?;
        self.compute(Some(&logits))
    }

    fn logits(&self, row: usize) -> Outcome<&[f32]> {
        self.logits.get(row).map(Vec::as_slice).ok_or_else(|| "there are no logits".to_owned())
    }

    fn save(&self, path: &Path, tokens: &[Token]) -> Outcome<()> {
        let prompt = self.first()?;
        if prompt.length() != tokens.len() {
            return Err(format!("{} tokens are to be saved of {}", tokens.len(), prompt.length()));
        }
        prompt.save(path)
    }

    fn restore(&mut self, path: &Path, tokens: &[Token]) -> Outcome<()> {
        self.sequence(0)?.restore(path, tokens.len()).inspect_err(|_| self.clear())
    }
}

#[allow(clippy::needless_pass_by_value, reason = "it stands where errors are mapped")]
fn text(error: Exception) -> String {
    error.what().to_owned()
}
