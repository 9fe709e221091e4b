//! Backends that compute in this process.

pub mod cpu;
pub mod llama;
