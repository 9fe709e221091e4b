//! The head of an option's paragraph, `-n, --lines=[-]NUM`, as it stands in manual pages and in help.
//!
//! Used by both. What is not the head of an option gives nothing, so prose that begins with a dash does no harm.

use crate::program::{Kind, Opt, Takes};

/// Longest head that is read; a longer one is prose.
const MAX_HEAD: usize = 200;

/// The option that `head` is about.
pub(super) fn read(head: &str) -> Option<Opt> {
    let head = head.trim();
    if !head.starts_with('-') || head.len() > MAX_HEAD {
        return None;
    }
    let mut opt =
        Opt { names: Vec::new(), takes: Takes::No, value: String::new(), kind: Kind::Any, about: String::new() };
    for piece in pieces(head) {
        let Some((names, rest)) = name(piece) else { continue };
        let (takes, value) = value(rest);
        if takes != Takes::No && opt.takes == Takes::No {
            (opt.takes, opt.value) = (takes, value);
        }
        opt.names.extend(names.into_iter().filter(|name| !opt.names.contains(name)).collect::<Vec<_>>());
    }
    (!opt.names.is_empty()).then_some(opt)
}

/// The option without a dash that `head` is about, as `u` of `ps` or `+D` of `lsof`: a letter, and the name of a value.
pub(super) fn letter(head: &str) -> Option<Opt> {
    let mut words = head.split_whitespace();
    let name = words.next()?;
    let letter = name.strip_prefix('+').unwrap_or(name);
    let value = words.next().unwrap_or_default().to_owned();
    let is_value = value.chars().all(|c| c.is_ascii_alphanumeric() || "_-<>[]".contains(c));
    if !is_value
        || letter.len() != 1
        || !letter.starts_with(|c: char| c.is_ascii_alphabetic())
        || words.next().is_some()
    {
        return None;
    }
    let takes = if value.is_empty() { Takes::No } else { Takes::Required };
    Some(Opt { names: vec![name.to_owned()], takes, value, kind: Kind::Any, about: String::new() })
}

/// Cuts between names: at `, -`, ` | -`, `|-`, ` or -`, ` / -`, ` -`.
fn pieces(head: &str) -> Vec<&str> {
    let mut cuts = vec![0];
    for (at, _) in head.match_indices('-') {
        let before = head.get(..at).unwrap_or_default();
        let trimmed = before.trim_end_matches([' ', ',', '|', '/']).trim_end_matches(" or").trim_end_matches(" and");
        let apart = before.ends_with([' ', ',', '|', '/']) && !before.trim_end().ends_with(['=', '<', '[']);
        if apart && !trimmed.is_empty() {
            cuts.push(at);
        }
    }
    let ends = cuts.iter().skip(1).copied().chain([head.len()]);
    let piece = |(start, end): (&usize, usize)| {
        let piece = head.get(*start..end)?.trim_end_matches([' ', ',', '|', '/']);
        Some(piece.trim_end_matches(" or").trim_end_matches(" and"))
    };
    cuts.iter().zip(ends).filter_map(piece).collect()
}

/// Ways to write that an option can be turned off, and how it is named then.
const NEGATIONS: &[(&str, &str, &str)] =
    &[("--[no-]", "--", "--no-"), ("--(no-)", "--", "--no-"), ("-[no]", "-", "-no"), ("--[no]", "--", "--no")];

/// The name at the start of `piece`, twice for `--[no-]x`, and what follows it.
fn name(piece: &str) -> Option<(Vec<String>, &str)> {
    let negated = NEGATIONS.iter().find_map(|(sign, on, off)| Some((piece.strip_prefix(sign)?, on, off)));
    if let Some((rest, on, off)) = negated {
        let end = rest.find(|c: char| !is_name(c)).unwrap_or(rest.len());
        let (base, rest) = rest.split_at(end);
        return (!base.is_empty()).then(|| (vec![format!("{on}{base}"), format!("{off}{base}")], rest));
    }
    let dashes = if piece.starts_with("--") { 2 } else { 1 };
    let body = piece.get(dashes..)?;
    let end = body
        .char_indices()
        .find(|(at, c)| !(is_name(*c) || (*at == 0 && "?#@%:,.".contains(*c))))
        .map_or(body.len(), |(at, _)| at);
    let (base, rest) = body.split_at(end);
    let base = base.trim_end_matches(['.', ',', ':']);
    if base.is_empty() && end != 1 {
        return None;
    }
    let base = if base.is_empty() { body.get(..1)? } else { base };
    // `-nNUM` is `-n` with its value.
    let letters: Vec<char> = base.chars().collect();
    let glued = dashes == 1
        && letters.len() > 2
        && letters.iter().skip(1).all(char::is_ascii_uppercase)
        && !letters.first()?.is_ascii_uppercase();
    if glued {
        let first = base.chars().next().map_or(1, char::len_utf8);
        return Some((vec![format!("-{}", base.get(..first)?)], piece.get(dashes + first..)?));
    }
    Some((vec![format!("{}{base}", &piece.get(..dashes)?)], rest))
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '+')
}

