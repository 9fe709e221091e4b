//! The header check: every way in which a file can be no model.

use super::*;
use proptest::prelude::*;

/// Writes a header field by field.
#[derive(Clone, Default)]
struct Writer(Vec<u8>);

impl Writer {
    fn start(tensors: u64, pairs: u64) -> Self {
        Self(MAGIC.to_vec()).u32(3).u64(tensors).u64(pairs)
    }
    fn u32(mut self, value: u32) -> Self {
        self.0.extend(value.to_le_bytes());
        self
    }
    fn u64(mut self, value: u64) -> Self {
        self.0.extend(value.to_le_bytes());
        self
    }
    fn string(self, text: &str) -> Self {
        let mut next = self.u64(text.len() as u64);
        next.0.extend(text.as_bytes());
        next
    }
    fn tensor(self, name: &str, dimensions: &[u64], kind: u32, offset: u64) -> Self {
        let count = u32::try_from(dimensions.len()).unwrap();
        let next = dimensions.iter().fold(self.string(name).u32(count), |w, d| w.u64(*d));
        next.u32(kind).u64(offset)
    }
}

fn state_of(bytes: &[u8]) -> GgufState {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    inspect(file.path()).unwrap()
}

/// 64 floats and one block of 32 in `Q4_0` behind them, with an alignment of 64.
fn small() -> Vec<u8> {
    let mut bytes = Writer::start(2, 4)
        .string("general.architecture")
        .u32(8)
        .string("test")
        .string("general.alignment")
        .u32(4)
        .u32(64)
        .string("tokens")
        .u32(9)
        .u32(8)
        .u64(2)
        .string("a")
        .string("b")
        .string("scores")
        .u32(9)
        .u32(6)
        .u64(3)
        .u32(0)
        .u32(0)
        .u32(0)
        .tensor("x", &[32, 2], 0, 0)
        .tensor("y", &[32], 2, 256)
        .0;
    bytes.resize(bytes.len().next_multiple_of(64) + 256 + 18, 0);
    bytes
}

#[test]
fn each_kind_of_path_is_told_apart() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(inspect(&dir.path().join("none")).unwrap(), GgufState::Missing);
    assert_eq!(inspect(dir.path()).unwrap(), GgufState::Directory);
    assert_eq!(state_of(b""), GgufState::Empty);
    assert_eq!(state_of(&small()), GgufState::Ok);
    assert_eq!(state_of(&Writer::start(0, 0).0), GgufState::Ok);
}

#[test]
fn another_kind_of_file_is_described() {
    let check = |bytes: &[u8], expected: &str| {
        assert_eq!(state_of(bytes), GgufState::NotGguf { starts_with: expected.to_owned() });
    };
    check(b"<!DOCTYPE html><html>", "\"<!DOCTYPE html><\" (a web page)");
    check(b"PK\x03\x04\x14\x00", "\"PK\\x03\\x04\\x14\\x00\" (a zip archive)");
    check(b"version https://git-lfs", "\"version https://\" (a Git LFS pointer)");
    check(b"hello", "\"hello\"");
    check(b"GG", "\"GG\"");
}

#[test]
fn every_cut_is_noticed() {
    let whole = small();
    for length in 4..whole.len() {
        let state = state_of(&whole[..length]);
        let GgufState::Truncated { expected, actual } = state else { panic!("{state:?} at {length}") };
        assert!(actual == length as u64 && expected > actual && expected <= whole.len() as u64, "at {length}");
    }
    let without_tail = &whole[..whole.len() - 1];
    let expected = GgufState::Truncated { expected: whole.len() as u64, actual: without_tail.len() as u64 };
    assert_eq!(state_of(without_tail), expected);
}

#[test]
fn hostile_headers_are_errors() {
    let check = |writer: Writer, expected: &str| {
        let mut bytes = writer.0;
        bytes.resize(bytes.len() + 64, 0xff);
        assert_eq!(state_of(&bytes), GgufState::Malformed { reason: expected.to_owned() });
    };
    check(Writer::start(u64::MAX, 0), "18446744073709551615 tensors");
    check(Writer::start(0, 1 << 40), "1099511627776 metadata entries");
    check(Writer::start(0, 1).u64(1 << 60), "1152921504606846976 bytes in a key");
    check(Writer::start(0, 1).string("k").u32(8).u64(1 << 60), "1152921504606846976 bytes in a string");
    check(Writer::start(0, 1).string("k").u32(9).u32(12).u64(1 << 61), "2305843009213693952 array elements");
    check(Writer::start(0, 1).string("k").u32(99), "a metadata value of type 99");
    check(Writer::start(0, 1).string("general.alignment").u32(4).u32(3), "an alignment of 3");
    check(Writer::start(1, 0).string("t").u32(9), "a tensor of 9 dimensions");
    check(Writer::start(1, 0).tensor("t", &[1 << 40, 1 << 40], 0, 0), "a tensor beyond 2^64 elements");
    check(Writer::start(1, 0).tensor("t", &[u64::MAX], 0, 0), "a tensor beyond 2^64 bytes");
    check(Writer::start(1, 0).tensor("t", &[4], 0, u64::MAX), "a tensor beyond 2^64 bytes");
    let nested = (0..8).fold(Writer::start(0, 1).string("k").u32(9), |w, _| w.u32(9).u64(1));
    check(nested, "arrays in arrays beyond depth 4");
    check(Writer(MAGIC.to_vec()).u32(7), "version 7 is not known");
    check(Writer(MAGIC.to_vec()).u32(3_u32.swap_bytes()), "it was written for big-endian machines");
}

proptest! {
    #[test]
    fn any_bytes_are_survived(tail in proptest::collection::vec(any::<u8>(), 0..400), at in 0_usize..400, byte: u8) {
        let _ = state_of(&[MAGIC.as_slice(), &3_u32.to_le_bytes(), &tail].concat());
        let mut damaged = small();
        if let Some(place) = damaged.get_mut(at) {
            *place = byte;
        }
        let _ = state_of(&damaged);
    }
}
