#![doc = include_str!("../README.md")]

pub mod model;
#[cfg(feature = "llama")]
pub mod embedded;
