//! Arguments taken apart: options with and without values, and operands.

use crate::value::Arg;
use std::borrow::Cow;

/// The arguments of one command behind its name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Opts {
    pub(crate) flags: Vec<(Cow<'static, str>, Option<Arg>)>,
    pub(crate) operands: Vec<Arg>,
}

/// Takes `args` apart; `valued` lists the options that take a value (`-o`, `--output`).
pub(crate) fn parse(args: &[Arg], valued: &[&str]) -> Opts {
    walk(args, valued, false).0
}

/// As [`parse`], but the first operand ends the options: where the command of a wrapper begins.
pub(crate) fn parse_leading(args: &[Arg], valued: &[&str]) -> (Opts, usize) {
    walk(args, valued, true)
}

fn walk(args: &[Arg], valued: &[&str], leading: bool) -> (Opts, usize) {
    let mut out = Opts::default();
    let mut at = 0;
    while let Some(arg) = args.get(at) {
        let text = arg.text.as_str();
        at += 1;
        if text == "--" {
            if leading {
                return (out, at);
            }
            out.operands.extend(args.iter().skip(at).cloned());
            return (out, args.len());
        }
        if let Some(long) = text.strip_prefix("--") {
            let (name, value) = match long.split_once('=') {
                Some((name, value)) => (format!("--{name}"), Some(Arg { text: value.to_owned(), ..arg.clone() })),
                None => (text.to_owned(), None),
            };
            let takes = value.is_none() && valued.contains(&name.as_str());
            let value = if takes { args.get(at).cloned() } else { value };
            at += usize::from(takes);
            out.flags.push((name.into(), value));
        } else if text.len() > 1 && text.starts_with('-') && !arg.text.starts_with("-/") {
            at += cluster(arg, args.get(at), valued, &mut out);
        } else if leading {
            return (out, at - 1);
        } else {
            out.operands.push(arg.clone());
        }
    }
    (out, at)
}

/// `-rf`, `-ofile`, `-o file`, and single-dash words that take a value. Returns how many further arguments it took.
fn cluster(arg: &Arg, next: Option<&Arg>, valued: &[&str], out: &mut Opts) -> usize {
    let text = arg.text.as_str();
    if text.len() > 2 && valued.contains(&text) {
        out.flags.push((text.to_owned().into(), next.cloned()));
        return 1;
    }
    if let Some((name, value)) = text.split_once('=')
        && name.len() > 2
    {
        out.flags.push((name.to_owned().into(), Some(Arg { text: value.to_owned(), ..arg.clone() })));
        return 0;
    }
    if text.len() > 2 {
        // Single-dash words (`-auto-approve`, `-Confirm:$false`) are kept whole beside their letters.
        out.flags.push((text.to_owned().into(), None));
    }
    let letters = text.char_indices().skip(1);
    for (index, letter) in letters {
        let name = option(letter);
        if valued.contains(&&*name) {
            let rest = text.get(index + letter.len_utf8()..).unwrap_or_default();
            if rest.is_empty() {
                out.flags.push((name, next.cloned()));
                return 1;
            }
            out.flags.push((name, Some(Arg { text: rest.to_owned(), ..arg.clone() })));
            return 0;
        }
        out.flags.push((name, None));
    }
    0
}

/// `-r`: without a copy for the letters and digits that nearly all options are.
fn option(letter: char) -> Cow<'static, str> {
    const KNOWN: &str = "-0-1-2-3-4-5-6-7-8-9-a-b-c-d-e-f-g-h-i-j-k-l-m-n-o-p-q-r-s-t-u-v-w-x-y-z\
                         -A-B-C-D-E-F-G-H-I-J-K-L-M-N-O-P-Q-R-S-T-U-V-W-X-Y-Z";
    let known = (letter != '-').then(|| KNOWN.find(letter)).flatten();
    let known = known.and_then(|at| KNOWN.get(at - 1..=at));
    known.map_or_else(|| Cow::Owned(format!("-{letter}")), Cow::Borrowed)
}

impl Opts {
    /// Whether any of the names was given. Long names may be shortened as GNU tools allow.
    pub(crate) fn has(&self, names: &[&str]) -> bool {
        self.flags.iter().any(|(flag, _)| names.iter().any(|name| flag == name || shortened(flag, name)))
    }

    /// The value of the last option with one of these names.
    pub(crate) fn value(&self, names: &[&str]) -> Option<&Arg> {
        self.flags.iter().rev().find(|(flag, _)| names.contains(&&**flag)).and_then(|(_, value)| value.as_ref())
    }

    /// The values of all options with one of these names.
    pub(crate) fn values<'a>(&'a self, names: &'a [&str]) -> impl Iterator<Item = &'a Arg> {
        self.flags.iter().filter(|(flag, _)| names.contains(&&**flag)).filter_map(|(_, value)| value.as_ref())
    }

    /// Operand `index` as text.
    pub(crate) fn operand(&self, index: usize) -> &str {
        self.operands.get(index).map_or("", |arg| arg.text.as_str())
    }
}

fn shortened(flag: &str, name: &str) -> bool {
    flag.len() >= 5 && flag.starts_with("--") && name.starts_with(flag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_options_of_their_own() {
        for letter in ('!'..='~').chain(['é']) {
            assert_eq!(option(letter), format!("-{letter}"));
        }
        let args = [Arg::known("-xvfé-", 0..6), Arg::known("a", 7..8)];
        let opts = parse(&args, &["-f"]);
        assert!(opts.has(&["-x"]) && opts.has(&["-v"]) && !opts.has(&["-a"]));
        assert_eq!(opts.value(&["-f"]).map(|arg| arg.text.as_str()), Some("é-"));
    }
}
