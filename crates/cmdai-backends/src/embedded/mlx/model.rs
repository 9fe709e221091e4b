//! The forward pass of Qwen2 and of llama, which differ in little: biases, and the order in which files keep what is rotated.
//!
//! A block normalises (RMS), attends with grouped queries and rotary positions, normalises again and passes a gated `SiLU` layer. All
//! numbers have the type of the norms: 32-bit floats for a GGUF file, what the checkpoint has otherwise. Nothing is computed before
//! somebody asks for a value: see [`super::runtime`].

use super::cache::Cache;
use super::matrix::{Matrix, size};
use crate::embedded::runtime::{Outcome, Token};
use mlx_rs::error::Result;
use mlx_rs::fast::{ScaledDotProductAttentionMask, rms_norm, rope, scaled_dot_product_attention};
use mlx_rs::nn::silu;
use mlx_rs::ops::concatenate;
use mlx_rs::ops::indexing::TryIndexOp;
use mlx_rs::{Array, Dtype};

/// The numbers of an architecture.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Shape {
    pub(super) layers: usize,
    pub(super) width: i32,
    pub(super) heads: i32,
    pub(super) key_heads: i32,
    pub(super) head_width: i32,
    pub(super) context_length: u32,
    pub(super) norm_epsilon: f32,
    pub(super) rope_base: f32,
    /// Whether the two numbers that are rotated together stand beside each other, or half a head apart.
    pub(super) rope_adjacent: bool,
}

/// Where weights come from, by the names that checkpoints give them.
pub(super) trait Source {
    /// A matrix, if there is one of that name.
    fn matrix(&mut self, name: &str) -> Outcome<Option<Matrix>>;
    /// A vector, if there is one of that name.
    fn vector(&mut self, name: &str) -> Outcome<Option<Array>>;
}

/// A model, ready to compute.
#[derive(Debug)]
pub(super) struct Model {
    pub(super) shape: Shape,
    pub(super) dtype: Dtype,
    embeddings: Matrix,
    layers: Vec<Layer>,
    norm: Array,
    /// Without it the embeddings are the output as well.
    output: Option<Matrix>,
}

#[derive(Debug)]
struct Layer {
    attention_norm: Array,
    query: Linear,
    key: Linear,
    value: Linear,
    mix: Linear,
    feed_norm: Array,
    gate: Linear,
    up: Linear,
    down: Linear,
}

#[derive(Debug)]
struct Linear {
    weights: Matrix,
    bias: Option<Array>,
}

impl Linear {
    fn apply(&self, x: &Array) -> Result<Array> {
        let y = self.weights.times(x)?;
        match &self.bias {
            Some(bias) => y.add(bias),
            None => Ok(y),
        }
    }
}

impl Model {
    /// Takes all weights out of `source`. `tell` hears the share that is there, and says whether to go on.
    pub(super) fn load(shape: Shape, source: &mut impl Source, tell: &mut dyn FnMut(f32) -> bool) -> Outcome<Self> {
        let (width, heads, keys) = (shape.width, shape.heads * shape.head_width, shape.key_heads * shape.head_width);
        let mut layers = Vec::with_capacity(shape.layers);
        for number in 0..shape.layers {
            #[allow(clippy::cast_precision_loss, reason = "a model has some dozen layers")]
            if !tell(number as f32 / shape.layers as f32) {
                return Err("loading was called off".to_owned());
            }
            let name = |part: &str| format!("model.layers.{number}.{part}");
            let attention = |part: &str| name(&format!("self_attn.{part}_proj"));
            let feed = |part: &str| name(&format!("mlp.{part}_proj"));
            layers.push(Layer {
                attention_norm: norm(source, &name("input_layernorm"), width)?,
                query: linear(source, &attention("q"), (Some(heads), width))?,
                key: linear(source, &attention("k"), (Some(keys), width))?,
                value: linear(source, &attention("v"), (Some(keys), width))?,
                mix: linear(source, &attention("o"), (Some(width), heads))?,
                feed_norm: norm(source, &name("post_attention_layernorm"), width)?,
                gate: linear(source, &feed("gate"), (None, width))?,
                up: linear(source, &feed("up"), (None, width))?,
                down: linear(source, &feed("down"), (Some(width), 0))?,
            });
        }
        let norm = norm(source, "model.norm", width)?;
        let name = "model.embed_tokens.weight";
        let embeddings = checked(source.matrix(name)?, name, (None, width))?.ok_or_else(|| missing(name))?;
        let output = checked(source.matrix("lm_head.weight")?, "lm_head.weight", (None, width))?;
        Ok(Self { dtype: norm.dtype(), shape, embeddings, layers, norm, output })
    }

    /// What `tokens` become, as many behind each of `caches`: `[sequences, tokens of one, width]`. They are then in the caches. What is
    /// read once for all sequences is the weights, which is most of the work where each has one token.
    pub(super) fn forward(&self, tokens: &[Token], caches: &mut [&mut Cache]) -> Result<Array> {
        let offsets = caches.iter().map(|cache| size(cache.length())).collect::<Result<Vec<_>>>()?;
        self.forward_at(&offsets, tokens, caches)
    }

