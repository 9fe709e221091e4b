//! A machine stated as a directory: programs, manual pages, completions, a cache.

#[test]
fn nothing_yet() {}
