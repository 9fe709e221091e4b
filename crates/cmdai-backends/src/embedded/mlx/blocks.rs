//! The blocks of a GGUF tensor, in the format that MLX computes with.
//!
//! Both keep a scale and an offset for each group of integers, so most types are moved without loss: MLX takes 2 to 8 bits in groups
//! of 32, least significant bits first, and a weight is `scale * integer + bias`. The one exception is `Q6_K`, whose groups have 16
//! weights: it becomes 8 bits in groups of 32, with an error of half a 255th of the group's range (a quarter of its own step at most,
//! held by `six_bits_keep_their_values`). Scales are 32-bit floats, because a `K` scale has more digits than a half float.

use half::{bf16, f16};

/// Weights of one group.
pub(super) const GROUP: usize = 32;

/// The weights of a tensor, row after row.
#[derive(Debug)]
pub(super) enum Weights {
    Plain(Vec<f32>),
    Packed(Packed),
}

/// Integers in words of 32 bits, and a scale and a bias for each group.
#[derive(Debug)]
pub(super) struct Packed {
    pub(super) bits: u32,
    pub(super) words: Vec<u32>,
    pub(super) scales: Vec<f32>,
    pub(super) biases: Vec<f32>,
}

impl Packed {
    fn new(bits: u32, groups: usize) -> Self {
        let words = Vec::with_capacity(groups * usize::try_from(bits).unwrap_or(0));
        Self { bits, words, scales: Vec::with_capacity(groups), biases: Vec::with_capacity(groups) }
    }

    fn push(&mut self, scale: f32, bias: f32, integers: &[u8; GROUP]) {
        self.scales.push(scale);
        self.biases.push(bias);
        let (mut buffer, mut filled) = (0_u64, 0);
        for integer in integers {
            buffer |= u64::from(*integer) << filled;
            filled += self.bits;
            if filled >= 32 {
                #[allow(clippy::cast_possible_truncation, reason = "the rest stays in the buffer")]
                self.words.push(buffer as u32);
                buffer >>= 32;
                filled -= 32;
            }
        }
    }
}

/// Whether [`convert`] knows a type.
pub(super) fn is_known(kind: u32) -> bool {
    convert(kind, &[]).is_some()
}

/// The weights in `bytes`, which are of the GGUF type `kind`; `None` for a type that is not known here.
pub(super) fn convert(kind: u32, bytes: &[u8]) -> Option<Weights> {
    Some(match kind {
        0 => plain(bytes, f32::from_le_bytes),
        1 => plain(bytes, |two| f16::from_le_bytes(two).to_f32()),
        30 => plain(bytes, |two| bf16::from_le_bytes(two).to_f32()),
        2 => packed(4, bytes, |[d0, d1, nibbles @ ..]: &[u8; 18], out| {
            let scale = half(*d0, *d1);
            out.push(scale, -8.0 * scale, &halves(nibbles));
        }),
        3 => packed(4, bytes, |[d0, d1, m0, m1, nibbles @ ..]: &[u8; 20], out| {
            out.push(half(*d0, *d1), half(*m0, *m1), &halves(nibbles));
        }),
        6 => packed(5, bytes, |[d0, d1, h0, h1, h2, h3, nibbles @ ..]: &[u8; 22], out| {
            let scale = half(*d0, *d1);
            out.push(scale, -16.0 * scale, &with_fifth(nibbles, u32::from_le_bytes([*h0, *h1, *h2, *h3])));
        }),
        7 => packed(5, bytes, |[d0, d1, m0, m1, h0, h1, h2, h3, nibbles @ ..]: &[u8; 24], out| {
            let fifth = u32::from_le_bytes([*h0, *h1, *h2, *h3]);
            out.push(half(*d0, *d1), half(*m0, *m1), &with_fifth(nibbles, fifth));
        }),
        8 => packed(8, bytes, |[d0, d1, signed @ ..]: &[u8; 34], out| {
            let scale = half(*d0, *d1);
            // From -128..128 to 0..256 by the highest bit.
            out.push(scale, -128.0 * scale, &signed.map(|byte| byte ^ 0x80));
        }),
        12 => packed(4, bytes, |[d0, d1, m0, m1, rest @ ..]: &[u8; 144], out| {
            let (scales, nibbles) = rest.split_at(12);
            for (pair, low_and_high) in nibbles.chunks_exact(GROUP).enumerate() {
                for high in [false, true] {
                    let (scale, minimum) = six_bit_pair(scales, 2 * pair + usize::from(high));
                    let integers = std::array::from_fn(|i| nibble(low_and_high, i, high));
                    out.push(half(*d0, *d1) * scale, -(half(*m0, *m1) * minimum), &integers);
                }
            }
        }),
        13 => packed(5, bytes, |[d0, d1, m0, m1, rest @ ..]: &[u8; 176], out| {
            let (scales, rest) = rest.split_at(12);
            let (fifths, nibbles) = rest.split_at(GROUP);
            for (pair, low_and_high) in nibbles.chunks_exact(GROUP).enumerate() {
                for high in [false, true] {
                    let group = 2 * pair + usize::from(high);
                    let (scale, minimum) = six_bit_pair(scales, group);
                    let fifth = |i| (fifths.get(i).copied().unwrap_or(0) >> group & 1) << 4;
                    let integers = std::array::from_fn(|i| nibble(low_and_high, i, high) | fifth(i));
                    out.push(half(*d0, *d1) * scale, -(half(*m0, *m1) * minimum), &integers);
                }
            }
        }),
        14 => packed(8, bytes, |block: &[u8; 210], out| six_bits(block, out)),
        _ => return None,
    })
}

