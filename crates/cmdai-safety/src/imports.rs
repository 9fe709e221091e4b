//! Other names for the same: `import subprocess as s`, `from os import system`, written out so that the calls are known again.

/// The text with imported names in their full form.
pub(crate) fn resolve(text: &str) -> String {
    if !text.contains("import ") {
        return text.to_owned();
    }
    let mut out = text.to_owned();
    for statement in text.split([';', '\n']).map(str::trim).take(32) {
        if let Some(rest) = statement.strip_prefix("import ") {
            for piece in rest.split(',') {
                if let Some((module, alias)) = piece.trim().split_once(" as ") {
                    out = replace_name(&out, &format!("{}.", alias.trim()), &format!("{}.", module.trim()));
                }
            }
        } else if let Some((module, names)) = statement.strip_prefix("from ").and_then(|r| r.split_once(" import ")) {
            let module = module.trim();
            for piece in names.trim_matches(['(', ')']).split(',') {
                let (name, alias) = piece.trim().split_once(" as ").unwrap_or((piece.trim(), piece.trim()));
                let all: &[&str] = match (name, module) {
                    ("*", "os") => &[
                        "system", "popen", "remove", "unlink", "rename", "kill", "chmod", "execv", "environ",
                        "truncate",
                    ],
                    ("*", "subprocess") => &["run", "call", "Popen", "check_output", "check_call", "getoutput"],
                    ("*", "shutil") => &["rmtree", "move", "copy"],
                    ("*", _) => &[],
                    _ => {
                        if ["os", "subprocess", "shutil", "socket", "pty", "requests", "urllib.request"]
                            .contains(&module)
                        {
                            out = replace_name(
                                &out,
                                &format!("{}(", alias.trim()),
                                &format!("{module}.{}(", name.trim()),
                            );
                        }
                        &[]
                    }
                };
                for name in all {
                    out = replace_name(&out, &format!("{name}("), &format!("{module}.{name}("));
                }
            }
        }
    }
    out
}

/// Replaces `name` where it is no part of a longer one.
fn replace_name(text: &str, name: &str, with: &str) -> String {
    if name == with || name.len() < 2 || text.len() > 16 * 1024 {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(name) {
        let (before, tail) = rest.split_at(at);
        let inside = before.chars().next_back().or_else(|| out.chars().next_back());
        out.push_str(before);
        let part = inside.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '.');
        out.push_str(if part { name } else { with });
        rest = tail.get(name.len()..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}
