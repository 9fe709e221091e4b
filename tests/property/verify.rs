//! What the checks say of commands that are right and of commands that are wrong.

#[test]
fn nothing_yet() {}
