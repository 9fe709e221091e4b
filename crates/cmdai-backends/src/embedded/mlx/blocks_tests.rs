//! Each type of block against the formula of its definition, and the packed integers against MLX's own reading of them.

use super::*;
use mlx_rs::Array;
use mlx_rs::ops::dequantize;

/// Blocks of random bytes whose scales are ordinary numbers.
fn blocks<const N: usize>(halves: &[usize]) -> Vec<[u8; N]> {
    let mut random = fastrand::Rng::with_seed(9);
    let mut block = || {
        let mut bytes: [u8; N] = std::array::from_fn(|_| random.u8(..));
        for at in halves {
            bytes[*at..at + 2].copy_from_slice(&f16::from_f32(random.f32() - 0.5).to_le_bytes());
        }
        bytes
    };
    (0..6).map(|_| block()).collect()
}

/// What MLX makes of the packed weights.
fn read_by_mlx(weights: &Weights) -> Vec<f32> {
    let Weights::Packed(Packed { bits, words, scales, biases }) = weights else { panic!("they are plain") };
    let (groups, bits) = (i32::try_from(scales.len()).unwrap(), bits.cast_signed());
    let array = |numbers: &[f32]| Array::from_slice(numbers, &[1, groups]);
    let words = Array::from_slice(words, &[1, groups * bits]);
    let numbers = dequantize(words, array(scales), &array(biases), 32, bits).unwrap();
    numbers.to_vec_exact::<f32>().unwrap()
}

/// Checks a type by what each of its weights is worth.
fn check<const N: usize>(kind: u32, halves: &[usize], weights: usize, worth: impl Fn(&[u8; N], usize) -> f32) {
    let blocks = blocks::<N>(halves);
    let read = read_by_mlx(&convert(kind, blocks.as_flattened()).unwrap());
    assert_eq!(read.len(), blocks.len() * weights);
    for (block, read) in blocks.iter().zip(read.chunks(weights)) {
        for (at, read) in read.iter().enumerate() {
            let expected = worth(block, at);
            assert!(
                (read - expected).abs() <= 1e-5 * (1.0 + expected.abs()),
                "type {kind}, {at}: {read} for {expected}"
            );
        }
    }
}

fn number(block: &[u8], at: usize) -> f32 {
    f16::from_le_bytes([block[at], block[at + 1]]).to_f32()
}

/// The weight's four bits in 16 bytes.
fn four(bytes: &[u8], at: usize) -> f32 {
    f32::from(if at < 16 { bytes[at] & 15 } else { bytes[at - 16] >> 4 })
}

fn bit(bytes: &[u8], at: usize) -> f32 {
    f32::from(bytes[at / 8] >> (at % 8) & 1)
}

#[test]
fn simple_blocks_keep_their_values() {
    check::<18>(2, &[0], 32, |b, i| number(b, 0) * (four(&b[2..], i) - 8.0));
    check::<20>(3, &[0, 2], 32, |b, i| number(b, 0) * four(&b[4..], i) + number(b, 2));
    check::<22>(6, &[0], 32, |b, i| number(b, 0) * (four(&b[6..], i) + 16.0 * bit(&b[2..], i) - 16.0));
    check::<24>(7, &[0, 2], 32, |b, i| number(b, 0) * (four(&b[8..], i) + 16.0 * bit(&b[4..], i)) + number(b, 2));
    check::<34>(8, &[0], 32, |b, i| number(b, 0) * f32::from(b[2 + i].cast_signed()));
}

/// Six bits of a scale and six of a minimum for each of eight groups, as the format packs them into twelve bytes.
fn scales(packed: &[u8], group: usize) -> (f32, f32) {
    let (low, high) = if group < 4 {
        (packed[group] % 64, packed[group + 4] % 64)
    } else {
        let top = |byte: u8| byte / 64 * 16;
        (packed[group + 4] % 16 + top(packed[group - 4]), packed[group + 4] / 16 + top(packed[group]))
    };
    (low.into(), high.into())
}

#[test]
fn blocks_of_256_keep_their_values() {
    let four = |nibbles: &[u8], i: usize| {
        let byte = nibbles[i / 64 * 32 + i % 32];
        f32::from(if (i / 32).is_multiple_of(2) { byte & 15 } else { byte >> 4 })
    };
    check::<144>(12, &[0, 2], 256, |b, i| {
        let (scale, minimum) = scales(&b[4..16], i / 32);
        number(b, 0) * scale * four(&b[16..], i) - number(b, 2) * minimum
    });
    check::<176>(13, &[0, 2], 256, |b, i| {
        let (scale, minimum) = scales(&b[4..16], i / 32);
        let fifth = f32::from(b[16 + i % 32] >> (i / 32) & 1);
        number(b, 0) * scale * (four(&b[48..], i) + 16.0 * fifth) - number(b, 2) * minimum
    });
}

#[test]
fn six_bits_keep_their_values() {
    let blocks = blocks::<210>(&[208]);
    let read = read_by_mlx(&convert(14, blocks.as_flattened()).unwrap());
    let worth = |b: &[u8; 210], i: usize| {
        let (half, at) = (i / 128, i % 32);
        let low = b[64 * half + i % 64];
        let low = if i % 128 < 64 { low & 15 } else { low >> 4 };
        let high = b[128 + 32 * half + at] >> (i % 128 / 32 * 2) & 3;
        number(b, 208) * f32::from(b[192 + i / 16].cast_signed()) * (f32::from(low) + 16.0 * f32::from(high) - 32.0)
    };
    for (block, read) in blocks.iter().zip(read.chunks(256)) {
        for (group, read) in read.chunks(32).enumerate() {
            let exact: Vec<f32> = (0..32).map(|i| worth(block, 32 * group + i)).collect();
            let span = exact.iter().copied().fold(f32::MIN, f32::max) - exact.iter().copied().fold(f32::MAX, f32::min);
            let worst = exact.iter().zip(read).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(worst <= span / 255.0 * 0.5001 + 1e-6, "{worst} of {span}");
        }
    }
}

#[test]
fn plain_numbers_are_read_and_unknown_types_are_not() {
    let plain = |kind, bytes: &[u8]| match convert(kind, bytes) {
        Some(Weights::Plain(numbers)) => numbers,
        other => panic!("{other:?}"),
    };
    assert_eq!(plain(0, &1.5_f32.to_le_bytes()), [1.5]);
    assert_eq!(plain(1, &f16::from_f32(-2.25).to_le_bytes()), [-2.25]);
    assert_eq!(plain(30, &bf16::from_f32(0.5).to_le_bytes()), [0.5]);
    assert!(convert(11, &[0; 110]).is_none(), "Q3_K");
}
