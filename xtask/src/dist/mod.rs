//! `cargo xtask dist`: what is handed out, made on one machine and made to run on others.
//!
//! [`build`] compiles for any processor of the architecture, with llama.cpp's code for each generation of them in shared
//! libraries of which the program takes the best. [`stage`] lays out
//! the tree that all packages share, with completions, manual pages, the licences of everything inside ([`licences`]) and the
//! list of it ([`sbom`]); [`archive`] and [`deb`] pack it, with sums beside them. `--check` proves the result ([`check`]).
//!
//! Linux only, for the architecture it runs on. Nothing is signed and nothing is
//! uploaded: both need a key that no build machine should have.

mod archive;
mod build;
mod check;
mod deb;
mod fresh;
#[cfg(test)]
#[cfg(unix)]
mod install_tests;
mod licences;
mod packages;
mod root;
mod sbom;
mod stage;

use crate::setup;
use crate::workspace::Workspace;
use anyhow::{Context, Result, bail};
use packages::Package;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

const HELP: &str = "\
Usage: cargo xtask dist [--check [NAME...]]

Makes target/dist/out: archive, Debian package, list of contents (CycloneDX), installer and SHA256SUMS.

  --check      and proves them; or only what is named, of what was made before:
    paths        nothing of this machine is in the files, and every library they need is there or of every system
    processors   each variant alone answers, where it can run; plain x86-64 is emulated (needs qemu-user)
    install      the installer installs, runs, and removes all
    crates       each library crate, packed, in a new project outside this workspace: the examples of its readme
    deb          in a new Debian root: installs, answers with the model, leaves nothing (needs root and debootstrap)
    reproducible a second build in another directory gives the same bytes (takes as long as the first)
";

/// What is made, and where.
struct Release {
    version: String,
    target: &'static str,
    /// The time of the last commit, which every file in a package gets.
    epoch: String,
    home: PathBuf,
}

impl Release {
    fn find(workspace: &Workspace) -> Result<Self> {
        if !cfg!(target_os = "linux") {
            bail!("dist runs on Linux only; elsewhere: cargo build --release --package cmdai-cli");
        }
        let target = match std::env::consts::ARCH {
            "x86_64" => "x86_64-unknown-linux-gnu",
            "aarch64" => "aarch64-unknown-linux-gnu",
            other => bail!("dist does not know {other}"),
        };
        let manifest: toml::Table = fs::read_to_string(workspace.root.join("Cargo.toml"))?.parse()?;
        let version =
            ["workspace", "package", "version"].iter().try_fold(toml::Value::Table(manifest), |value, key| {
                value.get(*key).cloned().with_context(|| format!("no {key} in Cargo.toml"))
            })?;
        let version = version.as_str().context("the version is no text")?.to_owned();
        let output = Command::new("git").current_dir(&workspace.root).args(["log", "-1", "--format=%ct"]).output()?;
        let epoch = String::from_utf8(output.stdout)?.trim().to_owned();
        // A source archive has no commits; 2020-01-01 is as good as any time that is always the same.
        let epoch = if epoch.is_empty() { "1577836800".to_owned() } else { epoch };
        Ok(Self { version, target, epoch, home: workspace.root.join("target/dist") })
    }

    fn name(&self) -> String {
        format!("cmdai-{}-{}", self.version, self.target)
    }

    /// Where the files to hand out lie.
    fn out(&self) -> PathBuf {
        self.home.join("out")
    }

    /// The tree that all packages share.
    fn tree(&self) -> PathBuf {
        self.home.join("tree").join(self.name())
    }

    fn archive(&self) -> PathBuf {
        self.out().join(format!("{}.tar.gz", self.name()))
    }

    fn deb(&self) -> PathBuf {
        self.out().join(format!("cmdai_{}_{}.deb", self.version, self.debian_architecture()))
    }

    fn debian_architecture(&self) -> &'static str {
        if self.target.starts_with("x86_64") { "amd64" } else { "arm64" }
    }
}

/// The command.
pub(crate) fn command(workspace: &Workspace, args: &[String]) -> Result<ExitCode> {
    match args.split_first() {
        None => make(workspace, &Release::find(workspace)?)?,
        Some((flag, names)) if flag == "--check" => {
            let steps = check::chosen(names)?;
            let release = Release::find(workspace)?;
            if names.is_empty() {
                make(workspace, &release)?;
            }
            check::run(workspace, &release, &steps)?;
        }
        Some((flag, _)) if matches!(flag.as_str(), "--help" | "-h") => print!("{HELP}"),
        Some((other, _)) => bail!("dist does not know {other}\n\n{HELP}"),
    }
    Ok(ExitCode::SUCCESS)
}

fn make(workspace: &Workspace, release: &Release) -> Result<()> {
    setup::ensure(workspace)?;
    let packages = packages::shipped(workspace, release.target)?;
    let built = build::build(workspace, release, &release.home.join("build"))?;
    pack(workspace, release, &built, &packages)?;
    for entry in fs::read_dir(release.out())? {
        let entry = entry?;
        println!("{:>12}  {}", entry.metadata()?.len(), entry.path().display());
    }
    Ok(())
}

/// From built files to packages; everything after the compiler.
fn pack(workspace: &Workspace, release: &Release, built: &build::Built, packages: &[Package]) -> Result<()> {
    empty(&release.out())?;
    empty(&release.tree())?;
    stage::stage(workspace, release, built, packages)?;
    archive::tarball(release)?;
    deb::package(release)?;
    fs::write(release.out().join(format!("{}.cdx.json", release.name())), sbom::sbom(workspace, release, packages)?)?;
    fs::copy(workspace.root.join("install.sh"), release.out().join("install.sh"))?;
    archive::sums(&release.out())
}

fn empty(dir: &Path) -> Result<()> {
    if dir.exists() {
        fs::remove_dir_all(dir).with_context(|| dir.display().to_string())?;
    }
    fs::create_dir_all(dir).with_context(|| dir.display().to_string())
}
