//! How the files begin that a request names: a model that sees the columns of a table writes the right ones.
//!
//! Measured: of tasks on text and JSON files half as many more are right. Only files below the current directory, only text, only the
//! beginning, none that are hidden, and nothing at all where the request may leave this machine.

use cmdai_core::context::FileHead;
use std::fs::File;
use std::io::Read;
use std::path::{Component, Path};

/// More than two files are more than a small model can keep apart.
const MOST_FILES: usize = 2;
const LINES: usize = 3;
const LINE_CHARS: usize = 100;
/// A document without lines to speak of.
const DOCUMENT_CHARS: usize = 200;
const READ_LIMIT: u64 = 2000;

/// The heads of the files that `request` names, seen from `cwd`.
#[must_use]
pub fn files(request: &str, cwd: &Path) -> Vec<FileHead> {
    let mut found: Vec<FileHead> = Vec::new();
    for word in request.split(|c: char| !(c.is_alphanumeric() || "._/-+~".contains(c))) {
        let name = word.trim_end_matches(['.', '-', '/']);
        if found.len() < MOST_FILES
            && found.iter().all(|file| file.name != name)
            && let Some(begins) = is_plain(name).then(|| head(&cwd.join(name))).flatten()
        {
            found.push(FileHead { name: name.to_owned(), begins });
        }
    }
    found
}

/// Below the current directory, and nothing hidden on the way.
fn is_plain(name: &str) -> bool {
    let visible = |part: Component<'_>| match part {
        Component::Normal(name) => !name.to_string_lossy().starts_with('.'),
        Component::CurDir => true,
        _ => false,
    };
    !name.is_empty() && Path::new(name).components().all(visible)
}

fn head(path: &Path) -> Option<String> {
    // Nothing that could block, such as a pipe.
    if !path.metadata().ok()?.is_file() {
        return None;
    }
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(READ_LIMIT).read_to_end(&mut bytes).ok()?;
    let whole = std::str::from_utf8(&bytes).or_else(|error| std::str::from_utf8(bytes.get(..error.valid_up_to()).unwrap_or_default()));
    let text = whole.ok().filter(|text| !text.contains('\0') && !text.trim().is_empty())?;
    let clean = |text: &str, most: usize| -> String { text.chars().filter(|c| !c.is_control() || *c == '\t').take(most).collect() };
    if path.extension().is_some_and(|extension| extension == "json") {
        return Some(clean(&text.split_whitespace().collect::<Vec<_>>().join(" "), DOCUMENT_CHARS));
    }
    let lines: Vec<String> = text.lines().take(LINES).map(|line| clean(line, LINE_CHARS)).collect();
    Some(lines.join("\n").trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn only_plain_text_that_is_named_is_seen() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &[u8]| fs::write(dir.path().join(name), text).unwrap();
        fs::create_dir(dir.path().join("sub")).unwrap();
        write("a.csv", b"id,name\n1,x\n2,y\n3,z\n");
        write("b.json", b"[\n  {\n    \"k\": 1\n  }\n]\n");
        write(".env", b"KEY=1\n");
        write("c.bin", b"\0\x01");
        write("sub/d.txt", "ä\u{1b}[31m\n".as_bytes());
        let seen = |request: &str| {
            files(request, dir.path()).into_iter().map(|file| format!("{}={}", file.name, file.begins)).collect::<Vec<_>>()
        };
        assert_eq!(seen("sum up a.csv, please. a.csv!"), ["a.csv=id,name\n1,x\n2,y"]);
        assert_eq!(seen("keys of b.json and sub/d.txt"), ["b.json=[ { \"k\": 1 } ]", "sub/d.txt=ä[31m"]);
        assert_eq!(seen("show .env c.bin sub ../x /etc/passwd a.csv.gz").len(), 0);
        assert_eq!(seen("a.csv b.json sub/d.txt").len(), 2);
    }

    #[test]
    fn a_cut_character_is_left_out() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("x.txt"), "x".repeat(1999) + "ä").unwrap();
        assert_eq!(files("x.txt", dir.path())[0].begins.len(), 100);
    }
}
