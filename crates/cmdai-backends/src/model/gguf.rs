//! What a file says of itself: whether it is GGUF, and whether all the bytes its header promises are there.
//!
//! Serves the store, which asks before it hashes, and the download, which asks at the first bytes. The parser keeps nothing but
//! sums: a hostile header costs an error, never memory (held by `hostile_headers_are_errors` and `any_bytes_are_survived`), and
//! every step of a loop consumes bytes of the file, so time is bounded by [`HEADER_LIMIT`].

use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind, Read as _, Seek, SeekFrom};
use std::path::Path;

/// The first bytes of every GGUF file.
pub const MAGIC: &[u8; 4] = b"GGUF";

/// Metadata and tensor table together; the largest vocabularies take about 10 MB.
pub const HEADER_LIMIT: u64 = 256 << 20;

/// What a path leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GgufState {
    /// Nothing.
    Missing,
    /// A directory.
    Directory,
    /// A file without bytes.
    Empty,
    /// A file of another kind.
    NotGguf {
        /// Its first bytes, described.
        starts_with: String,
    },
    /// A GGUF file with a header that cannot be right, or of a version that is not known.
    Malformed {
        /// What is wrong.
        reason: String,
    },
    /// A GGUF file that ends too soon.
    Truncated {
        /// The size the header promises, at least.
        expected: u64,
        /// The size it has.
        actual: u64,
    },
    /// As far as the header tells, a whole GGUF file.
    Ok,
}

/// Looks at magic and version only.
///
/// # Errors
/// What the system said when the file could not be read; that there is none is not an error.
pub fn probe(path: &Path) -> io::Result<GgufState> {
    open(path).map(|found| match found {
        Found::Gguf { .. } => GgufState::Ok,
        Found::Other(state) => state,
    })
}

/// Reads the header and compares the size it promises with the size of the file.
///
/// # Errors
/// What the system said when the file could not be read; that there is none is not an error.
pub fn inspect(path: &Path) -> io::Result<GgufState> {
    let (reader, actual) = match open(path)? {
        Found::Gguf { reader, actual } => (reader, actual),
        Found::Other(state) => return Ok(state),
    };
    let mut header = Header::new(reader);
    match header.promised_size() {
        Ok(expected) if expected > actual => Ok(GgufState::Truncated { expected, actual }),
        Ok(_) => Ok(GgufState::Ok),
        Err(Stop::End) => Ok(GgufState::Truncated { expected: header.position.max(actual + 1), actual }),
        Err(Stop::Malformed(reason)) => Ok(GgufState::Malformed { reason }),
        Err(Stop::Io(error)) => Err(error),
    }
}

/// What the first bytes of a file look like, for a person: `<!DOCTYPE htm (a web page)`.
#[must_use]
pub fn describe(bytes: &[u8]) -> String {
    let head = bytes.get(..16).unwrap_or(bytes);
    let kind = match head {
        [b'P', b'K', 3, 4, ..] => " (a zip archive)",
        [0x1f, 0x8b, ..] => " (gzip)",
        [b'G', b'G', b'M', b'L' | b'F', ..] | [b'l' | b't', b'm' | b'j', b'g', b'g', ..] => " (an old GGML file)",
        [b'<', ..] => " (a web page)",
        [b'v', b'e', b'r', b's', b'i', b'o', b'n', b' ', ..] => " (a Git LFS pointer)",
        [_, _, _, _, _, _, _, 0, b'{', ..] => " (a safetensors file)",
        _ => "",
    };
    format!("\"{}\"{kind}", head.escape_ascii())
}

pub(crate) enum Found {
    Gguf { reader: BufReader<File>, actual: u64 },
    Other(GgufState),
}

