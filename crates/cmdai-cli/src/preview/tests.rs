//! Each command beside what it would do in a directory of known files.

use super::*;
use cmdai_core::request::{Platform, ShellType};
use proptest::prelude::*;
use std::fs;
use std::os::unix::fs::symlink;
use tempfile::TempDir;

/// `a.txt` (5 bytes), `b.txt` (7), `.hidden.txt` (1), `empty`, `src/x.rs` (100), `src/deep/y.rs` (200), `void/`, and links to a
/// directory and a file outside.
fn world() -> (TempDir, TempDir) {
    let (dir, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let at = |name: &str| dir.path().join(name);
    for (name, size) in [("a.txt", 5), ("b.txt", 7), (".hidden.txt", 1), ("empty", 0), ("with space.txt", 2)] {
        fs::write(at(name), "x".repeat(size)).unwrap();
    }
    fs::create_dir_all(at("src/deep")).unwrap();
    fs::write(at("src/x.rs"), "x".repeat(100)).unwrap();
    fs::write(at("src/deep/y.rs"), "x".repeat(200)).unwrap();
    fs::create_dir(at("void")).unwrap();
    fs::write(outside.path().join("far.rs"), "far").unwrap();
    symlink(outside.path(), at("link")).unwrap();
    symlink(outside.path().join("far.rs"), at("far")).unwrap();
    (dir, outside)
}

fn context(cwd: &Path, shell: ShellType) -> ExecutionContext {
    let home = cwd.display().to_string();
    ExecutionContext::new(cwd.to_owned(), shell, Platform::Linux, chrono::DateTime::UNIX_EPOCH)
        .with_environment([("HOME".to_owned(), home)])
}

/// All that is told, without the clock.
fn told(command: &str, cwd: &Path, shell: ShellType, most: usize) -> Option<String> {
    let deeds = deeds::of(command, &context(cwd, shell))?;
    let told: Option<Vec<Preview>> = deeds.iter().map(|deed| look(deed, Walk::new(most, None))).collect();
    let lines: Vec<String> = told?.iter().flat_map(Preview::lines).map(|line| line.trim().to_owned()).collect();
    Some(lines.join("; "))
}

#[test]
fn what_would_be_touched_is_counted_and_named() {
    let (dir, _outside) = world();
    for (command, expected) in [
        ("rm a.txt", "deletes 1 file, 5 bytes: a.txt"),
        ("rm *.txt", "deletes 3 files, 14 bytes: a.txt, b.txt, with space.txt"),
        ("rm .*.txt 'with space.txt'", "deletes 2 files, 3 bytes: .hidden.txt, with space.txt"),
        ("rm [ab].txt", "deletes 2 files, 12 bytes: a.txt, b.txt"),
        ("rm [!a].txt", "deletes 1 file, 7 bytes: b.txt"),
        ("rm ?.txt", "deletes 2 files, 12 bytes: a.txt, b.txt"),
        ("rm ~/a.txt", &format!("deletes 1 file, 5 bytes: {}/a.txt", dir.path().display())),
        ("rm *.gone", "deletes nothing that is here now"),
        ("rm src", "deletes nothing that is here now"),
        ("rm -rf src", "deletes 2 files and 2 directories, 300 bytes: src, src/deep, src/deep/y.rs, …"),
        ("sudo rm -r src/*", "deletes 2 files and 1 directory, 300 bytes: src/deep, src/deep/y.rs, src/x.rs"),
        ("cd src && rm *.rs", "deletes 1 file, 100 bytes: x.rs"),
        ("ls; rm a.txt && rm b.txt", "deletes 1 file, 5 bytes: a.txt; deletes 1 file, 7 bytes: b.txt"),
        ("rmdir void src", "deletes 1 directory: void"),
        ("mv a.txt src", "moves 1 file: a.txt"),
        ("mv *.txt void/", "moves 3 files: a.txt, b.txt, with space.txt"),
        ("mv a.txt b.txt", "moves 1 file: a.txt; overwrites what is there: b.txt"),
        ("mv -n a.txt b.txt", "moves 1 file: a.txt"),
        ("mv src/x.rs .", "moves 1 file: src/x.rs"),
        ("mv -t void a.txt b.txt", "moves 2 files: a.txt, b.txt"),
        ("chmod 600 *.txt", "changes the mode of 3 files: a.txt, b.txt, with space.txt"),
        ("chmod -x a.txt", "changes the mode of 1 file: a.txt"),
        ("chmod -R go-w src", "changes the mode of 2 files and 2 directories: src, src/deep, src/deep/y.rs, …"),
        ("chown -R ada: void", "changes the owner of 1 directory: void"),
        ("find . -name '*.rs' -delete", "deletes 2 files, 300 bytes: ./src/deep/y.rs, ./src/x.rs"),
        ("find src -delete", "deletes 2 files and 2 directories, 300 bytes: src, src/deep, src/deep/y.rs, …"),
        (
            "find . -maxdepth 1 -type f -iname '*.TXT' -delete",
            "deletes 4 files, 15 bytes: ./.hidden.txt, ./a.txt, ./b.txt, …",
        ),
        ("find . -type f -size +150c -exec rm {} +", "deletes 1 file, 200 bytes: ./src/deep/y.rs"),
        ("find . -empty -delete", "deletes 1 file and 1 directory, 0 bytes: ./empty, ./void"),
        (
            "find . -type d -name deep -exec rm -rf {} \\;",
            "deletes 1 file and 1 directory, 200 bytes: ./src/deep, ./src/deep/y.rs",
        ),
        ("find . -type d -name src -delete", "deletes nothing that is here now"),
        ("find . \\( -name a.txt -o -name b.txt \\) -delete", "deletes 2 files, 12 bytes: ./a.txt, ./b.txt"),
        (
            "find . -type f ! -name '*.txt' -mindepth 2 -delete",
            "deletes 2 files, 300 bytes: ./src/deep/y.rs, ./src/x.rs",
        ),
        (
            "find . -path './src/*' -type f -exec chmod 600 {} +",
            "changes the mode of 2 files: ./src/deep/y.rs, ./src/x.rs",
        ),
        ("find . -type f -mtime +1 -delete", "deletes nothing that is here now"),
        ("find . -name '*.rs' | xargs rm -f", "deletes 2 files, 300 bytes: ./src/deep/y.rs, ./src/x.rs"),
        (
            "find . -type f -name '*.txt' -print0 | xargs -0 rm",
            "deletes 4 files, 15 bytes: ./.hidden.txt, ./a.txt, ./b.txt, …",
        ),
        ("find src -type f | xargs -r chmod 600", "changes the mode of 2 files: src/deep/y.rs, src/x.rs"),
        ("ls -la", ""),
        ("find . -name '*.rs'", ""),
        ("find . -name '*.rs' -exec grep -l x {} +", ""),
    ] {
        assert_eq!(told(command, dir.path(), ShellType::Bash, MOST).as_deref(), Some(expected), "{command}");
    }
}

#[test]
fn no_link_is_followed() {
    let (dir, outside) = world();
    for (command, expected) in [
        ("rm -rf link", "deletes 1 file, "),
        ("find . -name '*.rs' -delete", "deletes 2 files, 300 bytes"),
        ("chmod -R 700 .", "changes the mode of "),
        ("rm link/*", ""),
    ] {
        let said = told(command, dir.path(), ShellType::Bash, MOST).unwrap();
        assert!(said.starts_with(expected) && !said.contains("link/far.rs"), "{command}: {said}");
    }
    assert!(outside.path().join("far.rs").exists());
}

#[test]
fn nothing_is_told_where_words_are_not_known() {
    let (dir, _outside) = world();
    for command in [
        "rm $X",
        "rm -rf \"$DIR\"/*",
        "rm $(cat list)",
        "for f in *.txt; do rm \"$f\"; done",
        "ls *.txt | xargs rm",
        "find . -name '*.txt' | xargs rm",
        "find . -name '*.rs' | grep deep | xargs rm",
        "find . -name '*.rs' | xargs -I{} mv {} {}.old",
        "find . -name '*.rs' | xargs rm a.txt",
        "find . -name '*.rs'; ls | xargs rm",
        "bash -c 'rm a.txt'",
        "ssh box rm a.txt",
        "cd $X && rm a.txt",
        "(cd src; rm x.rs); rm a.txt",
        "rm {a,b}.txt",
        "rm \\*a*",
        "rm '*'*",
        "rm !(a.txt)",
        "rm ~ada/a.txt",
        "rm [[:alpha:]].txt",
        "find . -newer a.txt -delete",
        "find -L . -delete",
        "find . -name a.txt -o -name b.txt -delete",
        "find . -delete -name a.txt",
        "find . -type f -exec sh -c 'rm \"$1\"' _ {} \\;",
        "env -C src rm x.rs",
        "chmod --reference=a.txt b.txt",
        "rm 'a",
    ] {
        assert_eq!(told(command, dir.path(), ShellType::Bash, MOST), None, "{command}");
    }
    for (shell, command) in
        [(ShellType::Zsh, "rm **/*.rs"), (ShellType::Fish, "rm **.rs"), (ShellType::PowerShell, "rm a.txt")]
    {
        assert_eq!(told(command, dir.path(), shell, MOST), None, "{shell} {command}");
    }
}

#[test]
fn more_than_can_be_looked_at_is_at_least_so_many() {
    let (dir, _outside) = world();
    for number in 0..50 {
        fs::write(dir.path().join(format!("src/{number:02}")), "").unwrap();
    }
    let said = told("rm -rf src", dir.path(), ShellType::Bash, 10).unwrap();
    assert!(said.starts_with("deletes at least ") && said.ends_with(", …"), "{said}");
    assert_eq!(told("find . -name gone -delete", dir.path(), ShellType::Bash, 10).as_deref(), Some(""));
    // With the clock it is the same, or less.
    assert!(of("rm a.txt", &context(dir.path(), ShellType::Bash)).len() <= 1);
}

#[test]
fn names_cannot_drive_a_terminal() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("a\u{1b}[2J\nb"), "").unwrap();
    let said = told("rm *", dir.path(), ShellType::Bash, MOST).unwrap();
    assert_eq!(said, "deletes 1 file, 0 bytes: a\\u{1b}[2J\\nb");
}

