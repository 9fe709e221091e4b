//! The vocabulary of a checkpoint: `tokenizer.json` and what stands beside it.

use super::from_safetensors::read;
use super::vocabulary::{Kind, Parts};
use crate::embedded::runtime::{Outcome, Token};
use serde::Deserialize;
use serde_json::Value;
use std::collections::HashMap;
use std::path::Path;

/// How text is cut where a file says only that it is byte-level: as GPT-2 does.
const GPT2: &str = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

#[derive(Debug, Deserialize)]
struct Tokenizer {
    model: Words,
    #[serde(default)]
    added_tokens: Vec<Added>,
    #[serde(rename = "pre_tokenizer")]
    cutter: Option<Value>,
}

#[derive(Debug, Deserialize)]
struct Words {
    #[serde(rename = "type")]
    kind: Option<String>,
    vocab: HashMap<String, Token>,
    merges: Vec<Merge>,
}

/// Older files write a pair as one text with a space in it.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Merge {
    Pair(String, String),
    Text(String),
}

#[derive(Debug, Deserialize)]
struct Added {
    id: Token,
    content: String,
    special: bool,
}

#[derive(Debug, Default, Deserialize)]
struct Beside {
    #[serde(default)]
    chat_template: Value,
    #[serde(default)]
    add_bos_token: bool,
    #[serde(default)]
    bos_token: Value,
}

/// The vocabulary in `dir`, and the chat template. `ends` is what `config.json` says of it: a token or several.
pub(super) fn vocabulary(dir: &Path, ends: &Value) -> Outcome<(Parts, Option<String>)> {
    let tokenizer: Tokenizer = read(dir, "tokenizer.json")?;
    let beside = "tokenizer_config.json";
    let beside: Beside = if dir.join(beside).is_file() { read(dir, beside)? } else { Beside::default() };
    if tokenizer.model.kind.as_deref().is_some_and(|kind| kind != "BPE") {
        return Err("its vocabulary is not of byte pairs, which the MLX backend needs".to_owned());
    }
    let template = std::fs::read_to_string(dir.join("chat_template.jinja")).ok();
    let template = template.or_else(|| beside.chat_template.as_str().map(str::to_owned));
    let mut words = Vec::new();
    let known = tokenizer.model.vocab.into_iter().map(|(word, id)| (id, word, Kind::Word));
    let added = tokenizer.added_tokens.into_iter();
    let added = added.map(|one| (one.id, one.content, if one.special { Kind::Control } else { Kind::Text }));
    for (id, word, kind) in known.chain(added) {
        let at =
            usize::try_from(id).ok().filter(|at| *at < 1 << 22).ok_or("a token with a number that is too large")?;
        if words.len() <= at {
            words.resize(at + 1, (String::new(), Kind::Control));
        }
        if let Some(place) = words.get_mut(at) {
            *place = (word, kind);
        }
    }
    let bos = beside.bos_token.as_str().or_else(|| beside.bos_token.get("content")?.as_str()).unwrap_or_default();
    let begins = words.iter().position(|(word, _)| word == bos).and_then(|at| Token::try_from(at).ok());
    let merges = tokenizer.model.merges.into_iter().filter_map(|merge| match merge {
        Merge::Pair(a, b) => Some((a, b)),
        Merge::Text(text) => text.split_once(' ').map(|(a, b)| (a.to_owned(), b.to_owned())),
    });
    let token = |value: &Value| value.as_u64().and_then(|id| Token::try_from(id).ok());
    let ends =
        ends.as_array().map_or_else(|| token(ends).into_iter().collect(), |all| all.iter().filter_map(token).collect());
    let parts = Parts {
        words,
        merges: merges.collect(),
        patterns: patterns(tokenizer.cutter.as_ref())?,
        ends,
        begins: begins.filter(|_| beside.add_bos_token),
    };
    Ok((parts, template))
}

/// The patterns that a file cuts text by.
fn patterns(cutter: Option<&Value>) -> Outcome<Vec<String>> {
    let Some(cutter) = cutter.filter(|cutter| !cutter.is_null()) else { return Ok(Vec::new()) };
    let is = |key: &str| cutter.get(key).and_then(Value::as_bool).unwrap_or(false);
    let kind = cutter.get("type").and_then(Value::as_str).unwrap_or_default();
    match kind {
        "Sequence" => {
            let parts = cutter.get("pretokenizers").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
            let all: Vec<Vec<String>> = parts.iter().map(|part| patterns(Some(part))).collect::<Outcome<_>>()?;
            Ok(all.concat())
        }
        "Split" if cutter.get("behavior").and_then(Value::as_str) == Some("Isolated") && !is("invert") => {
            let pattern = cutter.get("pattern").and_then(|pattern| pattern.get("Regex")).and_then(Value::as_str);
            Ok(vec![pattern.ok_or("text is cut by something that is no pattern")?.to_owned()])
        }
        "Digits" => Ok(vec![if is("individual_digits") { r"\p{N}" } else { r"\p{N}+" }.to_owned()]),
        "ByteLevel" if is("add_prefix_space") => Err("text begins with a space that is not there".to_owned()),
        "ByteLevel" if is("use_regex") => Ok(vec![GPT2.to_owned()]),
        "ByteLevel" => Ok(Vec::new()),
        _ => Err(format!("text is cut by {kind:?}, which is not known")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn patterns_are_those_of_the_file() {
        let digits = json!({"type": "Digits", "individual_digits": true});
        let bytes = json!({"type": "ByteLevel", "add_prefix_space": false, "use_regex": true});
        let split = json!({"type": "Split", "pattern": {"Regex": "a+"}, "behavior": "Isolated", "invert": false});
        assert_eq!(
            patterns(Some(&json!({"type": "Sequence", "pretokenizers": [digits, split, bytes]}))).unwrap(),
            [r"\p{N}", "a+", GPT2]
        );
        assert!(patterns(Some(&json!({"type": "Metaspace"}))).is_err());
        assert!(patterns(None).unwrap().is_empty());
    }
}
