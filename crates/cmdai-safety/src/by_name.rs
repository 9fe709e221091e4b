//! Tables and lists that are asked by the name of a program, for every command anew.
//!
//! Under all modules with such a table. Looking through all of them took a quarter of a judgement, and so did lists of words in
//! one string once there were some of them.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::OnceLock;

/// Where in a table the rows of a name stand; filled when it is first asked.
pub(crate) struct ByName(OnceLock<HashMap<&'static str, Vec<usize>, ForNames>>);

impl ByName {
    pub(crate) const fn new() -> Self {
        Self(OnceLock::new())
    }

    /// The rows of `table` for `name`, in their order; `names` tells for which names a row stands.
    pub(crate) fn rows<T>(
        &self,
        table: &'static [T],
        names: impl Fn(&'static T) -> &'static [&'static str],
        name: &str,
    ) -> impl Iterator<Item = &'static T> {
        let index = self.0.get_or_init(|| {
            let mut index: HashMap<&'static str, Vec<usize>, ForNames> = HashMap::default();
            for (at, row) in table.iter().enumerate() {
                for name in names(row) {
                    index.entry(name).or_default().push(at);
                }
            }
            index
        });
        index.get(name).into_iter().flatten().filter_map(|at| table.get(*at))
    }
}

/// A list of words, or text with white space between them; taken apart when it is first asked.
pub(crate) struct Words {
    text: &'static str,
    lists: &'static [&'static [&'static str]],
    set: OnceLock<HashSet<&'static str, ForNames>>,
}

impl Words {
    pub(crate) const fn new(text: &'static str) -> Self {
        Self { text, lists: &[], set: OnceLock::new() }
    }

    pub(crate) const fn of(lists: &'static [&'static [&'static str]]) -> Self {
        Self { text: "", lists, set: OnceLock::new() }
    }

    pub(crate) fn has(&self, word: &str) -> bool {
        let words = || self.text.split_whitespace().chain(self.lists.iter().copied().flatten().copied()).collect();
        self.set.get_or_init(words).contains(word)
    }
}

/// Hashes names of programs. The keys of all tables are ours, so nobody can choose many that collide, and what guards against
/// that would cost more than all the rest of looking up a short name.
#[derive(Default)]
pub(crate) struct NameHasher(u64);

pub(crate) type ForNames = BuildHasherDefault<NameHasher>;

impl NameHasher {
    /// Mixes in eight bytes: multiplied by an odd number without a pattern, and both halves of the product kept.
    fn mix(&mut self, word: u64) {
        let product = u128::from(self.0 ^ word) * 0x9E37_79B9_7F4A_7C15_u128;
        let halves = product ^ (product >> 64);
        self.0 = u64::try_from(halves & u128::from(u64::MAX)).unwrap_or_default();
    }
}

impl Hasher for NameHasher {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.mix(u64::from_le_bytes(*word));
        }
        // The length tells apart what ends in zeros.
        let rest = rest.iter().fold(bytes.len() as u64, |word, byte| word << 8 | u64::from(*byte));
        self.mix(rest);
    }

    /// What ends each text; its length already does.
    fn write_u8(&mut self, _: u8) {}

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::hash::BuildHasher;

    #[test]
    fn rows_come_in_their_order_and_only_for_their_name() {
        static INDEX: ByName = ByName::new();
        const TABLE: &[(&[&str], u8)] = &[(&["a", "b"], 1), (&["c"], 2), (&["a"], 3)];
        let rows = |name: &str| INDEX.rows(TABLE, |row| row.0, name).map(|row| row.1).collect::<Vec<_>>();
        assert_eq!((rows("a"), rows("b"), rows("d")), (vec![1, 3], vec![1], vec![]));
    }

    #[test]
    fn words_are_whole_words() {
        static WORDS: Words = Words::new("cat git-lfs \n  tac");
        static LISTS: Words = Words::of(&[&["a b"], &["c"]]);
        assert!(WORDS.has("cat") && WORDS.has("git-lfs") && WORDS.has("tac"));
        assert!(LISTS.has("a b") && LISTS.has("c") && !LISTS.has("a"));
        assert!(!WORDS.has("git") && !WORDS.has("") && !WORDS.has("cat git-lfs"));
    }

    /// As many as a table holds, alike in length, beginning or end: with two hundred names in a table of 4096 places few share one.
    #[test]
    fn names_that_are_alike_stand_apart() {
        let places = |names: Vec<String>| {
            let hashes = names.iter().map(|name| ForNames::default().hash_one(name.as_str()));
            let (mut low, mut high): (HashSet<u64>, HashSet<u64>) = (HashSet::new(), HashSet::new());
            for hash in hashes {
                low.insert(hash % 4096);
                high.insert(hash >> 57);
            }
            (low.len(), high.len())
        };
        for names in [
            (0..200).map(|n| format!("tool{n}")).collect(),
            (0..200).map(|n| format!("{n}-of-a-long-name")).collect(),
            (0..200).map(|n| "a".repeat(n)).collect::<Vec<_>>(),
        ] {
            let (low, high) = places(names);
            assert!(low > 185 && high > 80, "{low} {high}");
        }
    }
}
