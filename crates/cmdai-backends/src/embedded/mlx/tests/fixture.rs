//! Tiny checkpoints of random numbers, written as MLX's own tools would.

use mlx_rs::ops::{dequantize, quantize};
use mlx_rs::{Array, Dtype};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use tempfile::TempDir;

/// Words in the vocabulary.
pub(super) const WORDS: u32 = 320;
const WIDTH: i32 = 64;
const FEED: i32 = 128;

/// How weights are written.
#[derive(Debug, Clone, Copy)]
pub(super) enum Numbers {
    Float,
    Bfloat,
    Quantized { bits: i32, group: i32 },
}

/// What to write: two layers, four heads that share two for keys, biases as Qwen2 has them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tiny {
    pub(super) numbers: Numbers,
    /// What the quantized weights stand for, instead of them.
    pub(super) unpacked: bool,
    pub(super) files: usize,
    pub(super) tied: bool,
}

impl Default for Tiny {
    fn default() -> Self {
        Self { numbers: Numbers::Float, unpacked: false, files: 1, tied: true }
    }
}

impl Tiny {
    pub(super) fn write(&self) -> TempDir {
        let dir = tempfile::tempdir().unwrap();
        let arrays = self.arrays();
        let mut index = BTreeMap::new();
        let mut files = vec![Vec::new(); self.files];
        for (at, (name, array)) in arrays.into_iter().enumerate() {
            index.insert(name.clone(), file_name(at % self.files, self.files));
            files[at % self.files].push((name, array));
        }
        for (number, arrays) in files.into_iter().enumerate() {
            Array::save_safetensors(arrays, None, dir.path().join(file_name(number, self.files))).unwrap();
        }
        if self.files > 1 {
            write(dir.path(), "model.safetensors.index.json", &json!({ "weight_map": index }));
        }
        write(dir.path(), "config.json", &self.config());
        write(dir.path(), "tokenizer.json", &tokenizer());
        dir
    }

    fn config(&self) -> Value {
        let mut config = json!({
            "model_type": "qwen2", "hidden_size": WIDTH, "num_hidden_layers": 2, "num_attention_heads": 4,
            "num_key_value_heads": 2, "max_position_embeddings": 512, "rms_norm_eps": 1e-6, "rope_theta": 10000.0,
            "tie_word_embeddings": self.tied, "eos_token_id": 319, "intermediate_size": FEED
        });
        if let (Numbers::Quantized { bits, group }, false) = (self.numbers, self.unpacked) {
            config["quantization"] = json!({ "group_size": group, "bits": bits });
        }
        config
    }

    fn arrays(&self) -> Vec<(String, Array)> {
        let mut random = fastrand::Rng::with_seed(1);
        let mut numbers = |shape: &[i32], spread: f32, middle: f32| {
            let count = shape.iter().product::<i32>();
            let drawn: Vec<f32> = (0..count).map(|_| middle + spread * (random.f32() - 0.5)).collect();
            Array::from_slice(&drawn, shape)
        };
        let words = i32::try_from(WORDS).unwrap();
        let mut matrices = vec![("model.embed_tokens".to_owned(), numbers(&[words, WIDTH], 1.0, 0.0))];
        let mut vectors = vec![("model.norm.weight".to_owned(), numbers(&[WIDTH], 0.5, 1.0))];
        for layer in 0..2 {
            let name = |part: &str| format!("model.layers.{layer}.{part}");
            for (part, rows, columns, biased) in [
                ("self_attn.q_proj", WIDTH, WIDTH, true),
                ("self_attn.k_proj", WIDTH / 2, WIDTH, true),
                ("self_attn.v_proj", WIDTH / 2, WIDTH, true),
                ("self_attn.o_proj", WIDTH, WIDTH, false),
                ("mlp.gate_proj", FEED, WIDTH, false),
                ("mlp.up_proj", FEED, WIDTH, false),
                ("mlp.down_proj", WIDTH, FEED, false),
            ] {
                matrices.push((name(part), numbers(&[rows, columns], 0.5, 0.0)));
                if biased {
                    vectors.push((name(&format!("{part}.bias")), numbers(&[rows], 0.5, 0.0)));
                }
            }
            for norm in ["input_layernorm", "post_attention_layernorm"] {
                vectors.push((name(&format!("{norm}.weight")), numbers(&[WIDTH], 0.5, 1.0)));
            }
        }
        if !self.tied {
            matrices.push(("lm_head".to_owned(), numbers(&[words, WIDTH], 1.0, 0.0)));
        }
        let matrices = matrices.into_iter().flat_map(|(name, matrix)| self.written(&name, &matrix));
        let dtype = if let Numbers::Bfloat = self.numbers { Dtype::Bfloat16 } else { Dtype::Float32 };
        matrices.chain(vectors.into_iter().map(|(name, vector)| (name, vector.as_dtype(dtype).unwrap()))).collect()
    }

    fn written(&self, name: &str, matrix: &Array) -> Vec<(String, Array)> {
        let of = |part: &str| format!("{name}.{part}");
        match self.numbers {
            Numbers::Float => vec![(of("weight"), matrix.clone())],
            Numbers::Bfloat => vec![(of("weight"), matrix.as_dtype(Dtype::Bfloat16).unwrap())],
            Numbers::Quantized { bits, group } => {
                let (words, scales, biases) = quantize(matrix, group, bits).unwrap();
                if self.unpacked {
                    let plain = dequantize(&words, &scales, &biases, group, bits).unwrap();
                    return vec![(of("weight"), plain)];
                }
                vec![(of("weight"), words), (of("scales"), scales), (of("biases"), biases)]
            }
        }
    }
}

fn file_name(number: usize, of: usize) -> String {
    if of == 1 { "model.safetensors".to_owned() } else { format!("model-{number}-of-{of}.safetensors") }
}

/// A vocabulary of single letters and the marks of `ChatML`.
fn tokenizer() -> Value {
    let letters: BTreeMap<String, u32> =
        (0..317).map(|id| (char::from_u32(0x4e00 + id).unwrap().to_string(), id)).collect();
    json!({
        "model": { "type": "BPE", "vocab": letters, "merges": [] },
        "pre_tokenizer": { "type": "ByteLevel", "add_prefix_space": false, "use_regex": true },
        "added_tokens": [
            { "id": 317, "content": "<|im_start|>", "special": true },
            { "id": 318, "content": "<|im_end|>", "special": true },
            { "id": 319, "content": "<|endoftext|>", "special": true }
        ]
    })
}

fn write(dir: &Path, name: &str, value: &Value) {
    std::fs::write(dir.join(name), value.to_string()).unwrap();
}

/// Changes one value of `config.json`.
pub(super) fn set(dir: &Path, key: &str, value: Value) {
    let text = std::fs::read_to_string(dir.join("config.json")).unwrap();
    let mut config: Value = serde_json::from_str(&text).unwrap();
    config[key] = value;
    write(dir, "config.json", &config);
}
