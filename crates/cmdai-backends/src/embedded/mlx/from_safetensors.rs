//! A model out of a directory as MLX's own tools write it: `config.json`, `tokenizer.json`, and weights in one or several
//! `.safetensors` files, quantized or not.

use super::checkpoint::{self, Checkpoint};
use super::matrix::{Matrix, Quantized};
use super::model::{Shape, Source};
use super::vocabulary::Vocabulary;
use super::words;
use crate::embedded::runtime::Outcome;
use mlx_rs::Array;
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};
use std::path::Path;

/// `config.json`, as far as it matters.
#[derive(Debug, Deserialize)]
struct Config {
    model_type: String,
    hidden_size: i32,
    num_hidden_layers: usize,
    num_attention_heads: i32,
    num_key_value_heads: Option<i32>,
    head_dim: Option<i32>,
    max_position_embeddings: u32,
    rms_norm_eps: f32,
    rope_theta: Option<f32>,
    rope_scaling: Option<Value>,
    #[serde(default)]
    use_sliding_window: bool,
    #[serde(default)]
    tie_word_embeddings: bool,
    quantization: Option<Quantization>,
    #[serde(default)]
    eos_token_id: Value,
}

#[derive(Debug, Clone, Copy, Deserialize)]
struct Quantization {
    group_size: i32,
    bits: i32,
    /// None in files from before there was another one.
    #[serde(default)]
    mode: Option<Mode>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Mode {
    Affine,
}

/// The files of the weights by the names in them.
#[derive(Debug, Deserialize)]
struct Index {
    weight_map: HashMap<String, String>,
}

pub(super) fn load(dir: &Path, tell: &mut dyn FnMut(f32) -> bool) -> Outcome<Checkpoint> {
    let config: Config = read(dir, "config.json")?;
    let shape = shape(&config)?;
    let (parts, template) = words::vocabulary(dir, &config.eos_token_id)?;
    let vocabulary = Vocabulary::new(parts)?;
    let mut arrays =
        Arrays { by_name: HashMap::new(), quantization: config.quantization, tied: config.tie_word_embeddings };
    for file in files(dir)? {
        let found = Array::load_safetensors(dir.join(&file)).map_err(|error| format!("{file}: {error}"))?;
        arrays.by_name.extend(found);
    }
    checkpoint::finish(shape, &mut arrays, vocabulary, template.as_deref(), tell)
}

fn shape(config: &Config) -> Outcome<Shape> {
    checkpoint::architecture(&config.model_type)?;
    if config.rope_scaling.as_ref().is_some_and(|scaling| !scaling.is_null()) {
        return Err("its positions are scaled, which the MLX backend does not do".to_owned());
    }
    if config.use_sliding_window {
        return Err("its attention has a window, which the MLX backend does not do".to_owned());
    }
    if let Some(Quantization { group_size, bits, mode }) = config.quantization {
        let _: Option<Mode> = mode;
        if !matches!(group_size, 32 | 64 | 128) || !matches!(bits, 2..=6 | 8) {
            return Err(format!("MLX has no weights of {bits} bits in groups of {group_size}"));
        }
    }
    let heads = config.num_attention_heads.max(1);
    Ok(Shape {
        layers: config.num_hidden_layers,
        width: config.hidden_size,
        heads,
        key_heads: config.num_key_value_heads.unwrap_or(heads),
        head_width: config.head_dim.unwrap_or(config.hidden_size / heads),
        context_length: config.max_position_embeddings,
        norm_epsilon: config.rms_norm_eps,
        rope_base: config.rope_theta.unwrap_or(10_000.0),
        rope_adjacent: false,
    })
}

/// The files with weights, as the index says, or the one there is.
fn files(dir: &Path) -> Outcome<BTreeSet<String>> {
    let index = "model.safetensors.index.json";
    if !dir.join(index).is_file() {
        return Ok(BTreeSet::from(["model.safetensors".to_owned()]));
    }
    let index: Index = read(dir, index)?;
    let files: BTreeSet<String> = index.weight_map.into_values().collect();
    match files.iter().find(|file| file.contains(['/', '\\'])) {
        Some(file) => Err(format!("{file} is no name of a file beside the index")),
        None => Ok(files),
    }
}

/// A JSON file of the directory.
pub(super) fn read<T: for<'de> Deserialize<'de>>(dir: &Path, name: &str) -> Outcome<T> {
    let text = std::fs::read(dir.join(name)).map_err(|error| format!("{name}: {error}"))?;
    serde_json::from_slice(&text).map_err(|error| format!("{name}: {error}"))
}

/// All weights. MLX would read them from their files when they are first computed with; here it is made to while they are loaded, so
/// that what is wrong with a file is told then.
struct Arrays {
    by_name: HashMap<String, Array>,
    quantization: Option<Quantization>,
    tied: bool,
}

impl Arrays {
    fn take(&mut self, name: &str) -> Outcome<Option<Array>> {
        let Some(array) = self.by_name.remove(name) else { return Ok(None) };
        array.eval().map_err(|error| format!("{name}: {}", error.what()))?;
        Ok(Some(array))
    }
}

impl Source for Arrays {
    fn matrix(&mut self, name: &str) -> Outcome<Option<Matrix>> {
        if self.tied && name == "lm_head.weight" {
            return Ok(None);
        }
        let Some(weights) = self.take(name)? else { return Ok(None) };
        let part = |kind| name.replace(".weight", kind);
        let Some(scales) = self.take(&part(".scales"))? else { return Ok(Some(Matrix::Dense(weights))) };
        let biases = self.take(&part(".biases"))?.ok_or_else(|| format!("{name} has scales and no biases"))?;
        let Some(Quantization { group_size: group, bits, .. }) = self.quantization else {
            return Err(format!("{name} is quantized, and config.json does not tell how"));
        };
        Ok(Some(Matrix::Quantized(Quantized { words: weights, scales, biases, group, bits })))
    }

    fn vector(&mut self, name: &str) -> Outcome<Option<Array>> {
        self.take(name)
    }
}
