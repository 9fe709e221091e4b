//! Changes that are in git's care: what shall be kept must not be thrown away.

use super::Asked;
use crate::check::Edit;
use crate::pitfalls::name_of;

const KEEP: &[&str] = &[
    "keep my",
    "keep the changes",
    "keep its changes",
    "keep changes",
    "keeping",
    "but keep",
    "without losing",
    "keep them",
    "keep all",
];

impl Asked<'_> {
    pub(super) fn git(&mut self) {
        let parsed = self.look.parsed;
        for simple in parsed.commands.iter().filter(|simple| name_of(simple) == Some("git")) {
            let text = |at: usize| simple.words.get(at).map_or("", |word| word.text.as_str());
            let word = |text: &str| simple.words.iter().find(|word| word.text == text);
            let end = |at: usize| simple.words.get(at).map_or(0, |word| word.span.end);
            match text(1) {
                "reset" if self.says(KEEP) => {
                    let Some(hard) = word("--hard") else { continue };
                    let complaint = "`--hard` throws the changes away that the request wants kept";
                    self.fail("git reset", complaint, vec![Edit::replace(&hard.span, "--soft")]);
                }
                "checkout" if self.request.contains("unstage") && word("--").is_some() => {
                    let (Some(name), Some(dashes)) = (simple.words.get(1), word("--")) else { continue };
                    let complaint = "`git checkout -- FILE` throws its changes away; unstaging leaves them";
                    self.fail(
                        "git checkout",
                        complaint,
                        vec![Edit::replace(&(name.span.start..dashes.span.end), "restore --staged --")],
                    );
                }
                "diff" => {
                    let unstaged = self.says(&[
                        "unstaged",
                        "not staged",
                        "not yet staged",
                        "n't staged",
                        "havent staged",
                        "n't yet staged",
                        "before staging",
                    ]);
                    let staged = !unstaged && self.words.contains(&"staged");
                    let given = word("--staged").or_else(|| word("--cached"));
                    match given {
                        Some(given) if unstaged => {
                            let span = given.span.start.saturating_sub(1)..given.span.end;
                            self.fail(
                                "git diff",
                                "the request wants what is not staged",
                                vec![Edit::replace(&span, "")],
                            );
                        }
                        None if staged && simple.words.len() == 2 => {
                            self.fail(
                                "git diff",
                                "the request wants what is staged",
                                vec![Edit::insert(end(1), " --staged")],
                            );
                        }
                        _ => {}
                    }
                }
                "stash" if self.request.contains("untracked") => {
                    let whole = matches!(text(2), "" | "push" | "save") || text(2).starts_with('-');
                    let given = simple.words.iter().any(|w| {
                        w.text == "--include-untracked"
                            || w.text == "--all"
                            || (w.text.starts_with('-') && !w.text.starts_with("--") && w.text.contains(['u', 'a']))
                    });
                    if whole && !given {
                        let at = usize::from(matches!(text(2), "push" | "save")) + 1;
                        self.fail(
                            "git stash",
                            "the request wants untracked files put aside too",
                            vec![Edit::insert(end(at), " -u")],
                        );
                    }
                }
                _ => {}
            }
        }
    }
}
