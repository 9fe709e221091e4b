//! Weights as MLX computes with them, dense or quantized.

use super::blocks::{GROUP, Weights};
use super::gguf::Tensor;
use mlx_rs::Array;
use mlx_rs::error::{Exception, Result};
use mlx_rs::ops::{dequantize, matmul, quantized_matmul};

/// A matrix whose rows are the outputs.
#[derive(Debug)]
pub(super) enum Matrix {
    Dense(Array),
    Quantized(Quantized),
}

/// Integers in 32-bit words, with a scale and a bias for each group of a row.
#[derive(Debug)]
pub(super) struct Quantized {
    pub(super) words: Array,
    pub(super) scales: Array,
    pub(super) biases: Array,
    pub(super) group: i32,
    pub(super) bits: i32,
}

impl Matrix {
    /// From a file with blocks. The numbers are copied.
    pub(super) fn from_tensor(tensor: &Tensor) -> Result<Self> {
        let (rows, columns) = (size(tensor.rows)?, size(tensor.columns)?);
        Ok(match &tensor.weights {
            Weights::Plain(numbers) => Self::Dense(Array::from_slice(numbers, &[rows, columns])),
            Weights::Packed(packed) => {
                let (group, bits) = (size(GROUP)?, packed.bits.cast_signed());
                let groups = columns / group;
                Self::Quantized(Quantized {
                    words: Array::from_slice(&packed.words, &[rows, groups * bits]),
                    scales: Array::from_slice(&packed.scales, &[rows, groups]),
                    biases: Array::from_slice(&packed.biases, &[rows, groups]),
                    group,
                    bits,
                })
            }
        })
    }

    /// `x` times the transposed matrix: a layer of a network.
    pub(super) fn times(&self, x: &Array) -> Result<Array> {
        match self {
            Self::Dense(weights) => matmul(x, weights.t()),
            Self::Quantized(Quantized { words, scales, biases, group, bits }) => {
                quantized_matmul(x, words, scales, biases, true, *group, *bits)
            }
        }
    }

    /// The rows with these numbers.
    pub(super) fn rows(&self, numbers: &Array) -> Result<Array> {
        match self {
            Self::Dense(weights) => weights.take_axis(numbers, 0),
            Self::Quantized(Quantized { words, scales, biases, group, bits }) => {
                let of = |part: &Array| part.take_axis(numbers, 0);
                dequantize(of(words)?, of(scales)?, &of(biases)?, *group, *bits)
            }
        }
    }

    /// How many rows and columns it has.
    pub(super) fn shape(&self) -> Option<(i32, i32)> {
        match self {
            Self::Dense(weights) => match weights.shape() {
                &[rows, columns] => Some((rows, columns)),
                _ => None,
            },
            Self::Quantized(Quantized { words, scales, group, bits, .. }) => match (words.shape(), scales.shape()) {
                (&[rows, words], &[scale_rows, groups])
                    if rows == scale_rows && words * 32 == groups * group * bits =>
                {
                    Some((rows, groups * group))
                }
                _ => None,
            },
        }
    }
}

/// A size as MLX counts it.
pub(super) fn size(of: usize) -> Result<i32> {
    i32::try_from(of).map_err(|error| Exception::custom(error.to_string()))
}
