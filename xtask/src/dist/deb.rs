//! The Debian package: the tree below `/usr`, and what dpkg must know of it.
//!
//! Made with dpkg's own programs, so that what it needs of the system's libraries is what they find in the files, and nothing is
//! compiled for it. It has no scripts of its own: nothing happens at installation or removal but that files come and go.

use super::Release;
use super::stage::files;
use crate::workspace::check;
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::Path;
use std::process::Command;

/// Beside what the libraries say: certificates for whoever talks to servers; pip is another way to models.
const WISHES: &str = "Recommends: ca-certificates\nSuggests: python3-pip, man-db\n";

const DESCRIPTION: &str = "Description: one safe shell command for a request in plain language
 cmdai turns a request in plain words into one shell command, with a small
 model that runs on this machine, judges what the command would do, and asks
 before it runs. The model is fetched at the first request.
";

/// Makes it.
pub(super) fn package(release: &Release) -> Result<()> {
    let root = release.home.join("deb");
    super::empty(&root)?;
    let usr = root.join("usr");
    check(Command::new("cp").args(["--archive"]).arg(release.tree()).arg(&usr))?;
    let doc = usr.join("share/doc/cmdai");
    // Debian's names for the two documents every package has, and the licence that its systems carry already.
    fs::rename(doc.join("CHANGELOG.md"), doc.join("changelog"))?;
    check(Command::new("gzip").args(["-9", "--no-name"]).arg(doc.join("changelog")))?;
    let own = fs::read_to_string(doc.join("LICENSE-MIT"))?;
    let foreign = fs::read_to_string(doc.join("THIRD-PARTY-LICENCES.txt"))?;
    fs::write(doc.join("copyright"), copyright(&own, &foreign))?;
    for name in ["LICENSE-MIT", "LICENSE-APACHE", "THIRD-PARTY-LICENCES.txt"] {
        fs::remove_file(doc.join(name))?;
    }
    let size: u64 = files(&usr)?.iter().filter_map(|file| usr.join(file).metadata().ok()).map(|meta| meta.len()).sum();
    let control = root.join("DEBIAN");
    fs::create_dir(&control)?;
    let text = control_file(&release.version, release.debian_architecture(), &depends(release, &root)?, size);
    fs::write(control.join("control"), text)?;
    check(Command::new("chmod").args(["-R", "u=rwX,go=rX"]).arg(&root))?;
    let mut command = Command::new("dpkg-deb");
    command.args(["--root-owner-group", "-Zxz", "--build"]).arg(&root).arg(release.deb());
    check(command.env("SOURCE_DATE_EPOCH", &release.epoch))
}

fn control_file(version: &str, architecture: &str, depends: &str, bytes: u64) -> String {
    format!(
        "Package: cmdai\nVersion: {version}\nArchitecture: {architecture}\nMaintainer: The cmdai authors\n\
         Installed-Size: {}\nDepends: {depends}\n{WISHES}Section: utils\nPriority: optional\n\
         Homepage: https://github.com/cmdai/cmdai\n{DESCRIPTION}",
        bytes.div_ceil(1024)
    )
}

fn copyright(own: &str, foreign: &str) -> String {
    format!(
        "cmdai may be used under the MIT licence, whose text follows, or under the Apache License, version 2.0, which is in\n\
         /usr/share/common-licenses/Apache-2.0.\n\n{own}\n{foreign}"
    )
}

/// The packages that have the libraries which program and libraries need, by dpkg-shlibdeps.
fn depends(release: &Release, root: &Path) -> Result<String> {
    // It insists on the directory of a source package.
    let source = release.home.join("deb-source");
    super::empty(&source.join("debian"))?;
    fs::write(source.join("debian/control"), "Source: cmdai\n\nPackage: cmdai\nArchitecture: any\n")?;
    let lib = root.join("usr/lib/cmdai");
    let mut command = Command::new("dpkg-shlibdeps");
    command.current_dir(&source).arg("-O").arg(format!("-l{}", lib.display())).arg(root.join("usr/bin/cmdai"));
    for name in files(&lib)? {
        command.arg(lib.join(name));
    }
    let output = command.output().context("dpkg-shlibdeps (Debian's package dpkg-dev)")?;
    if !output.status.success() {
        bail!("dpkg-shlibdeps: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    let text = String::from_utf8(output.stdout)?;
    let found = text.lines().find_map(|line| line.strip_prefix("shlibs:Depends=")).map(str::to_owned);
    found.context("dpkg-shlibdeps named no library")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_control_file_has_one_field_a_line() {
        let text = control_file("0.1.0", "amd64", "libc6 (>= 2.34)", 1025);
        assert!(text.contains("\nInstalled-Size: 2\nDepends: libc6 (>= 2.34)\nRecommends: "), "{text}");
        for line in text.lines() {
            assert!(line.starts_with(' ') || line.split_once(": ").is_some(), "{line}");
        }
        assert!(text.ends_with("first request.\n"), "dpkg wants a last line that ends");
    }
}