fn plain<const N: usize>(bytes: &[u8], number: fn([u8; N]) -> f32) -> Weights {
    Weights::Plain(bytes.as_chunks::<N>().0.iter().map(|chunk| number(*chunk)).collect())
}

fn packed<const N: usize>(bits: u32, bytes: &[u8], each: impl Fn(&[u8; N], &mut Packed)) -> Weights {
    let blocks = bytes.as_chunks::<N>().0;
    let mut out = Packed::new(bits, blocks.len());
    for block in blocks {
        each(block, &mut out);
    }
    Weights::Packed(out)
}

fn half(low: u8, high: u8) -> f32 {
    f16::from_le_bytes([low, high]).to_f32()
}

fn nibble(bytes: &[u8], at: usize, high: bool) -> u8 {
    let byte = bytes.get(at).copied().unwrap_or(0);
    if high { byte >> 4 } else { byte & 15 }
}

/// Half a group in the low halves of the bytes, half in the high ones.
fn halves(nibbles: &[u8; 16]) -> [u8; GROUP] {
    std::array::from_fn(|i| nibble(nibbles, i % 16, i >= 16))
}

fn with_fifth(nibbles: &[u8; 16], fifth: u32) -> [u8; GROUP] {
    let bit = |i: usize| if fifth >> i & 1 == 1 { 16 } else { 0 };
    std::array::from_fn(|i| nibble(nibbles, i % 16, i >= 16) | bit(i))
}

/// Scale and minimum of one of the eight groups of a `K` block, six bits each in twelve bytes.
fn six_bit_pair(bytes: &[u8], group: usize) -> (f32, f32) {
    let byte = |at: usize| bytes.get(at).copied().unwrap_or(0);
    let (scale, minimum) = if group < 4 {
        (byte(group) & 63, byte(group + 4) & 63)
    } else {
        (byte(group + 4) & 15 | byte(group - 4) >> 6 << 4, byte(group + 4) >> 4 | byte(group) >> 6 << 4)
    };
    (scale.into(), minimum.into())
}

/// 256 weights of `Q6_K`: four low bits, two high bits, a signed scale for each 16.
fn six_bits(block: &[u8; 210], out: &mut Packed) {
    let values = six_bit_values(block);
    for group in values.as_chunks::<GROUP>().0 {
        let least = group.iter().copied().fold(f32::INFINITY, f32::min);
        let most = group.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let scale = (most - least) / 255.0;
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 255, and a cast keeps inside")]
        let integer = |value: f32| if scale > 0.0 { ((value - least) / scale).round() as u8 } else { 0 };
        out.push(scale, least, &group.map(integer));
    }
}

fn six_bit_values(block: &[u8; 210]) -> [f32; 256] {
    let (low, rest) = block.split_at(128);
    let (high, rest) = rest.split_at(64);
    let (scales, factor) = rest.split_at(16);
    let factor = factor.first().zip(factor.last()).map_or(0.0, |(a, b)| half(*a, *b));
    std::array::from_fn(|i| {
        // Halves of 128 weights, each four runs of 32.
        let (part, run, at) = (i / 128, i % 128 / 32, i % 32);
        let four = nibble(low, 64 * part + 32 * (run % 2) + at, run >= 2);
        let two = high.get(32 * part + at).copied().unwrap_or(0) >> (2 * run) & 3;
        let scale = scales.get(i / 16).copied().unwrap_or(0).cast_signed();
        factor * f32::from(scale) * (f32::from(four | two << 4) - 32.0)
    })
}

#[cfg(test)]
#[path = "blocks_tests.rs"]
mod tests;