pub(crate) fn open(path: &Path) -> io::Result<Found> {
    let metadata = match std::fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(Found::Other(GgufState::Missing));
        }
        Err(error) => return Err(error),
    };
    if metadata.is_dir() {
        return Ok(Found::Other(GgufState::Directory));
    }
    let mut reader = BufReader::with_capacity(64 << 10, File::open(path)?);
    let start = reader.fill_buf()?;
    if start.is_empty() {
        return Ok(Found::Other(GgufState::Empty));
    }
    if !start.starts_with(MAGIC) {
        return Ok(Found::Other(GgufState::NotGguf { starts_with: describe(start) }));
    }
    let actual = metadata.len();
    let mut word = [0; 8];
    if actual < 8 || reader.read_exact(&mut word).is_err() {
        return Ok(Found::Other(GgufState::Truncated { expected: 24, actual }));
    }
    let version = u32::try_from(u64::from_le_bytes(word) >> 32).unwrap_or_default();
    if !matches!(version, 2 | 3) {
        let reason = if version.swap_bytes() <= 3 {
            "it was written for big-endian machines".to_owned()
        } else {
            format!("version {version} is not known")
        };
        return Ok(Found::Other(GgufState::Malformed { reason }));
    }
    Ok(Found::Gguf { reader, actual })
}

/// Why a header cannot be read on.
#[derive(Debug)]
pub(crate) enum Stop {
    End,
    Malformed(String),
    Io(io::Error),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        if error.kind() == ErrorKind::UnexpectedEof { Self::End } else { Self::Io(error) }
    }
}

/// A header as far as it was read.
pub(crate) struct Header<R> {
    reader: R,
    position: u64,
}

impl<R: BufRead + Seek> Header<R> {
    /// Behind magic and version, where [`open`] leaves the reader.
    pub(crate) fn new(reader: R) -> Self {
        Self { reader, position: 8 }
    }

    /// Bytes from the start of the file.
    #[cfg(feature = "mlx")]
    pub(crate) fn position(&self) -> u64 {
        self.position
    }

    /// The least size the file must have for all of its tensors to be in it.
    fn promised_size(&mut self) -> Result<u64, Stop> {
        let tensors = self.count("tensors", 1 << 20)?;
        let pairs = self.count("metadata entries", 1 << 16)?;
        let mut alignment = 32;
        for _ in 0..pairs {
            let is_alignment = self.key()? == *b"general.alignment";
            let kind = self.u32()?;
            if is_alignment && kind == 4 {
                alignment = u64::from(self.u32()?);
            } else {
                self.skip_value(kind, 0)?;
            }
        }
        if !alignment.is_power_of_two() || alignment > 1 << 20 {
            return Err(malformed(format!("an alignment of {alignment}")));
        }
        let mut data = 0;
        for _ in 0..tensors {
            data = self.tensor_end()?.max(data);
        }
        if tensors == 0 {
            return Ok(self.position);
        }
        self.position
            .checked_next_multiple_of(alignment)
            .and_then(|start| start.checked_add(data))
            .ok_or_else(|| malformed("tensors beyond 2^64 bytes"))
    }

    /// Where the next tensor of the table ends, counted from the start of the data.
    fn tensor_end(&mut self) -> Result<u64, Stop> {
        self.key()?;
        let dimensions = self.u32()?;
        if dimensions > 8 {
            return Err(malformed(format!("a tensor of {dimensions} dimensions")));
        }
        let mut elements = 1_u64;
        for _ in 0..dimensions {
            let size = self.u64()?;
            elements = elements.checked_mul(size).ok_or_else(|| malformed("a tensor beyond 2^64 elements"))?;
        }
        let kind = self.u32()?;
        let offset = self.u64()?;
        // A type that is newer than this table still tells where it starts.
        let (block, size) = block_of(kind).unwrap_or((1, 0));
        (elements / block)
            .checked_mul(size)
            .and_then(|bytes| bytes.checked_add(offset))
            .ok_or_else(|| malformed("a tensor beyond 2^64 bytes"))
    }

