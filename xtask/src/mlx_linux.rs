//! `cargo xtask mlx-linux`: builds and runs the MLX backend on Linux, on the processor alone.
//!
//! MLX is for Apple silicon, and its `-sys` crate wants to download and compile it. What can be held true without a Mac is held
//! here: the unmodified crate is linked against the library of a Python wheel, pinned by content, in a target directory of its own
//! (a wrapper round rustc changes every fingerprint). The versions belong together: mlx-rs 0.33.0 has mlx-sys 0.7.0, which has mlx-c
//! 0.7.0, which asks for MLX 0.32.2. Nothing is said here about Metal: neither its numbers nor its speed.

use crate::after_dashes;
use crate::setup;
use crate::workspace::{Workspace, check};
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

const VERSION: &str = "0.32.2";
/// MLX, and a BLAS that is faster than the reference one it comes with: full precision is multiplied ten times as fast.
const PINS: &str = "\
mlx-cpu==0.32.2 --hash=sha256:fc5d31b90fc4f457b2f9614ed45651a567d22a6a11a03d114a90a4e10bdd8878
scipy-openblas32==0.3.34.481.3 --hash=sha256:0595f94cd58c1f8a0d90c975621f4587337a003916b1979e834ebdf2cb5d9504
";
/// The models that the tests run: one of each architecture.
const MODELS: [&str; 2] = ["smollm2-135m", "qwen2.5-coder-0.5b"];
/// What the backend is for.
const MAC: &str = "aarch64-apple-darwin";
/// What the tests are about.
const TESTED: [&str; 4] = [
    "crates/cmdai-backends/src/embedded",
    "crates/cmdai-backends/Cargo.toml",
    "tests/contract/mlx.rs",
    "xtask/mlx-linux",
];
/// What is run unless something else is asked for.
const TESTS: [&str; 8] =
    ["test", "--package", "cmdai-backends", "--features", "mlx", "--lib", "--test", "mlx_contract"];

/// The command: with arguments, any other command of cargo in the same environment.
pub(crate) fn command(workspace: &Workspace, args: &[String]) -> Result<ExitCode> {
    setup::ensure(workspace)?;
    let mlx = installed(workspace)?;
    let args = after_dashes(args);
    let mut cargo = if args.is_empty() {
        check(Command::new(workspace.build_cmdai(false)?).args(["model", "pull"]).args(MODELS))?;
        workspace.cargo(TESTS)
    } else {
        workspace.cargo(args)
    };
    check(environment(&mut cargo, workspace, &mlx))?;
    if args.is_empty() {
        for_mac(workspace, &mlx)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Looks at the types for Apple silicon, with Metal, where that target's standard library is installed. No C is compiled for it: the
/// declarations of MLX that Linux made stand in for those that its build would make.
fn for_mac(workspace: &Workspace, mlx: &Path) -> Result<()> {
    let libraries = Command::new("rustc").args(["--print", "target-libdir", "--target", MAC]).output()?.stdout;
    if !Path::new(String::from_utf8(libraries)?.trim()).is_dir() {
        eprintln!("mlx: LEFT OUT: types for {MAC}: its standard library is not here (rustup target add {MAC})");
        return Ok(());
    }
    let declared = declared(workspace).context("the build of mlx-sys left no declarations")?;
    let mut cargo = workspace.cargo(["check", "--package", "cmdai-backends", "--no-default-features"]);
    cargo.args(["--features", "mlx", "--lib", "--target", MAC, "--config"]);
    cargo.arg(format!("target.{MAC}.mlx.rustc-env.OUT_DIR={:?}", declared.display().to_string()));
    check(environment(&mut cargo, workspace, mlx).env("RUSTFLAGS", "-Ctarget-cpu=apple-m1"))?;
    eprintln!("mlx: the types are right for {MAC}");
    Ok(())
}

/// Where the build of mlx-sys here left its declarations of MLX, if it was built.
pub(crate) fn declared(workspace: &Workspace) -> Option<PathBuf> {
    let built = workspace.root.join("target/mlx/debug/build");
    let outputs = built.read_dir().ok()?.flatten().map(|entry| entry.path().join("out"));
    outputs.filter(|out| out.join("bindings.rs").is_file() && out.join("build/libmlxc.a").is_file()).last()
}

/// The step of CI: the tests, where the last commit (a merge: all of it) or this checkout changed what they are about.
pub(crate) fn if_changed(workspace: &Workspace) -> Result<()> {
    let mut git = Command::new("git");
    git.current_dir(&workspace.root).args(["diff", "--quiet", "HEAD^1", "--"]).args(TESTED);
    match git.status()?.code() {
        Some(0) => eprintln!("mlx: LEFT OUT: nothing of it changed; `cargo xtask mlx-linux` runs its tests"),
        Some(1) if cfg!(all(target_os = "linux", target_arch = "x86_64")) => drop(command(workspace, &[])?),
        Some(1) => eprintln!("mlx: LEFT OUT: there is no such MLX for this system"),
        _ => eprintln!("mlx: LEFT OUT: the commit before is not here, so what changed is not known"),
    }
    Ok(())
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
        .env("CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUNNER", kit.join("run.sh"))
        .env("CMAKE_TOOLCHAIN_FILE", kit.join("toolchain.cmake"))
        .env("CMAKE_PREFIX_PATH", mlx.join("mlx"))
        .env("BINDGEN_EXTRA_CLANG_ARGS", format!("{known} -include {}", kit.join("compat.h").display()))
        .env("LIBRARY_PATH", &libraries)
        .env("LD_LIBRARY_PATH", &libraries)
        // One thread, as MLX itself has here: the sums are then always the same.
        .env("OPENBLAS_NUM_THREADS", "1")
}

/// The directory with MLX, fetched on first use.
fn installed(workspace: &Workspace) -> Result<PathBuf> {
    let home = workspace.tools().join(format!("mlx-{VERSION}"));
    if fs::read_to_string(home.join("pins.txt")).is_ok_and(|pins| pins == PINS) {
        return Ok(home);
    }
    eprintln!("fetching MLX {VERSION} for processors into target/tools, once");
    let partial = workspace.tools().join("mlx.partial");
    let without = |old: &Path| match fs::remove_dir_all(old) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    };
    without(&partial)?;
    fs::create_dir_all(&partial)?;
    fs::write(partial.join("pins.txt"), PINS)?;
    let mut pip = Command::new("python3");
    pip.current_dir(&partial).args(["-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes"]);
    pip.args(["--target", ".", "--only-binary=:all:", "--requirement", "pins.txt"]);
    check(pip.stdout(std::io::stderr()))?;
    let source = |name: &str| workspace.root.join("xtask/mlx-linux").join(name);
    let mut object = Command::new("cc");
    check(object.current_dir(&partial).args(["-O1", "-fPIC", "-c", "-o", "mach_time.o"]).arg(source("mach_time.c")))?;
    check(Command::new("ar").current_dir(&partial).args(["rcs", "libmach_time.a", "mach_time.o"]))?;
    let blas = "scipy_openblas32/lib";
    let found_beside = format!("-Wl,-rpath,$ORIGIN/{blas}");
    let mut shared = Command::new("cc");
    shared.current_dir(&partial).args(["-O1", "-fPIC", "-shared", "-o", "libcmdai_blas.so"]).arg(source("blas.c"));
    check(shared.args(["-L", blas, "-l", "scipy_openblas", &found_beside]))?;
    without(&home)?;
    fs::rename(&partial, &home).with_context(|| format!("cannot write {}", home.display()))?;
    Ok(home)
}
