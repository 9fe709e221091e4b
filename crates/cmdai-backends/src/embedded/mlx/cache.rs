//! Keys and values of the tokens that were evaluated, for one sequence.
//!
//! Room is made in steps, and what comes new is written into it; cutting back is a number. A clone shares its arrays until one of
//! the two is written to, so a copy for an alternative costs nothing by itself.

use super::matrix::size;
use crate::embedded::runtime::Outcome;
use mlx_rs::error::{Exception, Result};
use mlx_rs::ops::indexing::{TryIndexMutOp, TryIndexOp};
use mlx_rs::ops::{concatenate, zeros_dtype};
use mlx_rs::transforms::eval;
use mlx_rs::{Array, Dtype};
use std::path::Path;

/// Room grows by this many tokens.
const STEP: usize = 256;

/// The keys and values of a sequence, layer by layer: `[1, heads, room, width]`.
#[derive(Debug, Clone)]
pub(super) struct Cache {
    layers: Vec<(Array, Array)>,
    length: usize,
    room: usize,
    heads: i32,
    width: i32,
    dtype: Dtype,
}

impl Cache {
    /// Nothing, for so many layers and heads of that width.
    pub(super) fn new(layers: usize, heads: i32, width: i32, dtype: Dtype) -> Result<Self> {
        let empty = || zeros_dtype(&[1, heads, 0, width], dtype);
        let layers = (0..layers).map(|_| Ok((empty()?, empty()?))).collect::<Result<_>>()?;
        Ok(Self { layers, length: 0, room: 0, heads, width, dtype })
    }

    /// Tokens in it.
    pub(super) fn length(&self) -> usize {
        self.length
    }

    /// Forgets all but the first `length` tokens.
    pub(super) fn truncate(&mut self, length: usize) {
        self.length = self.length.min(length);
    }

    /// Makes room for `count` tokens behind what is there.
    pub(super) fn reserve(&mut self, count: usize) -> Result<()> {
        let needed = (self.length + count).next_multiple_of(STEP);
        if needed <= self.room {
            return Ok(());
        }
        let more = zeros_dtype(&[1, self.heads, size(needed - self.room)?, self.width], self.dtype)?;
        for (keys, values) in &mut self.layers {
            *keys = concatenate(&[&*keys, &more], 2)?;
            *values = concatenate(&[&*values, &more], 2)?;
        }
        self.room = needed;
        Ok(())
    }

    /// Writes what is new of a layer and gives back all of it. [`Self::advance`] follows when every layer has its part.
    pub(super) fn append(&mut self, layer: usize, keys: &Array, values: &Array) -> Result<(Array, Array)> {
        let (from, to) = (size(self.length)?, size(self.length)? + keys.dim(2));
        let (old_keys, old_values) =
            self.layers.get_mut(layer).ok_or_else(|| Exception::custom(format!("there is no layer {layer}")))?;
        old_keys.try_index_mut((.., .., from..to, ..), keys)?;
        old_values.try_index_mut((.., .., from..to, ..), values)?;
        Ok((old_keys.try_index((.., .., ..to, ..))?, old_values.try_index((.., .., ..to, ..))?))
    }

    /// Counts what was appended to every layer.
    pub(super) fn advance(&mut self, count: usize) {
        self.length += count;
    }

    /// Everything that is to be computed.
    pub(super) fn arrays(&self) -> impl Iterator<Item = &Array> {
        self.layers.iter().flat_map(|(keys, values)| [keys, values])
    }

    /// Writes what is there to a `.safetensors` file.
    pub(super) fn save(&self, path: &Path) -> Outcome<()> {
        let length = size(self.length).map_err(text)?;
        let mut parts = Vec::with_capacity(2 * self.layers.len());
        for (number, (keys, values)) in self.layers.iter().enumerate() {
            for (kind, array) in [("keys", keys), ("values", values)] {
                let part = array.try_index((.., .., ..length, ..)).and_then(|part| part.contiguous());
                parts.push((format!("{kind}.{number}"), part.map_err(text)?));
            }
        }
        Array::save_safetensors(parts, None, path).map_err(text)
    }

    /// Becomes what was saved of `length` tokens. On an error it is empty.
    pub(super) fn restore(&mut self, path: &Path, length: usize) -> Outcome<()> {
        let mut parts = Array::load_safetensors(path).map_err(text)?;
        let wanted = [1, self.heads, size(length).map_err(text)?, self.width];
        let mut layers = Vec::with_capacity(self.layers.len());
        for number in 0..self.layers.len() {
            let mut part = |kind: &str| {
                let part = parts.remove(&format!("{kind}.{number}")).ok_or("a layer is missing")?;
                if part.shape() == wanted && part.dtype() == self.dtype {
                    Ok(part)
                } else {
                    Err("a layer has another shape")
                }
            };
            layers.push((part("keys")?, part("values")?));
        }
        eval(layers.iter().flat_map(|(keys, values)| [keys, values])).map_err(text)?;
        (self.layers, self.length, self.room) = (layers, length, length);
        Ok(())
    }
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
