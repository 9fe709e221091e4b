//! `cargo xtask mlx-linux`: builds and runs the MLX backend on Linux, on the processor alone.
//!
//! MLX is for Apple silicon, and its `-sys` crate wants to download and compile it. What can be held true without a Mac is held
//! here: the unmodified crate is linked against the library of a Python wheel, pinned by content, in a target directory of its own
//! (a wrapper round rustc changes every fingerprint). The versions belong together: mlx-rs 0.33.0 has mlx-sys 0.7.0, which has mlx-c
//! 0.7.0, which asks for MLX 0.32.2. Nothing is said here about Metal: neither its numbers nor its speed.

use crate::after_dashes;
use crate::workspace::{Workspace, check};
use crate::setup;
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

const VERSION: &str = "0.32.2";
const PIN: &str =
    "mlx-cpu==0.32.2 --hash=sha256:fc5d31b90fc4f457b2f9614ed45651a567d22a6a11a03d114a90a4e10bdd8878\n";
/// The model that the tests run.
const MODEL: &str = "smollm2-135m";
/// What is run unless something else is asked for.
const TESTS: [&str; 8] =
    ["test", "--package", "cmdai-backends", "--features", "mlx", "--lib", "--test", "mlx_contract"];

/// The command: with arguments, any other command of cargo in the same environment.
pub(crate) fn command(workspace: &Workspace, args: &[String]) -> Result<ExitCode> {
    setup::ensure(workspace)?;
    let mlx = installed(workspace)?;
    let args = after_dashes(args);
    let mut cargo = if args.is_empty() {
        check(Command::new(workspace.build_cmdai(false)?).args(["model", "pull", MODEL]))?;
        workspace.cargo(TESTS)
    } else {
        workspace.cargo(args)
    };
    check(environment(&mut cargo, workspace, &mlx))?;
    Ok(ExitCode::SUCCESS)
}

/// Tells cargo, and all it starts, where that MLX is.
fn environment<'c>(cargo: &'c mut Command, workspace: &Workspace, mlx: &Path) -> &'c mut Command {
    let kit = workspace.root.join("xtask/mlx-linux");
    let libraries = mlx.join("mlx/lib");
    let known = std::env::var("BINDGEN_EXTRA_CLANG_ARGS").ok();
    let known = known.or_else(|| workspace.tools_env().get("BINDGEN_EXTRA_CLANG_ARGS").cloned()).unwrap_or_default();
    cargo
        .env("CARGO_TARGET_DIR", workspace.root.join("target/mlx"))
        .env("CMDAI_MLX", mlx)
        .env("RUSTC_WRAPPER", kit.join("rustc.sh"))
        .env("CMAKE_TOOLCHAIN_FILE", kit.join("toolchain.cmake"))
        .env("CMAKE_PREFIX_PATH", mlx.join("mlx"))
        .env("BINDGEN_EXTRA_CLANG_ARGS", format!("{known} -include {}", kit.join("compat.h").display()))
        .env("LIBRARY_PATH", &libraries)
        .env("LD_LIBRARY_PATH", &libraries)
}

/// The directory with MLX, fetched on first use.
fn installed(workspace: &Workspace) -> Result<PathBuf> {
    let home = workspace.tools().join(format!("mlx-{VERSION}"));
    if home.join("libmach_time.a").is_file() {
        return Ok(home);
    }
    eprintln!("fetching MLX {VERSION} for processors into target/tools, once");
    let partial = workspace.tools().join("mlx.partial");
    fs::create_dir_all(&partial)?;
    fs::write(partial.join("pin.txt"), PIN)?;
    let mut pip = Command::new("python3");
    pip.current_dir(&partial).args(["-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes", "--target", "."]);
    check(pip.args(["--only-binary=:all:", "--requirement", "pin.txt"]).stdout(std::io::stderr()))?;
    let source = workspace.root.join("xtask/mlx-linux/mach_time.c");
    check(Command::new("cc").current_dir(&partial).args(["-O1", "-fPIC", "-c", "-o", "mach_time.o"]).arg(source))?;
    check(Command::new("ar").current_dir(&partial).args(["rcs", "libmach_time.a", "mach_time.o"]))?;
    fs::rename(&partial, &home).with_context(|| format!("cannot write {}", home.display()))?;
    Ok(home)
}
