//! The contents of a GGUF file: its metadata, and its tensors one by one.
//!
//! MLX has a reader of its own; it refuses whole files for a type that it does not know (`Q5_0`, which files called `Q4_K_M` are full
//! of) and turns others into half floats. Here each type is put into MLX's own format ([`super::blocks`]). The header is walked
//! with the parser that the store checks files with, and its limits.

use super::blocks::{self, Weights};
use crate::embedded::runtime::Outcome;
use crate::model::gguf::{Found, Header, Stop, block_of, malformed, open, scalar_size};
use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;

/// Longest text and longest list of texts that are kept.
const LONGEST_TEXT: u64 = 1 << 20;
const MOST_TEXTS: u64 = 1 << 20;

/// A metadata value of a kind that is asked for.
#[derive(Debug, Clone, PartialEq)]
enum Value {
    Integer(u64),
    Float(f32),
    Bool(bool),
    Text(String),
    Texts(Vec<String>),
    Integers(Vec<u32>),
}

/// Where a tensor lies and what it is.
#[derive(Debug, Clone)]
struct Place {
    /// Rows and columns; one row for a vector.
    rows: usize,
    columns: usize,
    kind: u32,
    offset: u64,
}

/// An open file.
#[derive(Debug)]
pub(super) struct Gguf {
    file: File,
    values: HashMap<String, Value>,
    places: HashMap<String, Place>,
    data: u64,
    /// Where the table of tensors begins.
    #[cfg(all(test, feature = "llama"))]
    table: u64,
}

/// A tensor out of the file.
pub(super) struct Tensor {
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) weights: Weights,
}

impl Gguf {
    pub(super) fn open(path: &Path) -> Outcome<Self> {
        let reader = match open(path).map_err(|error| error.to_string())? {
            Found::Gguf { reader, .. } => reader,
            Found::Other(state) => return Err(format!("not a GGUF file that can be read: {state:?}")),
        };
        let mut header = Header::new(reader);
        let contents = read(&mut header).map_err(|stop| match stop {
            Stop::End => "the file ends in its header".to_owned(),
            Stop::Malformed(reason) => reason,
            Stop::Io(error) => error.to_string(),
        })?;
        let file = File::open(path).map_err(|error| error.to_string())?;
        Ok(Self {
            file,
            values: contents.values,
            places: contents.places,
            data: contents.data,
            #[cfg(all(test, feature = "llama"))]
            table: contents.table,
        })
    }

    pub(super) fn text(&self, key: &str) -> Option<&str> {
        if let Some(Value::Text(text)) = self.values.get(key) { Some(text) } else { None }
    }

    pub(super) fn texts(&self, key: &str) -> Option<&[String]> {
        if let Some(Value::Texts(texts)) = self.values.get(key) { Some(texts) } else { None }
    }

    pub(super) fn integers(&self, key: &str) -> Option<&[u32]> {
        if let Some(Value::Integers(numbers)) = self.values.get(key) { Some(numbers) } else { None }
    }

    pub(super) fn integer(&self, key: &str) -> Option<u32> {
        if let Some(Value::Integer(number)) = self.values.get(key) { u32::try_from(*number).ok() } else { None }
    }

    pub(super) fn float(&self, key: &str) -> Option<f32> {
        if let Some(Value::Float(number)) = self.values.get(key) { Some(*number) } else { None }
    }

    pub(super) fn is_set(&self, key: &str) -> bool {
        self.values.get(key) == Some(&Value::Bool(true))
    }

    pub(super) fn has_tensor(&self, name: &str) -> bool {
        self.places.contains_key(name)
    }

    /// The types of all tensors.
    pub(super) fn kinds(&self) -> impl Iterator<Item = u32> {
        self.places.values().map(|place| place.kind)
    }

    #[cfg(all(test, feature = "llama"))]
    pub(super) fn table_at(&self) -> u64 {
        self.table
    }

    #[cfg(all(test, feature = "llama"))]
    pub(super) fn names(&self) -> Vec<String> {
        self.places.keys().cloned().collect()
    }

    /// Rows and columns.
    #[cfg(all(test, feature = "llama"))]
    pub(super) fn size_of(&self, name: &str) -> (usize, usize) {
        self.places.get(name).map_or((0, 0), |place| (place.rows, place.columns))
    }

