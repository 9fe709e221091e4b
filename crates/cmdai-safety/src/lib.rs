#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![allow(clippy::similar_names, reason = "`args` are what stands behind the name in `argv`, as everywhere")]
//!
//! The modules stand in the order a text passes through them.

mod ir;
mod parse;
mod value;
mod text;
mod brace;
mod expand;
mod shared;
mod run;
mod loops;
mod variables;
mod streams;
mod call;
mod builtins;
mod opts;
mod wrappers;
mod carriers;
mod hosted;
mod doors;
mod build_files;
mod corners;
mod sql;
mod shells;
mod script_lang;
mod imports;
mod script_files;
mod program;
mod program_words;
mod program_text;
mod calls;
mod sinks;
mod stream_lang;
mod evaluate;
mod text_tools;
mod decode;
mod files;
mod permissions;
mod archives;
mod find;
mod network;
mod download;
mod rules;
mod container;
mod http_api;
mod toys;
mod unlisted;
mod vital;
mod words;
mod paths;
mod places;
mod windows_paths;
mod risk;
mod secrets;
mod dry;
mod effects;
mod contents;
mod autostart;
mod policy;
mod session;
mod analyzer;

pub use analyzer::{Analyzer, Explanation};
pub use policy::{CustomPattern, Policy, PolicyConfig, PolicyError};
pub use session::{MAX_AGE_COMMANDS, MAX_AGE_SECONDS, Session};