    /// The same with positions that begin at an offset for each.
    pub(super) fn forward_at(&self, offsets: &[i32], tokens: &[Token], caches: &mut [&mut Cache]) -> Result<Array> {
        let each = tokens.len() / caches.len().max(1);
        let numbers = Array::from_slice(tokens, &[size(caches.len())?, size(each)?]);
        let mut x = self.embeddings.rows(&numbers)?.as_dtype(self.dtype)?;
        for (number, layer) in self.layers.iter().enumerate() {
            let attended = self.attend(layer, number, &self.normed(&x, &layer.attention_norm)?, offsets, caches)?;
            x = x.add(attended)?;
            let normed = self.normed(&x, &layer.feed_norm)?;
            let gated = silu(layer.gate.apply(&normed)?)?.multiply(layer.up.apply(&normed)?)?;
            x = x.add(layer.down.apply(&gated)?)?;
        }
        for cache in caches {
            cache.advance(each);
        }
        Ok(x)
    }

    /// The logits behind the last row of each sequence, as 32-bit floats: `[sequences, words]`.
    pub(super) fn logits(&self, rows: &Array) -> Result<Array> {
        let last = rows.try_index((.., -1))?.reshape(&[-1, self.shape.width])?;
        let output = self.output.as_ref().unwrap_or(&self.embeddings);
        output.times(&self.normed(&last, &self.norm)?)?.as_dtype(Dtype::Float32)
    }

    fn normed(&self, x: &Array, weights: &Array) -> Result<Array> {
        rms_norm(x, Some(weights), self.shape.norm_epsilon)
    }

    fn attend(
        &self,
        layer: &Layer,
        number: usize,
        x: &Array,
        offsets: &[i32],
        caches: &mut [&mut Cache],
    ) -> Result<Array> {
        let Shape { heads, key_heads, head_width, rope_base, rope_adjacent, .. } = self.shape;
        let (sequences, count) = (x.dim(0), x.dim(1));
        let split = |x: Array, heads| x.reshape(&[sequences, count, heads, head_width])?.transpose_axes(&[0, 2, 1, 3]);
        let queries = split(layer.query.apply(x)?, heads)?;
        let keys = split(layer.key.apply(x)?, key_heads)?;
        let values = split(layer.value.apply(x)?, key_heads)?;
        #[allow(clippy::cast_precision_loss, reason = "some dozens")]
        let scale = 1.0 / (head_width as f32).sqrt();
        // Each sequence has its own past.
        let mut mixed = Vec::with_capacity(caches.len());
        for ((at, offset), cache) in (0..).zip(offsets).zip(caches) {
            let of = |all: &Array| all.try_index((at..at + 1, .., .., ..));
            let rotated = |x: Array| rope(x, head_width, rope_adjacent, rope_base, 1.0, *offset, None);
            let (keys, values) = cache.append(number, &rotated(of(&keys)?)?, &of(&values)?)?;
            // One token may see all there is.
            let mask = (count > 1).then_some(ScaledDotProductAttentionMask::Causal);
            mixed.push(scaled_dot_product_attention(rotated(of(&queries)?)?, keys, values, scale, mask, None)?);
        }
        let mixed = concatenate(&mixed, 0)?.transpose_axes(&[0, 2, 1, 3])?;
        layer.mix.apply(&mixed.reshape(&[sequences, count, heads * head_width])?)
    }
}

fn missing(name: &str) -> String {
    format!("there is no tensor {name}")
}

fn norm(source: &mut impl Source, name: &str, width: i32) -> Outcome<Array> {
    let name = format!("{name}.weight");
    let vector = source.vector(&name)?.ok_or_else(|| missing(&name))?;
    if vector.shape() == [width] { Ok(vector) } else { Err(format!("{name} has the shape {:?}", vector.shape())) }
}

/// Rows and columns as they must be; none for rows that may be any, 0 for such columns.
type Wanted = (Option<i32>, i32);

fn linear(source: &mut impl Source, name: &str, wanted: Wanted) -> Outcome<Linear> {
    let weight = format!("{name}.weight");
    let weights = checked(source.matrix(&weight)?, &weight, wanted)?.ok_or_else(|| missing(&weight))?;
    Ok(Linear { weights, bias: source.vector(&format!("{name}.bias"))? })
}

/// MLX tells of shapes that do not fit only when it computes, so they are looked at before.
fn checked(matrix: Option<Matrix>, name: &str, (rows, columns): Wanted) -> Outcome<Option<Matrix>> {
    let Some(matrix) = matrix else { return Ok(None) };
    match matrix.shape() {
        Some((r, c)) if rows.is_none_or(|rows| rows == r) && (columns == 0 || columns == c) => Ok(Some(matrix)),
        shape => Err(format!("{name} has the shape {shape:?}")),
    }
}