    pub(crate) fn skip_value(&mut self, kind: u32, depth: u8) -> Result<(), Stop> {
        if let Some(size) = scalar_size(kind) {
            return self.skip(size);
        }
        match kind {
            8 => {
                let length = self.count("bytes in a string", 64 << 20)?;
                self.skip(length)
            }
            9 if depth < 4 => {
                let element = self.u32()?;
                let count = self.count("array elements", 1 << 28)?;
                if let Some(size) = scalar_size(element) {
                    return self.skip(count * size);
                }
                (0..count).try_for_each(|_| self.skip_value(element, depth + 1))
            }
            9 => Err(malformed("arrays in arrays beyond depth 4")),
            _ => Err(malformed(format!("a metadata value of type {kind}"))),
        }
    }

    /// The next key, cut to what is compared.
    fn key(&mut self) -> Result<[u8; 17], Stop> {
        let length = self.count("bytes in a key", 1 << 16)?;
        let mut key = [0; 17];
        if length != 17 {
            self.skip(length)?;
            return Ok(key);
        }
        self.read(&mut key)?;
        Ok(key)
    }

    pub(crate) fn count(&mut self, of: &str, limit: u64) -> Result<u64, Stop> {
        let count = self.u64()?;
        if count > limit { Err(malformed(format!("{count} {of}"))) } else { Ok(count) }
    }

    pub(crate) fn u32(&mut self) -> Result<u32, Stop> {
        let mut bytes = [0; 4];
        self.read(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    pub(crate) fn u64(&mut self) -> Result<u64, Stop> {
        let mut bytes = [0; 8];
        self.read(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    pub(crate) fn read(&mut self, into: &mut [u8]) -> Result<(), Stop> {
        self.reader.read_exact(into)?;
        self.advance(into.len() as u64)
    }

    /// Passes over `count` bytes, which may lie behind the end: the next read finds out.
    pub(crate) fn skip(&mut self, count: u64) -> Result<(), Stop> {
        let buffered = self.reader.fill_buf()?.len();
        match usize::try_from(count) {
            Ok(within) if within <= buffered => self.reader.consume(within),
            _ => {
                let offset = i64::try_from(count).map_err(|_| malformed("a length beyond 2^63"))?;
                self.reader.seek(SeekFrom::Current(offset))?;
            }
        }
        self.advance(count)
    }

    fn advance(&mut self, count: u64) -> Result<(), Stop> {
        self.position = self.position.saturating_add(count);
        if self.position > HEADER_LIMIT { Err(malformed("a header beyond 256 MiB")) } else { Ok(()) }
    }
}

pub(crate) fn malformed(reason: impl Into<String>) -> Stop {
    Stop::Malformed(reason.into())
}

/// Bytes of a metadata value of this type, unless it is a string or an array.
pub(crate) const fn scalar_size(kind: u32) -> Option<u64> {
    match kind {
        0 | 1 | 7 => Some(1),
        2 | 3 => Some(2),
        4..=6 => Some(4),
        10..=12 => Some(8),
        _ => None,
    }
}

/// Elements and bytes of one block of a tensor type.
pub(crate) const fn block_of(kind: u32) -> Option<(u64, u64)> {
    Some(match kind {
        0 | 26 => (1, 4),
        1 | 25 | 30 => (1, 2),
        24 => (1, 1),
        27 | 28 => (1, 8),
        2 | 20 => (32, 18),
        3 => (32, 20),
        6 => (32, 22),
        7 => (32, 24),
        8 => (32, 34),
        9 => (32, 36),
        39 => (32, 17),
        10 => (256, 84),
        11 | 21 => (256, 110),
        12 => (256, 144),
        13 => (256, 176),
        14 => (256, 210),
        15 => (256, 292),
        16 | 35 => (256, 66),
        17 => (256, 74),
        18 => (256, 98),
        19 => (256, 50),
        22 => (256, 82),
        23 => (256, 136),
        29 => (256, 56),
        34 => (256, 54),
        _ => return None,
    })
}

#[cfg(test)]
#[path = "gguf_tests.rs"]
mod tests;
