//! More or less: the sign before a number of `find`.

use super::Asked;
use crate::check::Edit;
use crate::pitfalls::name_of;
use cmdai_safety::argv::Word;

const MORE_AGE: &[&str] =
    &["older than", "more than", "longer than", "over a", "not changed for", "not modified for", "at least"];
const LESS_AGE: &[&str] = &[
    "younger than",
    "newer than",
    "less than",
    "within",
    "in the last",
    "in the past",
    "during the last",
    "since yesterday",
    "last 24",
    "today",
    "this week",
    "over the last",
    "over the past",
    "these last",
];
const MORE_SIZE: &[&str] = &[
    "larger than",
    "bigger than",
    "greater than",
    "more than",
    "over ",
    "above ",
    "exceed",
    "at least",
    "heavier than",
];
const LESS_SIZE: &[&str] = &["smaller than", "less than", "under ", "below ", "at most", "lighter than", "up to "];
const NOT: &[&str] = &["not ", "n't ", "nobody", "no one", "never", "nor ", "without", "except", "untouched", "but "];

impl Asked<'_> {
    pub(super) fn amounts(&mut self) {
        if self.says(NOT) {
            return;
        }
        let parsed = self.look.parsed;
        for simple in parsed.commands.iter().filter(|simple| name_of(simple) == Some("find")) {
            let valued = |options: &[&str]| -> Vec<&Word> {
                let pairs = simple.words.windows(2).filter_map(|pair| match pair {
                    [option, value] if options.contains(&option.text.as_str()) => Some(value),
                    _ => None,
                });
                pairs.collect()
            };
            let (ages, sizes) =
                (valued(&["-mtime", "-mmin", "-atime", "-amin", "-ctime", "-cmin"]), valued(&["-size"]));
            // One number and one kind of words: which belongs to which is not in doubt.
            if let ([age], []) = (ages.as_slice(), sizes.as_slice()) {
                self.sign(age, MORE_AGE, LESS_AGE);
            }
            if let ([], [size]) = (ages.as_slice(), sizes.as_slice()) {
                self.sign(size, MORE_SIZE, LESS_SIZE);
            }
        }
    }

    fn sign(&mut self, value: &Word, more: &[&str], less: &[&str]) {
        let wanted = match (self.says(more), self.says(less)) {
            (true, false) => '+',
            (false, true) => '-',
            _ => return,
        };
        let given = value.text.chars().next().filter(|c| matches!(c, '+' | '-'));
        let zero = value.text.trim_start_matches(['+', '-']).starts_with('0');
        if given == Some(wanted) || zero || value.quoted || !self.look.is_plain(value) {
            return;
        }
        let span = value.span.start..value.span.start + usize::from(given.is_some());
        let complaint = format!(
            "the request wants {}, and `{}` says otherwise",
            if wanted == '+' { "more" } else { "less" },
            value.text
        );
        self.fail("find", complaint, vec![Edit::replace(&span, wanted.to_string())]);
    }
}
