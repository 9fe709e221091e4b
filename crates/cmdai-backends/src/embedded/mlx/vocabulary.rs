//! Text to tokens and back: byte-level byte-pair encoding, as GPT-2 brought it up and all our models have it.
//!
//! The words of the vocabulary spell bytes as characters. Text is cut into pieces by the pattern of the model, and in each piece the
//! two neighbours that the table of merges names first become one, until none is left. Names of control tokens are text unless
//! they are asked for. That it agrees with llama.cpp is held by `both_runtimes_read_text_as_the_same_tokens`.

use crate::embedded::runtime::{Outcome, Token};
use fancy_regex::Regex;
use std::collections::{HashMap, HashSet};

/// How text is cut before it is encoded, by the name that GGUF files give it.
const PATTERNS: [(&str, &[&str]); 2] = [
    (
        "qwen2",
        &[
            r"(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        ],
    ),
    ("smollm", &[r"\p{N}", r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)"]),
];
/// Tokens that end an answer, whatever else the file names as such.
const ENDS: [&str; 3] = ["<|im_end|>", "<|endoftext|>", "<|eot_id|>"];

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A word, spelt in bytes.
    Word,
    /// A text of its own, found in any text.
    Text,
    /// A mark of the model: no text, and found in a template only.
    Control,
}

/// What a vocabulary is made of.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) words: Vec<(String, Kind)>,
    /// Pairs, the first one first.
    pub(super) merges: Vec<(String, String)>,
    /// Patterns that cut the text, one after the other.
    pub(super) patterns: Vec<String>,
    /// Tokens that end an answer, beside those that do by their names.
    pub(super) ends: Vec<Token>,
    /// What every prompt begins with.
    pub(super) begins: Option<Token>,
}

/// A vocabulary at work.
#[derive(Debug)]
pub(super) struct Vocabulary {
    words: Vec<(String, Kind)>,
    ids: HashMap<String, Token>,
    merges: HashMap<(Token, Token), (usize, Token)>,
    /// Control tokens and texts, the longest first.
    marks: Vec<Token>,
    patterns: Vec<Regex>,
    ends: HashSet<Token>,
    begins: Option<Token>,
    spelling: Spelling,
}

/// The patterns behind a name.
pub(super) fn patterns(name: &str) -> Outcome<Vec<String>> {
    let found = PATTERNS.iter().find(|(known, _)| *known == name);
    let (_, patterns) = found.ok_or_else(|| format!("text is cut as in \"{name}\", which is not known"))?;
    Ok(patterns.iter().map(|&pattern| pattern.to_owned()).collect())
}

impl Vocabulary {
    pub(super) fn new(parts: Parts) -> Outcome<Self> {
        let Parts { words, merges, patterns, ends, begins } = parts;
        let id = |at: usize| Token::try_from(at).map_err(|error| error.to_string());
        let mut ids = HashMap::with_capacity(words.len());
        let mut marks = Vec::new();
        for (at, (word, kind)) in words.iter().enumerate() {
            ids.insert(word.clone(), id(at)?);
            if *kind != Kind::Word && !word.is_empty() {
                marks.push(id(at)?);
            }
        }
        let length = |token: &Token| words.get(index(*token)).map_or(0, |(word, _)| word.len());
        marks.sort_by_key(|token| (std::cmp::Reverse(length(token)), *token));
        let mut table = HashMap::with_capacity(merges.len());
        for (rank, (left, right)) in merges.iter().enumerate() {
            if let (Some(&a), Some(&b), Some(&both)) =
                (ids.get(left), ids.get(right), ids.get(&format!("{left}{right}")))
            {
                table.entry((a, b)).or_insert((rank, both));
            }
        }
        let patterns: Result<_, _> = patterns.iter().map(|pattern| Regex::new(pattern)).collect();
        let named = ENDS.iter().filter_map(|name| ids.get(*name).copied());
        Ok(Self {
            ends: ends.into_iter().chain(named).collect(),
            merges: table,
            marks,
            patterns: patterns.map_err(|error| error.to_string())?,
            begins,
            spelling: Spelling::new(),
            words,
            ids,
        })
    }

    pub(super) fn token(&self, word: &str) -> Option<Token> {
        self.ids.get(word).copied()
    }

    pub(super) fn is_end(&self, token: Token) -> bool {
        self.ends.contains(&token)
    }

    /// The bytes of a token.
    pub(super) fn piece(&self, token: Token) -> Vec<u8> {
        match self.words.get(index(token)) {
            Some((word, Kind::Word)) => self.spelling.bytes(word),
            Some((text, Kind::Text)) => text.clone().into_bytes(),
            Some((_, Kind::Control)) | None => Vec::new(),
        }
    }

    /// The tokens of `text`; with `marks`, names of control tokens are these tokens.
    pub(super) fn tokenize(&self, text: &str, begins: bool, marks: bool) -> Vec<Token> {
        let mut tokens: Vec<Token> = self.begins.filter(|_| begins).into_iter().collect();
        for part in self.parts(text, marks) {
            match part {
                Part::Mark(token) => tokens.push(token),
                Part::Text(text) => self.cut(text).into_iter().for_each(|piece| self.encode(piece, &mut tokens)),
            }
        }
        tokens
    }

