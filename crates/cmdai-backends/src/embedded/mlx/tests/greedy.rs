//! The same requests through llama.cpp and through MLX, answered greedily: the logits of every step, and the answers.
//!
//! The forward pass is held where nothing is rounded: the weights that a file stands for as 32-bit floats, keys and values too. In
//! quantized weights the two differ by design (llama.cpp rounds the inputs of each quantized layer to 8 bits, MLX does not), and that
//! difference is measured against the same reference.

use super::agreement::{OPENING, PROMPT, file, llama, requests};
use super::{difference, plain, runtime};
use crate::embedded::llama::runtime::LlamaRuntime;
use crate::embedded::runtime::{Next, Runtime, Token};
use llama_cpp_2::model::params::LlamaModelParams;
use std::path::PathBuf;
use tempfile::TempDir;

/// Requests that are asked, of which 45 must be answered the same.
const ASKED: usize = 50;
/// Tokens of an answer at most.
const LONGEST: usize = 24;
/// More threads would be faster on a machine that does nothing else, and several times slower on one that does.
const THREADS: i32 = 1;
/// Largest difference of a logit where nothing is rounded but the sums themselves. Logits go to 30, of which 32 bits tell two millionths
/// apart; sums of some hundred numbers in another order, through 30 layers, made it 0.0002 at most; allowed is ten times that.
const CLOSE: f32 = 0.002;

/// The likeliest tokens and what they were chosen from, until the answer ends.
type Answer = Vec<(Token, Vec<f32>)>;
type Ask<'m> = Box<dyn FnMut(&str) -> Answer + 'm>;

fn asking<'m>(mut runtime: impl Runtime + 'm) -> Ask<'m> {
    let prefix = runtime.tokenize(PROMPT, true, true);
    Box::new(move |request| {
        let rest = [runtime.tokenize(request, false, false), runtime.tokenize(OPENING, false, true)].concat();
        answer(&mut runtime, &prefix, &rest)
    })
}

fn answer(runtime: &mut impl Runtime, prefix: &[Token], rest: &[Token]) -> Answer {
    if !runtime.reserve(1, 512, prefix.len()).unwrap() {
        runtime.clear();
        runtime.evaluate(prefix, 0, false).unwrap();
    }
    runtime.evaluate(rest, prefix.len(), true).unwrap();
    let mut answer = Answer::new();
    loop {
        let logits = runtime.logits(0).unwrap().to_vec();
        let best = logits.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).unwrap().0;
        let token = Token::try_from(best).unwrap();
        answer.push((token, logits));
        if runtime.is_end(token) || answer.len() == LONGEST {
            return answer;
        }
        let position = u32::try_from(prefix.len() + rest.len() + answer.len() - 1).unwrap();
        runtime.advance(&[Next { sequence: 0, token, position }]).unwrap();
    }
}

/// What came of asking another than the reference.
#[derive(Debug, Default)]
struct Compared {
    /// Answers that are the same, token by token.
    same: usize,
    /// Largest difference of a logit, over all steps up to where answers part.
    largest: f32,
    /// Mean of the largest differences of the steps.
    mean: f32,
    steps: f32,
    /// Where answers part, and by how much each preferred its token.
    parted: Vec<String>,
}

impl Compared {
    fn add(&mut self, request: &str, reference: &Answer, other: &Answer) {
        for (at, ((a, of_a), (b, of_b))) in reference.iter().zip(other).enumerate() {
            let worst = difference(of_a, of_b);
            self.largest = self.largest.max(worst);
            self.steps += 1.0;
            self.mean += (worst - self.mean) / self.steps;
            if a != b {
                let margin = |of: &[f32], this: &Token, that: &Token| of[*this as usize] - of[*that as usize];
                let (theirs, ours) = (margin(of_a, a, b), margin(of_b, b, a));
                self.parted.push(format!("{request}: token {at}, by {theirs:.4} and {ours:.4}"));
                return;
            }
        }
        self.same += 1;
    }
}

/// Asks all of them so many requests, and compares the others with the first.
fn compare<const OTHERS: usize>(asked: usize, mut reference: Ask, mut others: [Ask; OTHERS]) -> [Compared; OTHERS] {
    let all = requests();
    let mut compared = std::array::from_fn(|_| Compared::default());
    for request in all.iter().step_by(all.len() / asked).take(asked) {
        let expected = reference(request);
        for (other, compared) in others.iter_mut().zip(&mut compared) {
            compared.add(request, &expected, &other(request));
        }
    }
    compared
}

/// A file in which nothing is quantized, beside the one it is made of.
fn full(id: &str) -> (PathBuf, PathBuf, TempDir) {
    let (file, dir) = (file(id), tempfile::tempdir().unwrap());
    let full = dir.path().join("full.gguf");
    plain::write(&file, &full);
    (file, full, dir)
}

/// Nine of ten answers are the same, and no logit differs by much.
#[track_caller]
fn agrees_in_full_precision(id: &str, asked: usize) {
    let (_, full, _dir) = full(id);
    let model = llama(&full, &LlamaModelParams::default());
    let [mlx] = compare(asked, asking(LlamaRuntime::exact(&model, THREADS)), [asking(runtime(&full))]);
    println!("{id}: {mlx:#?}");
    assert!(mlx.same * 10 >= asked * 9 && mlx.largest < CLOSE, "{mlx:#?}");
}

#[test]
fn llama_in_full_precision_gives_the_same_answers() {
    agrees_in_full_precision("smollm2-135m", ASKED);
}

#[test]
fn qwen2_in_full_precision_gives_the_same_answers() {
    // Four times the weights: all fifty take long.
    agrees_in_full_precision("qwen2.5-coder-0.5b", 10);
}

/// Where quantized answers differ between the two it is llama.cpp that has left the weights' own answer, by the rounding of its inputs.
#[test]
fn quantized_weights_are_worth_in_mlx_what_they_stand_for_and_in_llama_cpp_less() {
    let (file, full, _dir) = full("smollm2-135m");
    let params = LlamaModelParams::default();
    let (exact, usual) = (llama(&full, &params), llama(&file, &params));
    let others = [asking(runtime(&file)), asking(LlamaRuntime::exact(&usual, THREADS))];
    let [mlx, llama] = compare(10, asking(LlamaRuntime::exact(&exact, THREADS)), others);
    println!("MLX: {mlx:#?}\nllama.cpp: {llama:#?}");
    assert!(mlx.same == 10 && mlx.largest < CLOSE && llama.mean > 100.0 * mlx.mean, "{mlx:#?} {llama:#?}");
}
