//! Evaluates tokens with llama.cpp.

use super::load;
use crate::embedded::engine::BATCH;
use crate::embedded::runtime::{Message, Next, Outcome, Runtime, Token};
use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::context::params::LlamaContextParams;
use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::model::{LlamaChatMessage, LlamaChatTemplate, LlamaModel};
use llama_cpp_2::token::LlamaToken;
use std::num::NonZeroU32;
use std::path::Path;

/// Contexts grow in steps of this many tokens, so that requests of about the same length share one.
const CONTEXT_STEP: u32 = 512;

/// A model and its context, which is made anew when it is too small.
pub(in crate::embedded) struct LlamaRuntime<'m> {
    model: &'m LlamaModel,
    threads: i32,
    /// What a context has that is not usual: tests ask for more digits.
    adjust: fn(LlamaContextParams) -> LlamaContextParams,
    session: Option<Session<'m>>,
}

struct Session<'m> {
    context: LlamaContext<'m>,
    sequences: u16,
    /// Where the latest logits are, by our rows.
    rows: Vec<i32>,
}

impl<'m> LlamaRuntime<'m> {
    pub(in crate::embedded) fn new(model: &'m LlamaModel, threads: i32) -> Self {
        Self { model, threads, adjust: |usual| usual, session: None }
    }

    /// One that keeps keys and values as 32-bit floats, and attends step by step: the fast way sums values as half floats.
    #[cfg(all(test, feature = "mlx"))]
    pub(in crate::embedded) fn exact(model: &'m LlamaModel, threads: i32) -> Self {
        use llama_cpp_2::context::params::KvCacheType::F32;
        // LLAMA_FLASH_ATTN_TYPE_DISABLED
        let adjust = |usual: LlamaContextParams| usual.with_type_k(F32).with_type_v(F32).with_flash_attention_policy(0);
        Self { adjust, ..Self::new(model, threads) }
    }

    fn session(&mut self) -> Outcome<&mut Session<'m>> {
        self.session.as_mut().ok_or_else(|| "there is no context".to_owned())
    }
}