/// What the real programs say is there, beside what is told.
#[test]
fn find_and_the_shell_agree() {
    let (dir, _outside) = world();
    let lines = |program: &str, args: &[&str]| {
        let output = std::process::Command::new(program).args(args).current_dir(dir.path()).output().unwrap();
        assert!(output.status.success(), "{program} {args:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap().lines().count() as u64
    };
    let counted = |command: &str| {
        let deeds = deeds::of(command, &context(dir.path(), ShellType::Bash)).unwrap_or_else(|| panic!("{command}"));
        let preview = look(&deeds[0], Walk::new(MOST, None)).unwrap();
        preview.files + preview.directories
    };
    for tests in [
        "",
        "-type f",
        "-type d",
        "-type l",
        "-name '*'",
        "-name '.*'",
        "-name '*.[tr]*'",
        "-name '[^a]*.txt'",
        "-iname 'A*'",
        "-path '*r*'",
        "-path './src/*' -type f",
        "-size 0",
        "-size -1k",
        "-size 1k",
        "-size +4c",
        "-size 1",
        "-empty",
        "! -empty",
        "-not -type d -not -name '*.txt'",
        "-mindepth 1 -maxdepth 2",
        "-maxdepth 0",
        "-mtime 0",
        "-mtime -1",
        "-mmin +5",
        "\\( -type f -a -name 'a*' -o -type d ! -name src \\)",
        "\\( -name a.txt -o -name b.txt -o -empty \\) -type f",
    ] {
        for root in ["", ".", "src", "src void", "./src/", "link"] {
            let real = lines("bash", &["-c", &format!("find {root} {tests}")]);
            assert_eq!(counted(&format!("find {root} {tests} -exec chmod 600 {{}} +")), real, "find {root} {tests}");
        }
    }
    for pattern in
        ["*", "*.txt", ".*.txt", "s*/*", "*/*", "src/*/*.rs", "./*", "?.txt", "[a-c]*", "*[!t]", "./src/[x]*", "e*y"]
    {
        let listed = format!("shopt -s nullglob; printf '%s\\n' {pattern}");
        let real = lines("bash", &["-c", &listed]);
        let told = counted(&format!("chmod 600 {pattern}"));
        // Behind a link the shell looks and we do not.
        assert!(told == real || pattern == "*/*" && told + 1 == real, "{pattern}: {told} {real}");
    }
}

/// Every entry below a directory, links as themselves.
fn entries(dir: &Path) -> u64 {
    let mut count = 0;
    Walk::new(MOST, None).tree(dir, 0, &mut |_, _, _| {
        count += 1;
        walk::Descend::Yes
    });
    count
}

/// The deletions are really done, in a directory of their own each time.
#[test]
fn what_is_told_is_what_happens() {
    for command in [
        "rm a.txt b.txt",
        "rm -f *.txt gone",
        "rm .*.txt",
        "rm -rf src",
        "rm -rf ./*",
        "rm -rf link far",
        "rm -rf src/* void",
        "rm -r src/deep/../x.rs",
        "rm -d void",
        "rmdir void",
        "unlink far",
        "cd src && rm -rf deep; rm x.rs",
        "find . -name '*.rs' -delete",
        "find src -delete",
        "find . -delete",
        "find . -type d -empty -delete",
        "find . -type l -delete",
        "find . -mindepth 1 -maxdepth 1 -exec rm -rf {} +",
        "find . -name 'd*' -exec rm -r {} +",
        "find . -type f -size -10c -exec rm {} \\;",
        "find . ! -name '*.txt' ! -type d -exec rm -f {} +",
        "find src void -depth -type d -exec rmdir {} +",
        "find . -name '*.rs' | xargs rm",
        "find . -type f -print0 | xargs -0 -n 2 rm -f",
    ] {
        let (dir, outside) = world();
        let deeds = deeds::of(command, &context(dir.path(), ShellType::Bash)).unwrap_or_else(|| panic!("{command}"));
        let told: u64 = deeds
            .iter()
            .map(|deed| look(deed, Walk::new(MOST, None)).unwrap_or_else(|| panic!("{command}")))
            .map(|preview| preview.files + preview.directories)
            .sum();
        let before = entries(dir.path());
        let done = std::process::Command::new("bash").args(["-c", command]).current_dir(dir.path()).output().unwrap();
        assert_eq!(told, before - entries(dir.path()), "{command}: {}", String::from_utf8_lossy(&done.stderr));
        assert!(outside.path().join("far.rs").exists(), "{command}");
    }
}

proptest! {
    /// Whatever is asked about, nothing is changed by it and nothing panics.
    #[test]
    fn any_text_is_only_looked_at(text in "(rm|mv|chmod|find|sudo|cd|xargs|[-*?./\\[\\]!a-z0-9{}()|;&~'\"$ ]){0,12}|find( (src|\\.|-name|-type|-size|-delete|-exec|rm|\\{\\}|\\+|-o|!|f|'\\*'|\\\\\\(|\\\\\\)|-maxdepth|1)){0,9}") {
        let (dir, _outside) = world();
        if let Some(said) = told(&text, dir.path(), ShellType::Bash, MOST) {
            prop_assert!(!said.contains('\n'));
        }
        prop_assert!(dir.path().join("a.txt").exists() && dir.path().join("src/deep/y.rs").exists());
    }
}
