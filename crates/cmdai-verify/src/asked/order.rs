//! Which end comes first, and which end is taken.

use super::Asked;
use crate::check::Edit;
use crate::pitfalls::{has_flag, name_of, operands};

const DOWN: &[&str] = &[
    "largest first",
    "biggest first",
    "highest first",
    "most first",
    "newest first",
    "longest first",
    "heaviest first",
    "most frequent first",
    "descending",
    "from largest",
    "from biggest",
    "from highest",
    "from most",
    "latest first",
    "largest to smallest",
    "most expensive first",
];
const UP: &[&str] = &[
    "smallest first",
    "lowest first",
    "fewest first",
    "oldest first",
    "shortest first",
    "ascending",
    "from smallest",
    "from lowest",
    "least first",
    "cheapest first",
    "smallest to largest",
    "rarest first",
];
const TOP: &[&str] = &[
    "largest",
    "biggest",
    "highest",
    "most frequent",
    "newest",
    "longest",
    "heaviest",
    "most recent",
    "latest",
    "top ",
];
const BOTTOM: &[&str] = &["smallest", "lowest", "fewest", "oldest", "shortest", "least", "cheapest"];

impl Asked<'_> {
    pub(super) fn order(&mut self) {
        let parsed = self.look.parsed;
        let sorts: Vec<usize> = (0..parsed.commands.len())
            .filter(|at| parsed.commands.get(*at).and_then(name_of) == Some("sort"))
            .collect();
        if let ([at], true) = (sorts.as_slice(), parsed.commands.len() > 1 || !self.look.command.contains("tac")) {
            self.direction(*at);
        }
        self.ends();
    }

    /// One sort, in the wrong direction.
    fn direction(&mut self, at: usize) {
        let parsed = self.look.parsed;
        let Some(sort) = parsed.commands.get(at) else { return };
        let Some(name) = sort.words.first() else { return };
        let next = parsed.commands.get(at + 1).filter(|next| self.look.is_piped(sort, next)).and_then(name_of);
        if matches!(next, Some("tac" | "tail" | "uniq" | "awk" | "join" | "sort" | "comm")) {
            return;
        }
        let (up, down) = (self.says(UP), self.says(DOWN));
        let wanted = match (up, down) {
            (true, false) => false,
            (false, true) => true,
            (false, false) if next == Some("head") => match (self.says(TOP), self.says(BOTTOM)) {
                (true, false) => true,
                (false, true) => false,
                _ => return,
            },
            _ => return,
        };
        let keyed_reverse = sort.words.iter().any(|word| word.text.starts_with("-k") && word.text.ends_with('r'));
        let reverse = has_flag(sort, 'r', "--reverse") || keyed_reverse;
        let by_number = ['n', 'h', 'g', 'k'].iter().any(|letter| has_flag(sort, *letter, ""));
        if reverse == wanted || !by_number && !self.says(&["newest", "oldest", "latest"]) {
            return;
        }
        let complaint = "the request wants the other end first";
        if wanted {
            self.fail("sort", complaint, vec![Edit::insert(name.span.end, " -r")]);
        } else if let Some(flag) = sort.words.iter().skip(1).find(|w| w.text.starts_with('-') && w.text.contains('r')) {
            let left = flag.text.replace("--reverse", "").replacen('r', "", 1);
            let span = if matches!(left.as_str(), "" | "-") {
                flag.span.start.saturating_sub(1)..flag.span.end
            } else {
                flag.span.clone()
            };
            let left = if left == "-" { String::new() } else { left };
            self.fail("sort", complaint, vec![Edit::replace(&span, left)]);
        }
    }

    /// `head FILE` for the last lines, `tail FILE` for the first.
    fn ends(&mut self) {
        let lines = |end: &str| {
            self.words.windows(3).any(|three| {
                matches!(three, [first, number, unit] if *first == end && unit.starts_with("line")
                    && (number.bytes().all(|b| b.is_ascii_digit()) || NUMBERS.contains(number)))
            }) || self.request.contains(&format!("the {end} line of"))
        };
        let (first, last) = (lines("first"), lines("last"));
        let [simple] = self.look.parsed.commands.as_slice() else { return };
        let (Some(name), Some(word)) = (name_of(simple), simple.words.first()) else { return };
        let signed = simple
            .words
            .iter()
            .any(|word| word.text.contains('+') || word.text == "-n-" || word.text.starts_with("-n -"));
        let negative =
            simple.words.windows(2).any(|p| matches!(p, [n, v] if n.text == "-n" && v.text.starts_with('-')));
        if first == last
            || signed
            || negative
            || operands(simple).count() == 0
            || self.says(&["all but", "except", "without", "skip"])
        {
            return;
        }
        let other = match name {
            "head" if last => "tail",
            "tail" if first => "head",
            _ => return,
        };
        self.fail(
            name,
            format!("the request wants the other end, which is `{other}`"),
            vec![Edit::replace(&word.span, other)],
        );
    }
}

const NUMBERS: &[&str] =
    &["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "twelve", "twenty", "fifty", "hundred"];
