//! What lies in a directory tree, as text that can be compared.
//!
//! Taken by [`super::inside`] after a command has run. Times and owners are left out because a command that is right may change
//! them, the inside of `.git` because it holds times, and the content of archives because two of them with the same members
//! differ in bytes; a task looks at those with a probe. Caches and histories that programs leave at home are nobody's effect.

use anyhow::Result;
use std::collections::BTreeMap;
use std::fs;
use std::hash::{DefaultHasher, Hasher};
use std::io::Read;
use std::path::Path;

/// Paths below the root, each with kind, mode, size and a hash of the content, or the target of a link.
pub(crate) type Tree = BTreeMap<String, String>;

const ARCHIVES: [&str; 11] = ["tar", "tgz", "gz", "bz2", "xz", "zst", "zip", "7z", "tbz2", "txz", "db"];
const LITTER: [&str; 8] =
    [".cache", ".config", ".local", ".bash_history", ".lesshst", ".python_history", ".wget-hsts", ".viminfo"];

/// Everything below `root`.
pub(crate) fn snapshot(root: &Path) -> Result<Tree> {
    let mut tree = Tree::new();
    visit(root, "", &mut tree)?;
    Ok(tree)
}

fn visit(dir: &Path, prefix: &str, tree: &mut Tree) -> Result<()> {
    let Ok(entries) = fs::read_dir(dir) else {
        tree.insert(format!("{prefix}?"), "unreadable".to_owned());
        return Ok(());
    };
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if prefix.is_empty() && LITTER.contains(&name.as_str()) {
            continue;
        }
        let (path, kind) = (format!("{prefix}{name}"), entry.file_type()?);
        if kind.is_symlink() {
            tree.insert(path, format!("link to {}", fs::read_link(entry.path())?.display()));
        } else if kind.is_dir() {
            tree.insert(path.clone(), format!("directory {:o}", mode(&entry.path())?));
            if name != ".git" {
                visit(&entry.path(), &format!("{path}/"), tree)?;
            }
        } else if kind.is_file() {
            let content = if is_archive(&name) { "archive".to_owned() } else { content(&entry.path()) };
            tree.insert(path, format!("file {:o} {content}", mode(&entry.path())?));
        } else {
            tree.insert(path, "special".to_owned());
        }
    }
    Ok(())
}

fn is_archive(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, end)| ARCHIVES.contains(&end))
}

#[cfg(unix)]
fn mode(path: &Path) -> Result<u32> {
    use std::os::unix::fs::PermissionsExt;
    Ok(path.metadata()?.permissions().mode() & 0o7777)
}

#[cfg(not(unix))]
fn mode(_: &Path) -> Result<u32> {
    anyhow::bail!("the accuracy benchmark needs Linux")
}

/// Size and hash. Runs of zeros are only counted: fixtures are made large by truncation, and hashing that takes long in a
/// program built without optimisation.
fn content(path: &Path) -> String {
    static ZEROS: [u8; 64 * 1024] = [0; 64 * 1024];
    let Ok(mut file) = fs::File::open(path) else { return "unreadable".to_owned() };
    let (mut hasher, mut size, mut buffer) = (DefaultHasher::new(), 0_usize, vec![0; ZEROS.len()]);
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return format!("{size} {:016x}", hasher.finish()),
            Ok(count) => {
                size += count;
                let read = buffer.get(..count).unwrap_or_default();
                if ZEROS.get(..count) == Some(read) {
                    hasher.write_usize(count);
                } else {
                    hasher.write(read);
                }
            }
            Err(_) => return "unreadable".to_owned(),
        }
    }
}

/// What differs between two trees, one line a path; `ignore` names paths (and what is below them) that may differ.
pub(crate) fn differences(expected: &Tree, found: &Tree, ignore: &[String]) -> Vec<String> {
    let ignored = |path: &str| {
        let below = |dir: &String| path.strip_prefix(dir.as_str()).is_some_and(|rest| rest.starts_with('/'));
        ignore.iter().any(|dir| path == dir || below(dir))
    };
    let paths = expected.keys().chain(found.keys().filter(|path| !expected.contains_key(*path)));
    paths
        .filter(|path| !ignored(path))
        .filter_map(|path| match (expected.get(path), found.get(path)) {
            (Some(expected), Some(found)) if expected == found => None,
            (Some(expected), Some(found)) => Some(format!("{path}: {found}, expected {expected}")),
            (Some(_), None) => Some(format!("{path} is missing")),
            (None, _) => Some(format!("{path} is too much")),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_name_what_is_other_missing_or_too_much() {
        let tree = |text: &str| -> Tree {
            text.split_whitespace().filter_map(|item| item.split_once('=')).map(|(k, v)| (k.into(), v.into())).collect()
        };
        let ignore = ["log".to_owned()];
        let found = differences(&tree("a=1 b=1 c=1 log/x=1"), &tree("a=1 b=2 d=1 log=2 logs=1"), &ignore);
        assert_eq!(found, ["b: 2, expected 1", "c is missing", "d is too much", "logs is too much"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_snapshot_holds_names_modes_contents_and_links() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let root = std::env::temp_dir().join(format!("cmdai-tree-{}", std::process::id()));
        fs::create_dir_all(root.join("sub/.git/objects")).unwrap();
        fs::create_dir_all(root.join(".cache/x")).unwrap();
        fs::write(root.join("sub/a.sh"), "x").unwrap();
        fs::write(root.join("sub/b.tar.gz"), "anything").unwrap();
        fs::set_permissions(root.join("sub"), fs::Permissions::from_mode(0o755)).unwrap();
        fs::set_permissions(root.join("sub/a.sh"), fs::Permissions::from_mode(0o751)).unwrap();
        symlink("sub/a.sh", root.join("link")).unwrap();
        let first = snapshot(&root).unwrap();
        fs::write(root.join("sub/a.sh"), "y").unwrap();
        let second = snapshot(&root).unwrap();
        fs::remove_dir_all(&root).unwrap();
        let keys: Vec<_> = first.keys().map(String::as_str).collect();
        assert_eq!(keys, ["link", "sub", "sub/.git", "sub/a.sh", "sub/b.tar.gz"]);
        assert_eq!(first["link"], "link to sub/a.sh");
        assert_eq!(first["sub"], "directory 755");
        assert!(first["sub/a.sh"].starts_with("file 751 1 "), "{}", first["sub/a.sh"]);
        assert_eq!(differences(&first, &second, &[]).len(), 1);
    }
}
