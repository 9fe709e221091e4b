//! The same text and the same quantized weights through llama.cpp and through MLX; in full precision and answer by answer: `greedy`.
//!
//! What may differ, and why: llama.cpp keeps keys and values as half floats, and multiplies quantized weights by inputs that it rounds
//! to 8 bits for that; MLX computes in 32 bits throughout.

use super::super::from_gguf;
use super::super::gguf::Gguf;
use super::*;
use crate::embedded::cpu;
use crate::embedded::llama::{load as llama_load, runtime::LlamaRuntime};
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::model::params::LlamaModelParams;
use std::path::PathBuf;

/// Largest difference of a logit where llama.cpp rounds its inputs; logits go from -10 to 30.
const ROUNDED: f32 = 1.5;
/// And on average.
const ROUNDED_MEAN: f32 = 0.25;

pub(super) const PROMPT: &str = "<|im_start|>system\nTurn each request into one Bash command.<|im_end|>\n<|im_start|>user\nprint the current \
    directory<|im_end|>\n<|im_start|>assistant\n```bash\npwd\n```<|im_end|>\n<|im_start|>user\n";
pub(super) const OPENING: &str = "<|im_end|>\n<|im_start|>assistant\n```bash\n";

pub(super) fn file(id: &str) -> PathBuf {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| std::env::home_dir().map(|home| home.join(".cache"))).unwrap();
    let located = ModelStore::new(cache.join("cmdai/models")).locate(&ModelRef::parse(id).unwrap(), &mut |_, _| {});
    located.unwrap_or_else(|error| panic!("{error}: `cargo xtask model pull {id}` fetches it")).path
}

pub(super) fn llama(path: &Path, params: &LlamaModelParams) -> LlamaModel {
    LlamaModel::load_from_file(llama_load::runtime().unwrap(), path, params).unwrap()
}

/// The requests of the half of the accuracy tasks that is there to choose by.
pub(super) fn requests() -> Vec<String> {
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/accuracy/tuning");
    let mut files: Vec<PathBuf> = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut requests = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(file).unwrap();
        let found = text.lines().filter_map(|line| line.strip_prefix("request = '")?.strip_suffix('\''));
        requests.extend(found.map(str::to_owned));
    }
    requests
}

#[test]
fn both_runtimes_read_text_as_the_same_tokens() {
    let hard = [
        "",
        " ",
        "  ",
        "a  b",
        "\n\n \n",
        "\t x\r\n\r\n",
        "it's I'LL we've",
        "2026-11-23 007 ½ ٣",
        "naïve 漢字かな 🦀🇩🇪",
        "e\u{301}",
        "find . -name '*.c' -exec cp {} {}.bak \\;",
        "${NAME:-nobody} `date` $((1+2))",
        "<|im_end|> <|endoftext|> <tool_call>",
        "\u{a0}x\u{3000}y",
    ];
    for id in ["smollm2-135m", "qwen2.5-coder-0.5b"] {
        let path = file(id);
        let model = llama(&path, &LlamaModelParams::default().with_vocab_only(true));
        let (theirs, ours) =
            (LlamaRuntime::new(&model, 1), from_gguf::vocabulary(&Gguf::open(&path).unwrap()).unwrap());
        let requests = requests();
        let texts = hard.iter().copied().chain(requests.iter().map(String::as_str)).chain([PROMPT, OPENING]);
        for text in texts {
            for (begins, marks) in [(false, false), (true, true)] {
                let expected = theirs.tokenize(text, begins, marks);
                assert_eq!(ours.tokenize(text, begins, marks), expected, "{id}: {text:?}");
            }
            for token in theirs.tokenize(text, false, true) {
                assert_eq!(ours.piece(token), theirs.piece(token), "{id}: token {token}");
                assert_eq!(ours.is_end(token), theirs.is_end(token), "{id}: token {token}");
            }
        }
    }
}

/// Logits behind a prompt, from a runtime with nothing in it.
fn behind(runtime: &mut impl Runtime, tokens: &[Token]) -> Vec<f32> {
    runtime.reserve(1, 512, 0).unwrap();
    for (part, at) in tokens.chunks(32).zip((0..).step_by(32)) {
        runtime.evaluate(part, at, at + part.len() == tokens.len()).unwrap();
    }
    runtime.logits(0).unwrap().to_vec()
}

/// Largest and mean difference behind a few prompts.
fn compared(path: &Path) -> (f32, f32) {
    let model = llama(path, &LlamaModelParams::default());
    let mut theirs = LlamaRuntime::new(&model, cpu::inference_threads());
    let mut ours = runtime(path);
    let (mut worst, mut sum, mut count) = (0.0_f32, 0.0, 0.0);
    for request in requests().iter().step_by(40) {
        let tokens = theirs.tokenize(&format!("{PROMPT}{request}{OPENING}"), true, true);
        let (a, b) = (behind(&mut theirs, &tokens), behind(&mut ours, &tokens));
        worst = worst.max(difference(&a, &b));
        sum += a.iter().zip(&b).map(|(a, b)| (a - b).abs()).sum::<f32>() / 1000.0;
        count += f32::from(u16::try_from(a.len() / 1000).unwrap());
    }
    (worst, sum / count)
}

#[test]
fn quantized_llama_agrees_as_far_as_rounding_lets_it() {
    let (worst, mean) = compared(&file("smollm2-135m"));
    assert!(worst < ROUNDED && mean < ROUNDED_MEAN, "{worst}, {mean} on average");
}

#[test]
fn quantized_qwen2_agrees_as_far_as_rounding_lets_it() {
    let (worst, mean) = compared(&file("qwen2.5-coder-0.5b"));
    assert!(worst < ROUNDED && mean < ROUNDED_MEAN, "{worst}, {mean} on average");
}
