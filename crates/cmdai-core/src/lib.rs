#![doc = include_str!("../README.md")]
//!
//! The modules stand in the order a request passes through them; [`names`] serves them all.

pub mod names;
pub mod request;
pub mod context;
pub mod prompt;
pub mod generate;
pub mod server_error;
pub mod fence;
pub mod proposal;
pub mod verify;
pub mod assess;
pub mod confirm;
pub mod execute;
pub mod record;
pub mod observe;
pub mod pipeline;

#[cfg(feature = "contract")]
pub mod contract;
