//! Programs that no rule lists: files that this text wrote, copies of known programs, wrappers of one's own.
//!
//! Called by [`rules`](crate::rules), which knows the others.

use crate::opts;
use crate::rules::{by_words, is_listed};
use crate::run::Machine;
use crate::value::{Arg, Data};
use crate::words;
use cmdai_core::assess::RiskLevel;
use cmdai_core::request::ShellType;

pub(crate) fn unlisted(m: &mut Machine<'_>, name: &str, head: &Arg, args: &[Arg]) {
    let path = m.place(&head.text).path;
    // Windows looks for programs in the current directory too.
    let windows = matches!(m.shell, ShellType::Cmd | ShellType::PowerShell);
    let has_path = head.text.contains('/') || windows;
    // A copy of a known program under another name.
    if has_path
        && let Some(from) = m.files.get(&path).map(|data| data.from.clone())
        && let Some((dir, program)) = from.rsplit_once('/')
        && ["/bin", "/usr/bin", "/sbin", "/usr/sbin", "/usr/local/bin"].contains(&dir)
        && is_listed(program)
        && program != name
    {
        let mut argv = vec![Arg { text: from.clone(), ..head.clone() }];
        argv.extend(args.iter().cloned());
        m.call(&argv, &Data::default());
        return;
    }
    if has_path && let Some(data) = m.files.get(&path).cloned() {
        if m.starts_itself(&path, &head.span.clone()) {
            return;
        }
        m.vars.insert("0".to_owned(), crate::expand::Value::one(path.clone(), crate::value::Taint::default()));
        m.calls.push(path);
        crate::shells::run_data(m, &data, m.shell, &head.span.clone(), &Data::default());
        m.calls.pop();
        return;
    }
    if has_path && m.downloaded {
        m.finding(
            "downloaded-program",
            "execution",
            RiskLevel::High,
            &head.span.clone(),
            "execute",
            &head.text,
            "runs a program after something was downloaded",
        );
        return;
    }
    carried(m, args);
    if !has_path {
        if !words::promises_nothing(args) {
            let opts = opts::parse(args, &[]);
            by_words(m, name, head, args, &opts, "unknown-program", "runs a program this analyser does not know");
        }
        return;
    }
    if m.place(&head.text).class == crate::paths::Class::Build {
        // What the project's own build made.
        return;
    }
    let odd =
        has_path && matches!(m.place(&head.text).class, crate::paths::Class::Temp | crate::paths::Class::TempRoot);
    let risk = if odd { RiskLevel::High } else { RiskLevel::Moderate };
    m.finding(
        "unknown-program",
        "programs",
        risk,
        &head.span.clone(),
        "execute",
        &head.text,
        "runs a program this analyser does not know",
    );
}

/// A command that an unknown program is given to run: behind `--`, from the name of a known program on, or as one text.
fn carried(m: &mut Machine<'_>, args: &[Arg]) {
    let acts =
        ["rm", "dd", "mkfs", "shred", "shutdown", "reboot", "poweroff", "sh", "bash", "sudo", "dropdb", "wipefs"];
    let dashes = args.iter().position(|a| a.text == "--").map(|at| at + 1);
    let start = dashes.or_else(|| args.iter().position(|a| acts.contains(&a.text.as_str())));
    let texts: Vec<Arg> = args
        .iter()
        .filter(|a| a.text.split_once(' ').is_some_and(|(first, _)| acts.contains(&first)))
        .take(4)
        .cloned()
        .collect();
    crate::program_calls::weakly(m, |m| {
        if let Some(rest) =
            start.and_then(|at| args.get(at..)).filter(|r| r.len() > 1 && r.first().is_some_and(|a| is_listed(&a.text)))
        {
            m.aside(|m| m.call(rest, &Data::default()));
        }
        for text in texts {
            m.aside(|m| m.inner_text(&text.text, ShellType::Sh, &Data::default(), &text.span));
        }
    });
}
