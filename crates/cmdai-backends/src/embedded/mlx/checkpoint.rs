//! A model as it lies on disk: one GGUF file, or a directory as MLX's own tools write it.

use super::model::{Model, Source};
use super::vocabulary::Vocabulary;
use super::{from_gguf, from_safetensors};
use crate::embedded::runtime::Outcome;
use std::path::Path;

/// Models whose forward pass is here.
pub(super) const ARCHITECTURES: [&str; 2] = ["qwen2", "llama"];

/// A model and its words.
pub(super) struct Checkpoint {
    pub(super) model: Model,
    pub(super) vocabulary: Vocabulary,
}

/// Reads `path`: a directory with `config.json` and safetensors, or a GGUF file. `tell` hears how far it is, and says whether to go on.
pub(super) fn load(path: &Path, tell: &mut dyn FnMut(f32) -> bool) -> Outcome<Checkpoint> {
    if path.is_dir() { from_safetensors::load(path, tell) } else { from_gguf::load(path, tell) }
}

/// What both kinds need at the end: the weights, and a chat format that is known.
pub(super) fn finish(
    shape: super::model::Shape,
    source: &mut impl Source,
    vocabulary: Vocabulary,
    template: Option<&str>,
    tell: &mut dyn FnMut(f32) -> bool,
) -> Outcome<Checkpoint> {
    let marks = ["<|im_start|>", "<|im_end|>"];
    let is_known = template.is_none_or(|template| template.contains("<|im_start|>"));
    if !is_known || marks.iter().any(|mark| vocabulary.token(mark).is_none()) {
        return Err("its chat format is not ChatML, the only one that the MLX backend writes".to_owned());
    }
    Ok(Checkpoint { model: Model::load(shape, source, tell)?, vocabulary })
}

/// The architecture, if it is one of ours.
pub(super) fn architecture(name: &str) -> Outcome<&'static str> {
    let known = ARCHITECTURES.into_iter().find(|known| *known == name);
    known.ok_or_else(|| {
        format!("the architecture {name} is none of those that MLX runs here: {}", ARCHITECTURES.join(", "))
    })
}
