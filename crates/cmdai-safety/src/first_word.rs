//! The rules of one program by the first word that they ask for.
//!
//! Part of [`rule_table`](crate::rule_table). Some programs have hundreds of rules, nearly all of which begin with a word that is
//! not the one of the command at hand.

use crate::by_name::ForNames;
use crate::rule_table::{Need, Rule};
use std::collections::HashMap;

/// Where the rules stand, by the first word in lower case; under the empty word those that ask for none.
#[derive(Debug, Default)]
pub(crate) struct FirstWords(HashMap<String, Vec<usize>, ForNames>);

impl FirstWords {
    pub(crate) fn of(rules: &[Rule]) -> Self {
        let mut places: HashMap<String, Vec<usize>, ForNames> = HashMap::default();
        for (at, rule) in rules.iter().enumerate() {
            // Behind `*` the word is that of a later operand.
            let first = rule.needs.iter().find(|need| matches!(need, Need::Word(_) | Need::More));
            let Some(Need::Word(words)) = first else {
                places.entry(String::new()).or_default().push(at);
                continue;
            };
            for word in words {
                places.entry(word.to_ascii_lowercase()).or_default().push(at);
            }
        }
        Self(places)
    }

    /// Where the rules stand that may hold when this is the first operand, if there is one, in their order.
    pub(crate) fn may_hold(&self, operand: &str) -> Vec<usize> {
        let of = |word: &str| self.0.get(word).into_iter().flatten().copied();
        let mut places: Vec<usize> = of("").collect();
        if !operand.is_empty() {
            places.extend(of(&operand.to_ascii_lowercase()));
            places.sort_unstable();
            places.dedup();
        }
        places
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_found_by_their_first_word_and_in_their_order() {
        let word = |words: &[&str]| Need::Word(words.iter().map(ToString::to_string).collect());
        let rules: Vec<Rule> = [
            vec![word(&["Push", "push", "pull"])],
            vec![Need::End],
            vec![word(&["log"]), word(&["push"])],
            vec![Need::More, word(&["push"])],
            vec![Need::Flag(vec!["-f".to_owned()]), word(&["push"])],
        ]
        .into_iter()
        .map(|needs| Rule { needs, ..Rule::safe("") })
        .collect();
        let words = FirstWords::of(&rules);
        assert_eq!(words.may_hold("PUSH"), [0, 1, 3, 4]);
        assert_eq!(words.may_hold("log"), [1, 2, 3]);
        assert_eq!(words.may_hold("other"), [1, 3]);
        assert_eq!(words.may_hold(""), [1, 3]);
    }
}
