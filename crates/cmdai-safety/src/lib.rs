#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
//!
//! The modules stand in the order a text passes through them.

mod ir;
mod parse;
mod value;
mod text;
mod brace;
mod expand;
mod run;
mod call;
mod builtins;
mod opts;
mod wrappers;
mod shells;
mod script_lang;
mod evaluate;
mod files;
mod find;
mod network;
mod rules;
mod paths;
mod risk;
mod secrets;
mod effects;
mod policy;
mod session;
mod analyzer;

pub use analyzer::{Analyzer, Explanation};
pub use policy::{CustomPattern, Policy, PolicyConfig, PolicyError};
pub use session::{MAX_AGE_COMMANDS, MAX_AGE_SECONDS, Session};
