//! The forward pass against its own laws, on tiny models of random numbers; beside llama.cpp in `agreement`.

#[cfg(feature = "llama")]
mod agreement;
mod fixture;
#[cfg(feature = "llama")]
mod greedy;
#[cfg(feature = "llama")]
mod plain;

use super::cache::Cache;
use super::checkpoint;
use super::model::Model;
use super::runtime::MlxRuntime;
use super::*;
use crate::embedded::choose;
use crate::embedded::runtime::{Next, Runtime, Token};
use crate::model::{ModelRef, ModelStore};
use crate::select::Kind;
use fixture::{Numbers, Tiny};
use std::path::Path;

/// What two ways to the same number may differ by, of logits around 1: sums in another order, in 32 bits.
const SAME: f32 = 1e-4;

fn model(dir: &Path) -> Model {
    checkpoint::load(dir, &mut |_| true).unwrap().model
}

fn runtime(dir: &Path) -> MlxRuntime {
    MlxRuntime::new(checkpoint::load(dir, &mut |_| true).unwrap()).unwrap()
}

fn refused(dir: &Path) -> String {
    checkpoint::load(dir, &mut |_| true).err().expect("it is refused")
}

fn difference(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

fn tokens(count: usize) -> Vec<Token> {
    let mut random = fastrand::Rng::with_seed(3);
    (0..count).map(|_| random.u32(..fixture::WORDS)).collect()
}

/// The logits behind `tokens`, evaluated in parts of these sizes, positions shifted by `wrong` from the second part on.
fn logits(model: &Model, tokens: &[Token], parts: &[usize], wrong: i32) -> Vec<f32> {
    let shape = &model.shape;
    let mut cache = Cache::new(shape.layers, shape.key_heads, shape.head_width, model.dtype).unwrap();
    let (mut rest, mut rows) = (tokens, None);
    for part in parts {
        let (now, later) = rest.split_at(*part);
        cache.reserve(now.len()).unwrap();
        let offset = i32::try_from(cache.length()).unwrap();
        let offset = if offset > 0 { offset + wrong } else { 0 };
        rows = Some(model.forward_at(&[offset], now, &mut [&mut cache]).unwrap());
        rest = later;
    }
    assert!(rest.is_empty());
    model.logits(&rows.unwrap()).unwrap().to_vec_exact::<f32>().unwrap()
}

#[test]
fn in_parts_with_a_cache_is_the_same_as_at_once() {
    for numbers in [Numbers::Float, Numbers::Quantized { bits: 4, group: 32 }] {
        let dir = Tiny { numbers, ..Tiny::default() }.write();
        let (model, tokens) = (model(dir.path()), tokens(300));
        let once = logits(&model, &tokens, &[300], 0);
        for parts in [&[299, 1][..], &[64, 64, 64, 64, 44], &[1, 255, 1, 42, 1]] {
            let worst = difference(&once, &logits(&model, &tokens, parts, 0));
            assert!(worst < SAME, "{parts:?}: {worst}");
        }
    }
}

#[test]
fn a_position_that_is_off_by_one_shows() {
    let dir = Tiny::default().write();
    let (model, tokens) = (model(dir.path()), tokens(40));
    let right = logits(&model, &tokens, &[30, 10], 0);
    for wrong in [-1, 1] {
        let worst = difference(&right, &logits(&model, &tokens, &[30, 10], wrong));
        assert!(worst > 100.0 * SAME, "{wrong}: {worst}");
    }
}

#[test]
fn what_comes_later_changes_nothing_before() {
    let dir = Tiny::default().write();
    let (model, tokens) = (model(dir.path()), tokens(20));
    let shape = &model.shape;
    let mut cache = Cache::new(shape.layers, shape.key_heads, shape.head_width, model.dtype).unwrap();
    cache.reserve(20).unwrap();
    let rows = model.forward(&tokens, &mut [&mut cache]).unwrap();
    let early = mlx_rs::ops::indexing::TryIndexOp::try_index(&rows, (.., ..7, ..)).unwrap();
    let early = model.logits(&early).unwrap().to_vec_exact::<f32>().unwrap();
    assert!(difference(&early, &logits(&model, &tokens[..7], &[7], 0)) < SAME);
}

#[test]
fn alternatives_go_on_by_themselves_and_the_prefix_stays() {
    for numbers in [Numbers::Float, Numbers::Quantized { bits: 4, group: 32 }] {
        check_alternatives(Tiny { numbers, ..Tiny::default() });
    }
}

fn check_alternatives(tiny: Tiny) {
    let dir = tiny.write();
    let tokens = tokens(12);
    let mut runtime = runtime(dir.path());
    let alone = |more: &[Token]| {
        let all = [&tokens[..], more].concat();
        logits(&model(dir.path()), &all, &[all.len()], 0)
    };
    assert!(!runtime.reserve(2, 100, 5).unwrap(), "nothing is there to be kept");
    runtime.evaluate(&tokens[..8], 0, false).unwrap();
    runtime.evaluate(&tokens[8..], 8, true).unwrap();
    assert!(difference(runtime.logits(0).unwrap(), &alone(&[])) < SAME);
    runtime.fork(1).unwrap();
    for (at, pair) in [[1, 2], [3, 4]].into_iter().enumerate() {
        let next = |sequence: u16| Next {
            sequence,
            token: pair[usize::from(sequence)],
            position: 12 + u32::try_from(at).unwrap(),
        };
        runtime.advance(&[next(0), next(1)]).unwrap();
    }
    assert!(difference(runtime.logits(0).unwrap(), &alone(&[1, 3])) < SAME);
    assert!(difference(runtime.logits(1).unwrap(), &alone(&[2, 4])) < SAME);
    // The first has ended; the other goes on, and in no other order.
    let next = |sequence| Next { sequence, token: 6, position: 14 };
    assert!(runtime.advance(&[next(1), next(0)]).is_err() && runtime.advance(&[next(2)]).is_err());
    runtime.advance(&[next(1)]).unwrap();
    assert!(difference(runtime.logits(0).unwrap(), &alone(&[2, 4, 6])) < SAME);
    assert!(runtime.evaluate(&[1], 3, true).is_err(), "a position that is not the next one");
    assert!(runtime.reserve(1, 100, 8).unwrap());
    runtime.evaluate(&tokens[8..], 8, true).unwrap();
    assert!(difference(runtime.logits(0).unwrap(), &alone(&[])) < SAME);
}

#[test]
fn a_saved_state_is_the_same_to_the_last_bit() {
    let (dir, tokens) = (Tiny::default().write(), tokens(9));
    let path = dir.path().join("state.safetensors");
    let mut first = runtime(dir.path());
    first.evaluate(&tokens, 0, false).unwrap();
    assert!(first.save(&path, &tokens[1..]).is_err(), "other tokens");
    first.save(&path, &tokens).unwrap();
    let mut second = runtime(dir.path());
    second.restore(&path, &tokens).unwrap();
    for runtime in [&mut first, &mut second] {
        runtime.evaluate(&[5], 9, true).unwrap();
    }
    assert_eq!(first.logits(0).unwrap(), second.logits(0).unwrap());
    assert!(second.restore(&path, &tokens[1..]).is_err());
    second.evaluate(&[5], 0, true).expect("a state that does not fit leaves nothing behind");
}

#[test]
fn quantized_weights_are_worth_what_they_stand_for() {
    for (bits, group) in [(4, 32), (4, 64), (8, 32), (8, 64)] {
        let tiny = Tiny { numbers: Numbers::Quantized { bits, group }, ..Tiny::default() };
        let (packed, plain) = (tiny.write(), Tiny { unpacked: true, ..tiny }.write());
        let tokens = tokens(10);
        let packed = logits(&model(packed.path()), &tokens, &[10], 0);
        let worst = difference(&packed, &logits(&model(plain.path()), &tokens, &[10], 0));
        assert!(worst < SAME, "{bits} bits, groups of {group}: {worst}");
    }
}

#[test]
fn a_checkpoint_computes_in_its_own_type() {
    let tokens = tokens(10);
    let float = logits(&model(Tiny::default().write().path()), &tokens, &[10], 0);
    let half = model(Tiny { numbers: Numbers::Bfloat, ..Tiny::default() }.write().path());
    assert_eq!(half.dtype, mlx_rs::Dtype::Bfloat16);
    let worst = difference(&float, &logits(&half, &tokens, &[10], 0));
    // Eight binary digits, through two layers: some hundredths of the largest logit.
    let largest = float.iter().fold(0.0, |largest: f32, logit| largest.max(logit.abs()));
    assert!(worst > 0.0 && worst < 0.03 * largest, "{worst} of {largest}");
}

#[test]
fn a_directory_that_the_store_knows_is_for_mlx() {
    let (dir, store) = (Tiny { files: 2, ..Tiny::default() }.write(), tempfile::tempdir().unwrap());
    let asked = ModelRef::Path(dir.path().to_owned());
    let found = ModelStore::new(store.path().join("models")).locate(&asked, &mut |_, _| {}).unwrap();
    assert_eq!(choose(None, &found.path).unwrap().kind, Kind::EmbeddedMlx);
    assert_eq!(model(&found.path).shape.layers, 2);
}

#[test]
fn several_files_and_an_output_of_its_own_are_read() {
    let tokens = tokens(10);
    let one = logits(&model(Tiny::default().write().path()), &tokens, &[10], 0);
    let two = logits(&model(Tiny { files: 2, ..Tiny::default() }.write().path()), &tokens, &[10], 0);
    assert_eq!(one, two);
    let untied = logits(&model(Tiny { tied: false, ..Tiny::default() }.write().path()), &tokens, &[10], 0);
    assert!(difference(&one, &untied) > 0.01);
}

#[test]
fn what_cannot_be_run_is_told_before() {
    let config = |key: &str, value: serde_json::Value| {
        let dir = Tiny::default().write();
        fixture::set(dir.path(), key, value);
        refused(dir.path())
    };
    assert!(config("model_type", "gemma".into()).contains("gemma"));
    assert!(config("rope_scaling", serde_json::json!({"type": "yarn"})).contains("positions"));
    assert!(config("use_sliding_window", true.into()).contains("window"));
    assert!(config("hidden_size", 128.into()).contains("shape"));
    assert!(config("num_hidden_layers", 3.into()).contains("model.layers.2"));
    assert!(config("quantization", serde_json::json!({"group_size": 7, "bits": 4})).contains("groups of 7"));
    let dir = Tiny::default().write();
    std::fs::write(dir.path().join("tokenizer_config.json"), r#"{"chat_template": "[INST]"}"#).unwrap();
    assert!(refused(dir.path()).contains("ChatML"));
    std::fs::remove_file(dir.path().join("model.safetensors")).unwrap();
    assert!(refused(dir.path()).contains("model.safetensors"));
}

#[test]
fn loading_can_be_called_off() {
    let dir = Tiny::default().write();
    let mut told = Vec::new();
    let stopped = checkpoint::load(dir.path(), &mut |fraction| {
        told.push(fraction);
        told.len() < 2
    });
    assert!(stopped.is_err());
    assert_eq!(told, [0.0, 0.5]);
}

#[test]
fn the_mlx_is_the_one_in_the_manifest() {
    let manifest = include_str!("../../../../../../Cargo.toml");
    let version = STATES.build.strip_prefix("mlx-rs ").unwrap();
    assert!(manifest.contains(&format!("mlx-rs = {{ version = \"={version}\"")), "{}", STATES.build);
}
