//! Laws of [`Verify`].

use super::sample_context;
use crate::request::{CommandRequest, Platform, ShellType};
use crate::verify::Verify;

/// Any text is checked without a panic, twice with the same result, and every failed check says why.
pub fn any_text_is_checked(verifier: &dyn Verify) {
    let Ok(request) = CommandRequest::new("list files over 10 MB", ShellType::Bash, Platform::Linux) else { return };
    let context = sample_context();
    for text in [
        "",
        "ls",
        "grep 'a|b' x",
        "ls --no-such-option 'x",
        "a | b && (c",
        "\u{0}\u{1b}[2J",
        "ä漢 -ö",
        &"x ".repeat(5000),
    ] {
        let checks = verifier.verify(text, &request, &context);
        assert_eq!(checks, verifier.verify(text, &request, &context), "the same text gets the same checks");
        for check in checks {
            assert!(!check.name.is_empty(), "a check has a name");
            assert!(check.passed || !check.detail.is_empty(), "`{}` failed and does not say why", check.name);
        }
        let amended = verifier.amend(text, &request, &context);
        assert_eq!(
            amended.why.is_some(),
            amended.command != text,
            "what is put right is another command, with a reason"
        );
        let now = verifier.verify(&amended.command, &request, &context);
        assert_eq!(amended.checks, now, "the checks are those of the command as it is now");
    }
}
