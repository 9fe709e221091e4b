//! Text that is no command for want of a mark.

use crate::check::Edit;
use cmdai_core::request::ShellType;
use cmdai_safety::argv;

/// Words before which a list must end.
const CLOSERS: &[&str] = &["done", "fi", "do", "then"];
/// What may be missing at the end.
const ENDS: &[&str] = &["'", "\"", ")", "\")", "}", "; done", " done", "; fi", "]"];

/// Edits that make broken text valid, if one mark is all that is missing.
pub(crate) fn remedy(command: &str, shell: ShellType) -> Option<Vec<Edit>> {
    if shell == ShellType::Fish || !shell.is_posix_like() {
        return None;
    }
    let reads = |text: &str| argv::read(text, shell).broken.is_none();
    let before_closers = CLOSERS.iter().flat_map(|closer| {
        command.match_indices(closer).filter_map(|(at, _)| {
            let (before, behind) = (command.get(..at)?, command.get(at + closer.len()..)?);
            let ends = behind.is_empty() || behind.starts_with([' ', ';', '\n', ')', '|', '&']);
            let end = before.trim_end().len();
            (end < at && ends && !before.trim_end().ends_with([';', '&', '|'])).then(|| Edit::insert(end, ";"))
        })
    });
    let at_the_end = ENDS.iter().map(|end| Edit::insert(command.len(), *end));
    let fits = |edit: &Edit| {
        let mut text = command.to_owned();
        text.insert_str(edit.span.start, &edit.text);
        reads(&text)
    };
    before_closers.chain(at_the_end).find(fits).map(|edit| vec![edit])
}
