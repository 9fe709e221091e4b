//! Small tables of advice: which package has a program, what stands in for it elsewhere, what replaces a foreign option.
//!
//! Data of ours under `data/`; used for hints only, nothing is decided by them.

use cmdai_core::context::Userland;
use cmdai_core::request::Platform;

const PACKAGES: &str = include_str!("../data/packages.tsv");
const ADVICE: &str = include_str!("../data/advice.tsv");
const INSTEAD: &str = include_str!("../data/instead.tsv");
const WINDOWS: &str = include_str!("../data/windows.tsv");

/// The package that has a program, by package manager; `-` where there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Package {
    /// Debian, Ubuntu.
    pub apt: &'static str,
    /// Fedora.
    pub dnf: &'static str,
    /// Arch.
    pub pacman: &'static str,
    /// macOS, with Homebrew.
    pub brew: &'static str,
}

/// The package that has `program`.
#[must_use]
pub fn package(program: &str) -> Option<Package> {
    let mut cells = row(PACKAGES, program)?;
    let mut next = || cells.next().unwrap_or("-");
    Some(Package { apt: next(), dnf: next(), pacman: next(), brew: next() })
}

impl Package {
    /// What to say: "install package `ripgrep` (apt, dnf, brew) or …".
    pub(crate) fn shown(&self, platform: Platform) -> String {
        if platform == Platform::MacOs {
            return if self.brew == "-" {
                "Homebrew has no package of it".to_owned()
            } else {
                format!("`brew install {}` has it", self.brew)
            };
        }
        let mut named: Vec<(&str, Vec<&str>)> = Vec::new();
        for (manager, name) in [("apt", self.apt), ("dnf", self.dnf), ("pacman", self.pacman)] {
            match named.iter_mut().find(|(known, _)| *known == name) {
                _ if name == "-" => {}
                Some((_, managers)) => managers.push(manager),
                None => named.push((name, vec![manager])),
            }
        }
        let shown: Vec<String> =
            named.iter().map(|(name, managers)| format!("`{name}` ({})", managers.join(", "))).collect();
        if shown.is_empty() {
            "no package of it is known".to_owned()
        } else {
            format!("it is in package {}", shown.join(" or "))
        }
    }

    /// The command that installs it with the package manager that is usual on `platform`.
    pub(crate) fn command(&self, platform: Platform) -> Option<String> {
        let (manager, name) = if platform == Platform::MacOs { ("brew", self.brew) } else { ("apt", self.apt) };
        (name != "-").then(|| format!("{manager} install {name}"))
    }
}

/// What does on `platform` what `program` does elsewhere.
pub(crate) fn instead(program: &str, platform: Platform) -> Option<&'static str> {
    rows(INSTEAD, program).find_map(|mut cells| (cells.next() == Some(platform.name())).then(|| cells.next())?)
}

/// What does with the tools of `userland` what `option` does with others.
pub(crate) fn advice(program: &str, userland: Userland, option: &str) -> Option<&'static str> {
    rows(ADVICE, program).find_map(|mut cells| {
        let here = cells.next() == Some(userland.name()) && cells.next() == Some(option);
        here.then(|| cells.next())?
    })
}

/// What PowerShell and cmd have for a Unix program.
pub(crate) fn on_windows(program: &str) -> Option<(&'static str, &'static str)> {
    let mut cells = row(WINDOWS, program)?;
    cells.next().zip(cells.next())
}

type Cells = std::str::Split<'static, char>;

/// The cells behind the name in each row of `program`.
fn rows(table: &'static str, program: &str) -> impl Iterator<Item = Cells> {
    table.lines().filter_map(move |line| {
        let mut cells = line.split('\t');
        (cells.next() == Some(program)).then_some(cells)
    })
}

fn row(table: &'static str, program: &str) -> Option<Cells> {
    rows(table, program).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_its_cells() {
        for (table, cells) in [(PACKAGES, 5), (ADVICE, 4), (INSTEAD, 3), (WINDOWS, 3)] {
            for line in table.lines().skip(1) {
                assert_eq!(line.split('\t').filter(|cell| !cell.is_empty()).count(), cells, "{line}");
            }
        }
    }

    #[test]
    fn packages_are_named() {
        let package = package("rg").unwrap();
        assert_eq!(package.shown(Platform::Linux), "it is in package `ripgrep` (apt, dnf, pacman)");
        assert_eq!(package.command(Platform::MacOs).as_deref(), Some("brew install ripgrep"));
        assert_eq!(advice("stat", Userland::Bsd, "-c"), Some("`-f`, as in `-f %z` for the size"));
        assert_eq!(instead("free", Platform::MacOs), Some("vm_stat"));
    }
}
