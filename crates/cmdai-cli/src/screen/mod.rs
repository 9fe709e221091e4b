//! The terminal beyond plain lines: full screens with a line that is edited key by key, questions that one key answers, and the
//! terminal given back whatever happens.

pub(crate) mod keys;
pub(crate) mod line;
pub(crate) mod raw;
pub(crate) mod signals;

#[cfg(test)]
pub(crate) mod trials;
