//! A GGUF file with every weight as a 32-bit float, so that both runtimes can be asked for all they can do: llama.cpp rounds the inputs
//! of quantized layers, and those of half floats as well.

use super::super::gguf::Gguf;
use super::super::matrix::Matrix;
use super::super::model::Source;
use crate::embedded::runtime::Outcome;
use mlx_rs::Array;
use std::fs::File;
use std::io::{BufWriter, Read as _, Write as _};
use std::path::Path;

/// Where tensors begin: what GGUF has where a file says nothing else.
const ALIGNMENT: usize = 32;

/// Writes what the weights in `from` stand for, and all else as it is there.
pub(super) fn write(from: &Path, to: &Path) {
    let mut file = Gguf::open(from).unwrap();
    let mut head = Vec::new();
    File::open(from).unwrap().take(file.table_at()).read_to_end(&mut head).unwrap();
    let mut offset = 0;
    let names = file.names();
    for name in &names {
        let (rows, columns) = file.size_of(name);
        let sizes: &[usize] = if rows == 1 { &[columns] } else { &[columns, rows] };
        head.extend(long(name.len()));
        head.extend(name.bytes());
        head.extend(u32::try_from(sizes.len()).unwrap().to_le_bytes());
        sizes.iter().for_each(|size| head.extend(long(*size)));
        head.extend(0_u32.to_le_bytes());
        head.extend(long(offset));
        offset = (offset + 4 * rows * columns).next_multiple_of(ALIGNMENT);
    }
    head.resize(head.len().next_multiple_of(ALIGNMENT), 0);
    let mut out = BufWriter::new(File::create(to).unwrap());
    out.write_all(&head).unwrap();
    for name in &names {
        let mut bytes: Vec<u8> = numbers(&mut file, name).unwrap().iter().flat_map(|one| one.to_le_bytes()).collect();
        bytes.resize(bytes.len().next_multiple_of(ALIGNMENT), 0);
        out.write_all(&bytes).unwrap();
    }
    out.into_inner().unwrap();
}

fn long(of: usize) -> [u8; 8] {
    u64::try_from(of).unwrap().to_le_bytes()
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
