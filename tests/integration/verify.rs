//! What the checks say of commands that are right and of commands that are wrong.

#[path = "verify/accepted.rs"]
mod accepted;
#[path = "../support/verify_answers.rs"]
mod answers;
#[path = "verify/machine.rs"]
mod machine;
#[path = "verify/rows.rs"]
mod rows;
