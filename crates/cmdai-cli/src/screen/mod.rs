//! What full screens share: the terminal taken and given back, and a line of text that is edited key by key.

pub(crate) mod line;
pub(crate) mod raw;

#[cfg(test)]
pub(crate) mod trials;
