//! `cargo xtask dist --check`: what is handed out does what is said of it, tried on the files themselves.
//!
//! Not a part of `cargo xtask ci`: it needs minutes, two builds, and for [`root`] the rights of root.

use super::archive::SUMS;
use super::stage::files;
use super::{Release, build, empty, fresh, pack, packages, root};
use crate::setup;
use crate::workspace::{Workspace, check, on_path};
use anyhow::{Context, Result, bail};
use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

pub(super) type Step = (&'static str, fn(&Workspace, &Release) -> Result<()>);

const STEPS: [Step; 6] = [
    ("paths", |workspace, release| paths(workspace, release)),
    ("processors", |_, release| processors(release)),
    ("install", |workspace, release| install(workspace, release)),
    ("crates", fresh::crates),
    ("deb", |_, release| root::deb(release)),
    ("reproducible", reproducible),
];

/// What every Debian and nearly every other Linux has.
const OF_THE_SYSTEM: [&str; 8] = [
    "libc.so.6",
    "libm.so.6",
    "libdl.so.2",
    "libpthread.so.0",
    "libgcc_s.so.1",
    "libstdc++.so.6",
    "ld-linux-x86-64.so.2",
    "ld-linux-aarch64.so.1",
];

/// Small enough to answer without any vector instructions in bearable time.
const SMALL_MODEL: &str = "smollm2-135m";

/// All steps, or the named ones.
pub(super) fn chosen(names: &[String]) -> Result<Vec<Step>> {
    if names.is_empty() {
        return Ok(STEPS.to_vec());
    }
    let known = STEPS.map(|(name, _)| name).join(" ");
    let find = |wanted: &String| STEPS.into_iter().find(|(name, _)| name == wanted);
    names.iter().map(|name| find(name).with_context(|| format!("no check `{name}`; there are: {known}"))).collect()
}

/// One after the other; the first that fails ends it.
pub(super) fn run(workspace: &Workspace, release: &Release, steps: &[Step]) -> Result<()> {
    if !release.archive().is_file() && steps.iter().any(|(name, _)| *name != "crates") {
        bail!("there is no {}: run `cargo xtask dist` first", release.archive().display());
    }
    for (name, step) in steps {
        eprintln!("dist: {name}");
        step(workspace, release).with_context(|| format!("check {name}"))?;
    }
    Ok(())
}

fn paths(workspace: &Workspace, release: &Release) -> Result<()> {
    let tree = release.tree();
    let home = env::home_dir().context("no home directory")?;
    let secret = [workspace.root.clone(), home.join(".cargo"), home.join(".rustup")];
    let mut there: BTreeSet<String> = OF_THE_SYSTEM.iter().map(|&name| name.to_owned()).collect();
    let lib = tree.join("lib/cmdai");
    there.extend(files(&lib)?.iter().map(|name| name.display().to_string()));
    for file in files(&tree)? {
        let bytes = fs::read(tree.join(&file))?;
        for path in &secret {
            if contains(&bytes, path.as_os_str().as_encoded_bytes()) {
                bail!("{} contains the path {}", file.display(), path.display());
            }
        }
        if bytes.starts_with(b"\x7fELF") {
            let output = Command::new("readelf").arg("--dynamic").arg("--wide").arg(tree.join(&file)).output()?;
            let text = String::from_utf8_lossy(&output.stdout);
            if let Some(missing) = needed(&text).find(|name| !there.contains(*name)) {
                bail!("{} needs {missing}, which is neither packed nor of every system", file.display());
            }
            let wanted = if file.starts_with("bin") { "$ORIGIN/../lib/cmdai" } else { "$ORIGIN" };
            if run_path(&text) != Some(wanted) && needed(&text).any(|name| lib.join(name).is_file()) {
                bail!("{} looks for libraries in {:?}, not {wanted}", file.display(), run_path(&text));
            }
        }
    }
    Ok(())
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

fn needed(readelf: &str) -> impl Iterator<Item = &str> {
    readelf.lines().filter(|line| line.contains("(NEEDED)")).filter_map(in_brackets)
}

fn run_path(readelf: &str) -> Option<&str> {
    readelf.lines().find(|line| line.contains("(RUNPATH)") || line.contains("(RPATH)")).and_then(in_brackets)
}

fn in_brackets(line: &str) -> Option<&str> {
    line.split_once('[')?.1.strip_suffix(']')
}

/// The plainest variant alone must answer, and so must all others that run here; on an emulated processor without any of the
/// newer instructions the program must start, judge, and say what it is about.
fn processors(release: &Release) -> Result<()> {
    let variants: Vec<PathBuf> =
        files(&release.tree().join("lib/cmdai"))?.into_iter().filter(|name| is_variant(name)).collect();
    let alone = release.home.join("alone");
    let mut answered = Vec::new();
    for variant in &variants {
        empty(&alone)?;
        check(Command::new("cp").args(["--archive", "--link"]).arg(release.tree()).arg(alone.join("tree")))?;
        let lib = alone.join("tree/lib/cmdai");
        for other in files(&lib)?.iter().filter(|name| is_variant(name) && *name != variant) {
            fs::remove_file(lib.join(other))?;
        }
        let output = ask(&alone.join("tree/bin/cmdai"), &alone.join("home"))?;
        let text = String::from_utf8_lossy(&output.stdout);
        let (name, said) = (variant.display(), String::from_utf8_lossy(&output.stderr));
        if text.contains("\"usage\"") {
            eprintln!("dist: {name} answers: {}", speed(&text));
            answered.push(variant.clone());
        } else if said.contains("runs on this processor") || text.contains("runs on this processor") {
            eprintln!("dist: {name} is for other processors");
        } else {
            bail!("{name} alone: {} {} {}", output.status, text.trim(), said.trim());
        }
    }
    let plain = variants.iter().find(|name| name.to_string_lossy().contains("-x64"));
    if plain.is_some_and(|plain| !answered.contains(plain)) {
        bail!("the variant for every processor does not answer");
    }
    emulated(release)
}

fn is_variant(name: &Path) -> bool {
    name.to_string_lossy().starts_with("libggml-cpu-")
}

fn ask(program: &Path, home: &Path) -> Result<Output> {
    let models = env::home_dir().context("no home directory")?.join(".cache/cmdai/models");
    fs::create_dir_all(home.join(".cache/cmdai"))?;
    check(
        Command::new("ln")
            .args(["--symbolic", "--no-target-directory"])
            .arg(&models)
            .arg(home.join(".cache/cmdai/models")),
    )?;
    let mut command = Command::new(program);
    command.args(["--model", SMALL_MODEL, "--no-worker", "--json", "list the files here"]);
    Ok(command.env_clear().env("HOME", home).env("PATH", "/usr/bin:/bin").current_dir(home).output()?)
}

/// Milliseconds, as the program told them.
fn speed(json: &str) -> String {
    let value: serde_json::Value = serde_json::from_str(json).unwrap_or_default();
    let number =
        |name: &str| value.pointer(&format!("/usage/{name}")).and_then(serde_json::Value::as_f64).unwrap_or(0.0);
    format!("{:.1} tokens/s", number("output_tokens") / number("decode_ms") * 1000.0)
}

fn emulated(release: &Release) -> Result<()> {
    let (emulator, cpu) =
        if release.target.starts_with("x86_64") { ("qemu-x86_64", "qemu64") } else { ("qemu-aarch64", "cortex-a53") };
    let Some(emulator) = on_path(emulator).or_else(|| on_path(&format!("{emulator}-static"))) else {
        eprintln!("dist: LEFT OUT: a plain processor, because qemu-user is not installed");
        return Ok(());
    };
    for (args, status) in [(&["--version"][..], 0), (&["check", "rm -rf /"], 3), (&["explain", "ls -l"], 0)] {
        let mut command = Command::new(&emulator);
        command.args(["-cpu", cpu]).arg(release.tree().join("bin/cmdai")).args(args);
        let output = command.env_clear().env("HOME", release.home.join("home")).output()?;
        if output.status.code() != Some(status) {
            bail!("cmdai {} on a {cpu} ends with {}", args.join(" "), output.status);
        }
    }
    eprintln!("dist: runs on an emulated {cpu}");
    Ok(())
}

fn install(workspace: &Workspace, release: &Release) -> Result<()> {
    let prefix = release.home.join("prefix");
    empty(&prefix)?;
    let script = workspace.root.join("install.sh");
    let installer = || {
        let mut command = Command::new("sh");
        command.arg(&script).arg("--prefix").arg(&prefix);
        command
    };
    check(installer().arg("--from").arg(release.out()))?;
    check(Command::new(prefix.join("bin/cmdai")).args(["check", "ls -l"]))?;
    check(installer().arg("--uninstall"))?;
    let left = files(&prefix)?;
    if !left.is_empty() {
        bail!("the installer left {left:?}");
    }
    Ok(())
}

/// Builds once more in another directory; only the sums must be the same.
fn reproducible(workspace: &Workspace, release: &Release) -> Result<()> {
    setup::ensure(workspace)?;
    let second = Release {
        version: release.version.clone(),
        home: release.home.join("second"),
        epoch: release.epoch.clone(),
        ..*release
    };
    empty(&second.home)?;
    let built = build::build(workspace, &second, &second.home.join("build"))?;
    pack(workspace, &second, &built, &packages::shipped(workspace, release.target)?)?;
    let sums = |release: &Release| fs::read_to_string(release.out().join(SUMS));
    let (first, again) = (sums(release)?, sums(&second)?);
    if first != again {
        bail!("two builds differ:\n{first}\n{again}");
    }
    fs::remove_dir_all(&second.home)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_are_read_from_readelf() {
        let text = " 0x1 (NEEDED)  Shared library: [libllama.so.0]\n 0x1 (NEEDED)  Shared library: [libc.so.6]\n 0x1d (RUNPATH)  Library runpath: [$ORIGIN/../lib/cmdai]\n";
        assert_eq!(needed(text).collect::<Vec<_>>(), ["libllama.so.0", "libc.so.6"]);
        assert_eq!(run_path(text), Some("$ORIGIN/../lib/cmdai"));
        assert_eq!(run_path(""), None);
    }

    #[test]
    fn checks_are_chosen_by_name() {
        assert_eq!(chosen(&[]).unwrap().len(), STEPS.len());
        assert_eq!(chosen(&["deb".to_owned()]).unwrap()[0].0, "deb");
        assert!(chosen(&["rpm".to_owned()]).is_err());
    }
}