impl Runtime for LlamaRuntime<'_> {
    const TOGETHER: bool = true;

    fn tokenize(&self, text: &str, begins: bool, marks: bool) -> Vec<Token> {
        self.model.vocab().tokenize(text.as_bytes(), begins, marks).into_iter().map(|t| t.0.cast_unsigned()).collect()
    }

    fn piece(&self, token: Token) -> Vec<u8> {
        self.model.vocab().token_to_piece(ours(token), false, None)
    }

    fn is_end(&self, token: Token) -> bool {
        self.model.vocab().is_eog(ours(token))
    }

    /// By the template the model carries, or `ChatML` where it carries none that llama.cpp knows.
    fn render(&self, messages: &[Message]) -> Outcome<String> {
        let messages: Result<Vec<_>, _> =
            messages.iter().map(|one| LlamaChatMessage::new(one.role.to_owned(), one.text.clone())).collect();
        let messages = messages.map_err(text)?;
        match self.model.chat_template(None).map(|own| self.model.apply_chat_template(&own, &messages, true)) {
            Ok(Ok(rendered)) => Ok(rendered),
            unknown => {
                tracing::warn!(?unknown, "the model's chat template is not known, ChatML is used");
                let chatml = LlamaChatTemplate::new("chatml").map_err(text)?;
                self.model.apply_chat_template(&chatml, &messages, true).map_err(text)
            }
        }
    }

    fn context_length(&self) -> u32 {
        self.model.n_ctx_train()
    }

    fn reserve(&mut self, sequences: u16, tokens: u32, kept: usize) -> Outcome<bool> {
        if let Some(session) = &mut self.session
            && session.context.n_ctx() >= tokens
            && session.sequences >= sequences
        {
            let kept = u32::try_from(kept).ok();
            let trimmed = session.context.clear_kv_cache_seq(Some(0), kept, None).map_err(text)?;
            for other in 1..session.sequences {
                session.context.clear_kv_cache_seq(Some(other.into()), None, None).map_err(text)?;
            }
            if !trimmed {
                session.context.clear_kv_cache();
            }
            return Ok(trimmed);
        }
        let batch = u32::try_from(BATCH).unwrap_or(u32::MAX);
        let params = LlamaContextParams::default()
            .with_n_ctx(NonZeroU32::new(tokens.next_multiple_of(CONTEXT_STEP)))
            .with_n_batch(batch)
            .with_n_ubatch(batch)
            .with_n_seq_max(sequences.into())
            .with_kv_unified(true)
            .with_n_threads(self.threads)
            .with_n_threads_batch(self.threads);
        // The old one first: two of them may be too much.
        self.session = None;
        let context = self.model.new_context(load::runtime()?, (self.adjust)(params)).map_err(text)?;
        self.session = Some(Session { context, sequences, rows: Vec::new() });
        Ok(false)
    }

    fn clear(&mut self) {
        if let Some(session) = &mut self.session {
            session.context.clear_kv_cache();
        }
    }

    fn evaluate(&mut self, tokens: &[Token], position: usize, last: bool) -> Outcome<()> {
        let session = self.session()?;
        let mut batch = LlamaBatch::new(tokens.len(), 1);
        for (at, token) in tokens.iter().enumerate() {
            let wanted = last && at + 1 == tokens.len();
            batch.add(ours(*token), i32::try_from(position + at).map_err(text)?, &[0], wanted).map_err(text)?;
        }
        session.context.decode(&mut batch).map_err(text)?;
        // The last there is.
        session.rows = vec![-1];
        Ok(())
    }

    fn finish(&mut self) -> Outcome<()> {
        self.session()?.context.synchronize();
        Ok(())
    }

    fn fork(&mut self, sequence: u16) -> Outcome<()> {
        self.session()?.context.copy_kv_cache_seq(0, sequence.into(), None, None).map_err(text)
    }

    fn cut(&mut self, length: u32) -> Outcome<()> {
        match self.session()?.context.clear_kv_cache_seq(Some(0), Some(length), None) {
            Ok(true) => Ok(()),
            other => Err(format!("the context cannot be cut: {other:?}")),
        }
    }

    fn advance(&mut self, next: &[Next]) -> Outcome<()> {
        let session = self.session()?;
        let mut batch = LlamaBatch::new(next.len(), 1);
        session.rows.clear();
        for one in next {
            session.rows.push(batch.n_tokens());
            let position = i32::try_from(one.position).map_err(text)?;
            batch.add(ours(one.token), position, &[one.sequence.into()], true).map_err(text)?;
        }
        session.context.decode(&mut batch).map_err(text)
    }

    fn logits(&self, row: usize) -> Outcome<&[f32]> {
        let session = self.session.as_ref().ok_or("there is no context")?;
        let row = session.rows.get(row).ok_or("there are no logits")?;
        Ok(session.context.get_logits_ith(*row))
    }

    fn save(&self, path: &Path, tokens: &[Token]) -> Outcome<()> {
        let session = self.session.as_ref().ok_or("there is no context")?;
        let tokens: Vec<LlamaToken> = tokens.iter().copied().map(ours).collect();
        session.context.state_seq_save_file(path, 0, &tokens).map_err(text).map(drop)
    }

    fn restore(&mut self, path: &Path, tokens: &[Token]) -> Outcome<()> {
        let session = self.session()?;
        match session.context.state_seq_load_file(path, 0, tokens.len()) {
            Ok((restored, _)) if restored.iter().copied().eq(tokens.iter().copied().map(ours)) => Ok(()),
            other => {
                // A half-read state must not be mistaken for the prefix.
                session.context.clear_kv_cache();
                Err(other.err().map_or_else(|| "it holds other tokens".to_owned(), text))
            }
        }
    }
}

const fn ours(token: Token) -> LlamaToken {
    LlamaToken(token.cast_signed())
}

#[allow(clippy::needless_pass_by_value, reason = "it stands where errors are mapped")]
fn text(error: impl ToString) -> String {
    error.to_string()
}
