//! Many words against one text: whether one of them begins it, and which of them may stand in it at all.
//!
//! Under [`paths`](crate::paths) and [`program`](crate::program), whose lists of hundreds of words are compared with every path
//! and every one-line program. Comparing one after the other took most of their time; both answers here are exact.

use std::borrow::Cow;
use std::ops::Deref;
use std::sync::OnceLock;

/// A list of beginnings, in order when it is first asked.
pub(crate) struct Beginnings {
    list: &'static [&'static str],
    sorted: OnceLock<Vec<&'static str>>,
}

impl Beginnings {
    pub(crate) const fn new(list: &'static [&'static str]) -> Self {
        Self { list, sorted: OnceLock::new() }
    }

    /// Whether one of the list begins `text`.
    pub(crate) fn of(&self, text: &str) -> bool {
        let sorted = self.sorted.get_or_init(|| {
            let mut sorted = self.list.to_vec();
            sorted.sort_unstable();
            // What another one begins says nothing of its own. Then only the last that is not behind `text` in the order can
            // begin it, because whatever stands between a text and its beginning has the same beginning.
            sorted.dedup_by(|longer, begin| longer.starts_with(*begin));
            sorted
        });
        let behind = sorted.partition_point(|begin| *begin <= text);
        behind.checked_sub(1).and_then(|at| sorted.get(at)).is_some_and(|begin| text.starts_with(begin))
    }
}

/// A text that is asked for many words: which pairs of bytes are in it is noted once, and a word with another pair is not.
pub(crate) struct Searched<'a> {
    text: Cow<'a, str>,
    pairs: [u64; 64],
}

impl<'a> Searched<'a> {
    pub(crate) fn new(text: impl Into<Cow<'a, str>>) -> Self {
        let text = text.into();
        let mut pairs = [0; 64];
        for pair in text.as_bytes().array_windows() {
            let (word, bit) = place(*pair);
            if let Some(word) = pairs.get_mut(word) {
                *word |= bit;
            }
        }
        Self { text, pairs }
    }

    /// False only where `word` does not stand in the text.
    fn may_hold(&self, word: &str) -> bool {
        let bytes = word.as_bytes();
        let noted = |pair: Option<&[u8; 2]>| {
            pair.is_none_or(|pair| {
                let (word, bit) = place(*pair);
                self.pairs.get(word).is_some_and(|word| word & bit != 0)
            })
        };
        noted(bytes.first_chunk())
            && noted(bytes.last_chunk())
            && noted(bytes.get(bytes.len() / 2..).and_then(|b| b.first_chunk()))
    }

    /// As [`str::contains`].
    pub(crate) fn holds(&self, word: &str) -> bool {
        self.may_hold(word) && self.text.contains(word)
    }

    /// Where `word` stands.
    pub(crate) fn places_of(&self, word: &str) -> impl Iterator<Item = usize> {
        let found = self.may_hold(word).then(|| self.text.match_indices(word).map(|(at, _)| at));
        found.into_iter().flatten()
    }
}

impl Deref for Searched<'_> {
    type Target = str;
    fn deref(&self) -> &str {
        &self.text
    }
}

/// The place of a pair of bytes among 4096: six bits of each, which tell letters apart.
fn place([first, second]: [u8; 2]) -> (usize, u64) {
    (usize::from(first & 63), 1 << (second & 63))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_a_text_is_found_and_nothing_else() {
        static LIST: Beginnings = Beginnings::new(&["/etc/rc", "/etc", "/var/log/", "b", "/var", "ab", "/etcetera"]);
        for text in ["/etc", "/etc/rc.d/x", "/etcetera", "/var/lib", "b", "bz", "ab", "abé"] {
            assert!(LIST.of(text), "{text}");
        }
        for text in ["", "/", "/et", "/et\u{e9}", "/usr/etc", "a", "a/b", "c", "\u{10ffff}"] {
            assert!(!LIST.of(text), "{text}");
        }
    }

    #[test]
    fn words_are_found_where_a_plain_search_finds_them() {
        let texts = ["", "a", "aa", "os.system('ls')", "é€\u{1F600} popen", "aaaaaaab"];
        let words = ["a", "aa", "aab", "os.system", "system(", "stem.", "é", "€", "popen", "x", "ls')", ""];
        for (text, word) in texts.iter().flat_map(|text| words.map(|word| (*text, word))) {
            let searched = Searched::new(text);
            assert_eq!(searched.holds(word), text.contains(word), "{word} in {text}");
            let plain = text.match_indices(word).map(|(at, _)| at);
            assert_eq!(searched.places_of(word).collect::<Vec<_>>(), plain.collect::<Vec<_>>(), "{word} in {text}");
        }
    }
}