    fn parts<'t>(&self, text: &'t str, control: bool) -> Vec<Part<'t>> {
        let mut parts = vec![Part::Text(text)];
        for &token in &self.marks {
            let Some((word, kind)) = self.words.get(index(token)) else { continue };
            if (*kind == Kind::Control && !control) || !text.contains(word.as_str()) {
                continue;
            }
            let split = |part| match part {
                Part::Text(text) => {
                    let texts = text.split(word.as_str()).map(Part::Text);
                    let all: Vec<Part> = texts.flat_map(|text| [Part::Mark(token), text]).skip(1).collect();
                    all
                }
                mark @ Part::Mark(_) => vec![mark],
            };
            parts = parts.into_iter().flat_map(split).collect();
        }
        parts
    }

    /// The pieces that are encoded apart: what the patterns find, and what lies between.
    fn cut<'t>(&self, text: &'t str) -> Vec<&'t str> {
        let mut pieces = vec![text];
        for pattern in &self.patterns {
            let mut finer = Vec::new();
            for piece in pieces {
                let mut end = 0;
                for found in pattern.find_iter(piece).map_while(Result::ok) {
                    finer.extend(piece.get(end..found.start()));
                    finer.push(found.as_str());
                    end = found.end();
                }
                finer.extend(piece.get(end..));
            }
            finer.retain(|piece| !piece.is_empty());
            pieces = finer;
        }
        pieces
    }

    fn encode(&self, piece: &str, tokens: &mut Vec<Token>) {
        let spelt: Vec<String> = piece.bytes().map(|byte| self.spelling.letter(byte).to_string()).collect();
        let mut word: Vec<Token> = spelt.iter().filter_map(|letter| self.token(letter)).collect();
        loop {
            let pairs = word.windows(2).enumerate().filter_map(|(at, pair)| match pair {
                &[left, right] => self.merges.get(&(left, right)).map(|&(rank, both)| (rank, at, both)),
                _ => None,
            });
            let Some((_, at, both)) = pairs.min() else { break };
            word.splice(at..at + 2, [both]);
        }
        tokens.extend(word);
    }
}

enum Part<'t> {
    Text(&'t str),
    Mark(Token),
}

fn index(token: Token) -> usize {
    usize::try_from(token).unwrap_or(usize::MAX)
}

/// Bytes as characters: those that print are themselves, the others are counted up from U+0100.
#[derive(Debug)]
struct Spelling {
    letters: Vec<char>,
    bytes: HashMap<char, u8>,
}

impl Spelling {
    fn new() -> Self {
        let prints = |byte: u8| matches!(byte, b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff);
        let mut others = '\u{100}'..;
        let letters: Vec<char> = (0..=255_u8)
            .map(|byte| if prints(byte) { char::from(byte) } else { others.next().unwrap_or(' ') })
            .collect();
        let bytes = letters.iter().copied().zip(0..=255).collect();
        Self { letters, bytes }
    }

    fn letter(&self, byte: u8) -> char {
        self.letters.get(usize::from(byte)).copied().unwrap_or(' ')
    }

    fn bytes(&self, word: &str) -> Vec<u8> {
        word.chars().filter_map(|letter| self.bytes.get(&letter).copied()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vocabulary() -> Vocabulary {
        let bytes = Spelling::new();
        let mut words: Vec<(String, Kind)> = (0..=255).map(|b| (bytes.letter(b).to_string(), Kind::Word)).collect();
        let merges = [("l", "s"), ("\u{120}", "ls"), ("a", "b")];
        words.extend(merges.map(|(a, b)| (format!("{a}{b}"), Kind::Word)));
        words.push(("<|im_end|>".to_owned(), Kind::Control));
        words.push(("<tool>".to_owned(), Kind::Text));
        let merges = merges.map(|(a, b)| (a.to_owned(), b.to_owned())).to_vec();
        let parts = Parts { words, merges, patterns: patterns("qwen2").unwrap(), ends: Vec::new(), begins: Some(7) };
        Vocabulary::new(parts).unwrap()
    }

    #[track_caller]
    fn check(text: &str, marks: bool, expected: &[&str]) {
        let vocabulary = vocabulary();
        let tokens = vocabulary.tokenize(text, false, marks);
        let words: Vec<&str> = tokens.iter().map(|token| vocabulary.words[index(*token)].0.as_str()).collect();
        assert_eq!(words, expected, "{text:?}");
    }

    #[test]
    fn neighbours_become_one_in_the_order_of_the_table() {
        check("ls ls", false, &["ls", "\u{120}ls"]);
        check("abls", false, &["ab", "ls"]);
        check("\u{e9}", false, &["\u{c3}", "\u{a9}"]);
    }

    #[test]
    fn control_tokens_are_text_unless_asked_for() {
        check("l<|im_end|>s", true, &["l", "<|im_end|>", "s"]);
        assert_eq!(vocabulary().tokenize("<|im_end|>", false, false).len(), 10, "a token a byte");
        check("<tool>ls", false, &["<tool>", "ls"]);
    }

    #[test]
    fn what_was_taken_apart_is_put_together() {
        let vocabulary = vocabulary();
        for text in ["ls -la \u{e9}\u{6f22}\u{1f980}\t\n", "  x  ", "a'll 12"] {
            let tokens = vocabulary.tokenize(text, false, false);
            let bytes: Vec<u8> = tokens.iter().flat_map(|token| vocabulary.piece(*token)).collect();
            assert_eq!(String::from_utf8(bytes).unwrap(), text);
        }
        assert_eq!(vocabulary.tokenize("", true, true), [7]);
        let end = vocabulary.token("<|im_end|>").unwrap();
        assert!(vocabulary.is_end(end) && vocabulary.piece(end).is_empty());
    }
}