    /// The tensor of this name, if there is one.
    pub(super) fn tensor(&mut self, name: &str) -> Outcome<Option<Tensor>> {
        let Some(place) = self.places.get(name) else { return Ok(None) };
        let Place { rows, columns, kind, offset } = *place;
        let (block, size) = block_of(kind).ok_or_else(|| format!("the tensor {name} has the unknown type {kind}"))?;
        let (block, size) = (usize::try_from(block).unwrap_or(1), usize::try_from(size).unwrap_or(1));
        if columns % block != 0 {
            return Err(format!("the tensor {name} has {columns} columns, which are no whole blocks of {block}"));
        }
        let mut bytes = vec![0; rows * (columns / block) * size];
        let start = self.data.saturating_add(offset);
        self.file.seek(SeekFrom::Start(start)).map_err(|error| error.to_string())?;
        self.file.read_exact(&mut bytes).map_err(|error| format!("the tensor {name}: {error}"))?;
        let weights = blocks::convert(kind, &bytes)
            .ok_or_else(|| format!("the tensor {name} has the type {kind}, which the MLX backend does not read"))?;
        Ok(Some(Tensor { rows, columns, weights }))
    }
}

struct Contents {
    values: HashMap<String, Value>,
    places: HashMap<String, Place>,
    /// Where the table of tensors begins: a test writes a file with another one.
    #[cfg(all(test, feature = "llama"))]
    table: u64,
    /// Where the first tensor begins.
    data: u64,
}

fn read(header: &mut Header<BufReader<File>>) -> Result<Contents, Stop> {
    let tensors = header.count("tensors", 1 << 16)?;
    let pairs = header.count("metadata entries", 1 << 16)?;
    let mut values = HashMap::new();
    for _ in 0..pairs {
        let key = text(header)?;
        let kind = header.u32()?;
        if let Some(value) = value(header, kind)? {
            values.insert(key, value);
        }
    }
    #[cfg(all(test, feature = "llama"))]
    let table = header.position();
    let mut places = HashMap::new();
    for _ in 0..tensors {
        let name = text(header)?;
        let dimensions = header.u32()?;
        if dimensions > 2 {
            return Err(malformed(format!("the tensor {name} has {dimensions} dimensions")));
        }
        let mut sizes = [1_usize; 2];
        for size in sizes.iter_mut().take(usize::try_from(dimensions).unwrap_or(0)) {
            *size = usize::try_from(header.u64()?)
                .ok()
                .filter(|size| *size <= 1 << 24)
                .ok_or_else(|| malformed("a tensor that is too large"))?;
        }
        let [columns, rows] = sizes;
        let (kind, offset) = (header.u32()?, header.u64()?);
        places.insert(name, Place { rows, columns, kind, offset });
    }
    let alignment = match values.get("general.alignment") {
        Some(Value::Integer(alignment)) if alignment.is_power_of_two() => *alignment,
        _ => 32,
    };
    Ok(Contents {
        values,
        places,
        #[cfg(all(test, feature = "llama"))]
        table,
        data: header.position().next_multiple_of(alignment),
    })
}

/// The next value, unless it is of a kind that nobody asks for.
fn value(header: &mut Header<BufReader<File>>, kind: u32) -> Result<Option<Value>, Stop> {
    Ok(Some(match kind {
        4 | 5 => Value::Integer(header.u32()?.into()),
        10 | 11 => Value::Integer(header.u64()?),
        6 => Value::Float(f32::from_bits(header.u32()?)),
        7 => {
            let mut byte = [0];
            header.read(&mut byte)?;
            Value::Bool(byte != [0])
        }
        8 => Value::Text(text(header)?),
        9 => {
            let element = header.u32()?;
            let count = header.count("array elements", 1 << 28)?;
            match element {
                8 if count <= MOST_TEXTS => Value::Texts((0..count).map(|_| text(header)).collect::<Result<_, _>>()?),
                4 | 5 if count <= MOST_TEXTS => {
                    Value::Integers((0..count).map(|_| header.u32()).collect::<Result<_, _>>()?)
                }
                _ => {
                    match scalar_size(element) {
                        Some(size) => header.skip(count * size)?,
                        None => (0..count).try_for_each(|_| header.skip_value(element, 1))?,
                    }
                    return Ok(None);
                }
            }
        }
        _ => {
            header.skip_value(kind, 0)?;
            return Ok(None);
        }
    }))
}

/// The next text. Memory grows with what the file really has.
fn text(header: &mut Header<BufReader<File>>) -> Result<String, Stop> {
    let length = header.count("bytes in a text", LONGEST_TEXT)?;
    let mut bytes = vec![0; usize::try_from(length).unwrap_or(0)];
    header.read(&mut bytes)?;
    String::from_utf8(bytes).map_err(|_| malformed("a text that is no UTF-8"))
}