fn value(rest: &str) -> (Takes, String) {
    let clean = |text: &str| -> String {
        let end = text.find(|c: char| c.is_whitespace() || matches!(c, ',' | '|')).unwrap_or(text.len());
        text.get(..end)
            .unwrap_or_default()
            .chars()
            .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
            .take(24)
            .collect()
    };
    let trimmed = rest.trim_start();
    if let Some(inner) = rest.strip_prefix("[=").or_else(|| rest.strip_prefix("[")) {
        return (Takes::Optional, clean(inner));
    }
    if let Some(inner) = trimmed.strip_prefix('=') {
        let optional = inner.starts_with('[') && !inner.starts_with("[-]") && !inner.starts_with("[+]");
        return (if optional { Takes::Optional } else { Takes::Required }, clean(inner));
    }
    if trimmed.is_empty() || rest == trimmed && !rest.starts_with(|c: char| c.is_ascii_uppercase() || c == '<') {
        return (Takes::No, String::new());
    }
    if let Some(inner) = trimmed.strip_prefix('[') {
        return (Takes::Optional, clean(inner));
    }
    // A word or two is the name of a value; more is prose.
    if trimmed.starts_with('<')
        || trimmed.split_whitespace().count() <= 3 && trimmed.starts_with(|c: char| c.is_ascii_alphanumeric())
    {
        return (Takes::Required, clean(trimmed));
    }
    (Takes::Unknown, String::new())
}

/// Everything in `text` that looks like an option.
pub(super) fn mentions(text: &str, mut found: impl FnMut(&str)) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(next) = text.get(at..).and_then(|rest| rest.find('-')) {
        let start = at + next;
        let before = start.checked_sub(1).and_then(|i| bytes.get(i)).copied().unwrap_or(b' ');
        let free = !before.is_ascii_alphanumeric() && !matches!(before, b'-' | b'_' | b'.');
        let rest = text.get(start..).unwrap_or_default();
        let dashes = rest.len() - rest.trim_start_matches('-').len();
        let end = rest
            .get(dashes..)
            .unwrap_or_default()
            .find(|c: char| !is_name(c) && !matches!(c, '?' | '#' | '@'))
            .map_or(rest.len(), |end| dashes + end);
        let word = rest.get(..end).unwrap_or_default().trim_end_matches(['.', '-', '+']);
        if free && dashes <= 2 && word.len() > dashes {
            found(word);
        }
        at = start + end.max(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_read() {
        let check = |head: &str, expected: &str| {
            let opt = read(head).unwrap();
            assert_eq!(format!("{} {:?} {}", opt.names.join(","), opt.takes, opt.value), expected, "{head}");
        };
        check("-a, --all", "-a,--all No ");
        check("-n, --lines=[-]NUM", "-n,--lines Required -NUM");
        check("--color[=WHEN], --colour[=WHEN]", "--color,--colour Optional WHEN");
        check("-A NUM, --after-context=NUM", "-A,--after-context Required NUM");
        check("-f <file>", "-f Required file");
        check("--[no-]quiet", "--quiet,--no-quiet No ");
        check("-[no]header", "-header,-noheader No ");
        check("-a|--all", "-a,--all No ");
        check("-i or --mime", "-i,--mime No ");
        check("-i[SUFFIX], --in-place[=SUFFIX]", "-i,--in-place Optional SUFFIX");
        check("-maxdepth levels", "-maxdepth Required levels");
        check("-size n[cwbkMG]", "-size Required ncwbkMG");
        check("-s, --signal <signal>", "-s,--signal Required signal");
        check("-nNUM", "-n Required NUM");
        check("-?", "-? No ");
        assert_eq!(read("- a list item of a text"), None);
        assert_eq!(letter("U userlist").map(|opt| opt.shown()), Some("U userlist".to_owned()));
        assert_eq!(letter("+D D").map(|opt| opt.shown()), Some("+D D".to_owned()));
        assert_eq!((letter("A sentence."), letter("ab"), letter("a b c")), (None, None, None));
    }

    #[test]
    fn mentions_are_found_wherever_they_stand() {
        let mut found = Vec::new();
        mentions("foo [-ab] [--long=x|-c] re-read --end. a-b (-z), -O3", |word| found.push(word.to_owned()));
        assert_eq!(found, ["-ab", "--long", "-c", "--end", "-z", "-O3"]);
    }
}
