//! A model out of a GGUF file: its shape, its words and its weights, by the names that GGUF gives them.

use super::blocks::{self, Weights};
use super::checkpoint::{self, Checkpoint};
use super::gguf::Gguf;
use super::matrix::{Matrix, size};
use super::model::{Shape, Source};
use super::vocabulary::{self, Kind, Parts, Vocabulary};
use crate::embedded::runtime::Outcome;
use mlx_rs::Array;
use std::path::Path;

/// Names of checkpoints, and those of GGUF for the same.
const NAMES: [(&str, &str); 12] = [
    ("model.embed_tokens.", "token_embd."),
    ("model.norm.", "output_norm."),
    ("lm_head.", "output."),
    ("self_attn.q_proj.", "attn_q."),
    ("self_attn.k_proj.", "attn_k."),
    ("self_attn.v_proj.", "attn_v."),
    ("self_attn.o_proj.", "attn_output."),
    ("mlp.gate_proj.", "ffn_gate."),
    ("mlp.up_proj.", "ffn_up."),
    ("mlp.down_proj.", "ffn_down."),
    ("input_layernorm.", "attn_norm."),
    ("post_attention_layernorm.", "ffn_norm."),
];

pub(super) fn load(path: &Path, tell: &mut dyn FnMut(f32) -> bool) -> Outcome<Checkpoint> {
    let mut file = Gguf::open(path)?;
    let shape = shape(&file)?;
    let vocabulary = vocabulary(&file)?;
    let template = file.text("tokenizer.chat_template").map(str::to_owned);
    checkpoint::finish(shape, &mut file, vocabulary, template.as_deref(), tell)
}

/// Whether [`load`] would come to the weights, and know their types.
pub(super) fn suits(path: &Path) -> Outcome<()> {
    let file = Gguf::open(path)?;
    shape(&file)?;
    cutting(&file)?;
    match file.kinds().find(|kind| !blocks::is_known(*kind)) {
        Some(kind) => Err(format!("it has weights of the type {kind}")),
        None => Ok(()),
    }
}

fn shape(file: &Gguf) -> Outcome<Shape> {
    let name = file.text("general.architecture").ok_or("the file names no architecture")?;
    let name = checkpoint::architecture(name)?;
    let number = |key: &str| file.integer(&format!("{name}.{key}"));
    let wanted = |key: &str| number(key).ok_or_else(|| format!("the file does not tell {name}.{key}"));
    let scaled = file.text(&format!("{name}.rope.scaling.type")).is_some_and(|kind| kind != "none");
    if scaled || file.has_tensor("rope_freqs.weight") {
        return Err("its positions are scaled, which the MLX backend does not do".to_owned());
    }
    let (width, heads) = (wanted("embedding_length")?, wanted("attention.head_count")?.max(1));
    let head_width = number("attention.key_length").or(number("rope.dimension_count")).unwrap_or(width / heads);
    Ok(Shape {
        layers: usize::try_from(wanted("block_count")?).unwrap_or(0),
        width: width.cast_signed(),
        heads: heads.cast_signed(),
        key_heads: number("attention.head_count_kv").unwrap_or(heads).cast_signed(),
        head_width: head_width.cast_signed(),
        context_length: wanted("context_length")?,
        norm_epsilon: file
            .float(&format!("{name}.attention.layer_norm_rms_epsilon"))
            .ok_or("the file does not tell the epsilon of its norms")?,
        rope_base: file.float(&format!("{name}.rope.freq_base")).unwrap_or(10_000.0),
        // Files of llama have the rows of queries and keys reordered, so that what rotates together stands together.
        rope_adjacent: name == "llama",
    })
}

pub(super) fn vocabulary(file: &Gguf) -> Outcome<Vocabulary> {
    let words = file.texts("tokenizer.ggml.tokens").ok_or("the file has no vocabulary")?;
    let kinds = file.integers("tokenizer.ggml.token_type").unwrap_or(&[]);
    let kind = |at: usize| match kinds.get(at) {
        Some(1) | None => Kind::Word,
        Some(4) => Kind::Text,
        Some(_) => Kind::Control,
    };
    let merges = file.texts("tokenizer.ggml.merges").ok_or("the file has no merges")?;
    let pair = |merge: &String| merge.split_once(' ').map(|(a, b)| (a.to_owned(), b.to_owned()));
    let ends = ["eos", "eot"].map(|name| file.integer(&format!("tokenizer.ggml.{name}_token_id")));
    let begins = file.is_set("tokenizer.ggml.add_bos_token");
    Vocabulary::new(Parts {
        words: words.iter().enumerate().map(|(at, word)| (word.clone(), kind(at))).collect(),
        merges: merges.iter().filter_map(pair).collect(),
        patterns: cutting(file)?,
        ends: ends.into_iter().flatten().collect(),
        begins: file.integer("tokenizer.ggml.bos_token_id").filter(|_| begins),
    })
}

/// The patterns that text is cut by, of a vocabulary that is of our kind.
fn cutting(file: &Gguf) -> Outcome<Vec<String>> {
    if file.text("tokenizer.ggml.model") != Some("gpt2") {
        return Err("its vocabulary is not byte-level, which the MLX backend needs".to_owned());
    }
    vocabulary::patterns(file.text("tokenizer.ggml.pre").unwrap_or("default"))
}

fn name_in_gguf(name: &str) -> String {
    let name = name.replace("model.layers.", "blk.");
    NAMES
        .iter()
        .fold(name, |name, (theirs, ours)| if name.contains(theirs) { name.replace(theirs, ours) } else { name })
}

impl Source for Gguf {
    fn matrix(&mut self, name: &str) -> Outcome<Option<Matrix>> {
        let Some(tensor) = self.tensor(&name_in_gguf(name))? else { return Ok(None) };
        Matrix::from_tensor(&tensor).map(Some).map_err(|error| error.what().to_owned())
    }

    fn vector(&mut self, name: &str) -> Outcome<Option<Array>> {
        let Some(tensor) = self.tensor(&name_in_gguf(name))? else { return Ok(None) };
        let Weights::Plain(numbers) = tensor.weights else { return Err(format!("the vector {name} is quantized")) };
        let length = size(numbers.len()).map_err(|error| error.what().to_owned())?;
        Ok(Some(Array::from_slice(&numbers, &[length])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_gguf() {
        for (name, expected) in [
            ("model.embed_tokens.weight", "token_embd.weight"),
            ("model.norm.weight", "output_norm.weight"),
            ("lm_head.weight", "output.weight"),
            ("model.layers.3.self_attn.o_proj.weight", "blk.3.attn_output.weight"),
            ("model.layers.12.self_attn.q_proj.bias", "blk.12.attn_q.bias"),
            ("model.layers.0.input_layernorm.weight", "blk.0.attn_norm.weight"),
            ("model.layers.0.post_attention_layernorm.weight", "blk.0.ffn_norm.weight"),
        ] {
            assert_eq!(name_in_gguf(name), expected);
        }
    }
}
