#![doc = include_str!("../README.md")]

#[cfg(any(feature = "llama", feature = "mlx"))]
pub mod embedded;
#[cfg(any(feature = "llama", feature = "mlx", feature = "worker"))]
mod items;
pub mod model;
#[cfg(feature = "remote")]
pub mod remote;
pub mod select;
pub mod time_limit;
#[cfg(all(any(unix, windows), feature = "worker"))]
pub mod worker;
