//! `tr`, `cut` and simple `sed` on text that is known: part of [`evaluate`](crate::evaluate).

use crate::decode::unescape;
use crate::opts;
use crate::value::{Arg, Data, Taint, unglob};

/// `tr` for plain sets, ranges, deletion and rot13.
pub(crate) fn translate(text: &str, opts: &opts::Opts) -> Option<String> {
    let from = expand_set(&unglob(opts.operand(0)))?;
    if opts.has(&["-d"]) {
        return Some(text.chars().filter(|c| !from.contains(c)).collect());
    }
    let to = expand_set(&unglob(opts.operand(1)))?;
    let last = to.last().copied()?;
    Some(
        text.chars()
            .map(|c| from.iter().position(|f| *f == c).map_or(c, |at| to.get(at).copied().unwrap_or(last)))
            .collect(),
    )
}

pub(crate) fn expand_set(set: &str) -> Option<Vec<char>> {
    let set = unescape(set)
        .replace("[:upper:]", "A-Z")
        .replace("[:lower:]", "a-z")
        .replace("[:digit:]", "0-9")
        .replace("[:space:]", " \t\n");
    if set.contains("[:") {
        return None;
    }
    let chars: Vec<char> = set.chars().collect();
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        match (chars.get(at + 1), chars.get(at + 2)) {
            (Some('-'), Some(&end)) if c <= end && out.len() < 512 => {
                out.extend(c..=end);
                at += 3;
            }
            _ => {
                out.push(c);
                at += 1;
            }
        }
    }
    Some(out)
}

pub(crate) fn cut(text: &str, opts: &opts::Opts) -> Option<String> {
    let field = opts.value(&["-f", "--fields"]).and_then(|a| a.text.parse::<usize>().ok());
    let delimiter = opts.value(&["-d", "--delimiter"]).map_or("\t", |a| a.text.as_str()).to_owned();
    if let Some(field) = field {
        return Some(
            text.lines()
                .map(|l| l.split(delimiter.as_str()).nth(field.saturating_sub(1)).unwrap_or_default().to_owned() + "\n")
                .collect(),
        );
    }
    let range = &opts.value(&["-c", "-b"])?.text;
    let (from, to) = range.split_once('-').unwrap_or((range, range));
    let from = from.parse::<usize>().unwrap_or(1);
    let to = to.parse::<usize>().unwrap_or(usize::MAX);
    Some(
        text.lines()
            .map(|l| {
                l.chars()
                    .skip(from.saturating_sub(1))
                    .take(to.saturating_sub(from.saturating_sub(1)))
                    .collect::<String>()
                    + "\n"
            })
            .collect(),
    )
}

/// Simple `s/a/b/` substitutions on known text; nothing for anything else.
pub(crate) fn sed(scripts: &[Arg], stdin: &Data) -> Option<Data> {
    let mut text = stdin.exact()?.to_owned();
    for script in scripts {
        let body = script.text.strip_prefix('s')?;
        let delimiter = body.chars().next()?;
        let mut pieces = body.get(delimiter.len_utf8()..)?.split(delimiter);
        let (from, to, flags) = (pieces.next()?, pieces.next()?, pieces.next()?);
        if from.is_empty() || from.contains(['.', '*', '[', '\\', '^', '$']) || to.contains(['&', '\\']) {
            return None;
        }
        text = if flags.contains('g') { text.replace(from, to) } else { text.replacen(from, to, 1) };
    }
    Some(Data { text: Some(text), taint: stdin.taint.with(Taint::DECODED), from: "sed".to_owned() })
}
