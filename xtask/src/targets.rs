//! `cargo xtask check-targets`: compiles the workspace for the other systems it is for, as far as this machine can.
//!
//! Beside [`crate::ci`], which compiles for this machine alone: another target needs its standard library (`rustup target add`)
//! and a C compiler for llama.cpp and SQLite, so what is missing is said and left out. With `--test` the tests of Windows run
//! under Wine. For a target without a C compiler only the crates without C are looked at.
//!
//! For Windows llama.cpp is built without choice at run time, for processors since 2009 (x86-64-v2): GCC aligns the stack there
//! for 16 bytes, and AVX code that keeps 32 on it fails.

use crate::setup;
use crate::workspace::{Workspace, check, on_path};
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// A system and how it is compiled for from here.
struct Target {
    triple: &'static str,
    /// Prefix of the C compiler's programs; none where the host's own will do, or there is none to be had.
    c: Option<&'static str>,
    /// Runs its programs here.
    runner: Option<&'static str>,
}

const TARGETS: [Target; 3] = [
    Target { triple: "x86_64-unknown-linux-gnu", c: None, runner: None },
    Target { triple: "x86_64-pc-windows-gnu", c: Some("x86_64-w64-mingw32"), runner: Some("wine") },
    Target { triple: "aarch64-apple-darwin", c: None, runner: None },
];

/// Compile without C.
const PURE: [&str; 4] = ["cmdai-core", "cmdai-safety", "cmdai-verify", "cmdai-config"];

/// What runs under Wine: the libraries, and the program where there is no terminal.
const TESTED: [&str; 7] =
    ["cmdai-core", "cmdai-safety", "cmdai-verify", "cmdai-config", "cmdai-history", "cmdai-backends", "cmdai-cli"];

/// The command.
pub(crate) fn command(workspace: &Workspace, args: &[String]) -> Result<ExitCode> {
    let test = match args {
        [] => false,
        [flag] if flag == "--test" => true,
        _ => bail!("check-targets knows --test alone"),
    };
    setup::ensure(workspace)?;
    let host = host()?;
    for target in &TARGETS {
        let triple = target.triple;
        if !has_std(triple)? {
            eprintln!(
                "check-targets: LEFT OUT: {triple}: its standard library is not here (rustup target add {triple})"
            );
            continue;
        }
        let compiler = compiler(target, &host);
        let mut command = cargo(workspace, target, compiler.as_deref());
        command.args(["check", "--all-targets"]);
        if compiler.is_some() {
            command.args(["--workspace", "--exclude", "xtask"]);
        } else {
            eprintln!("check-targets: {triple}: no C compiler for it, so only {}", PURE.join(" "));
            command.args(PURE.iter().flat_map(|name| ["--package", name]));
        }
        check(&mut command).context(triple)?;
        eprintln!("check-targets: {triple} compiles");
        if test && let (Some(runner), Some(_)) = (target.runner, &compiler) {
            run_tests(workspace, target, compiler.as_deref(), runner)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn run_tests(workspace: &Workspace, target: &Target, compiler: Option<&Path>, runner: &str) -> Result<()> {
    if on_path(runner).is_none() {
        eprintln!("check-targets: LEFT OUT: tests for {}: {runner} is not installed", target.triple);
        return Ok(());
    }
    let wine = workspace.root.join("target/targets/wine");
    fill_in(&wine, compiler)?;
    let mut command = cargo(workspace, target, compiler);
    command.env("WINEPREFIX", wine.join("prefix")).env("WINEPATH", format!("Z:{}", wine.display()).replace('/', "\\"));
    command.args(["test", "--no-fail-fast", "--lib", "--test", "program"]);
    command.args(TESTED.iter().flat_map(|name| ["--package", name]));
    check(&mut command).context(target.triple)
}

/// What Rust asks of Windows for random numbers and Wine before version 9 has not: made here of what it has.
fn fill_in(dir: &Path, compiler: Option<&Path>) -> Result<()> {
    const SOURCE: &str = "#include <windows.h>\n\
        BOOLEAN NTAPI SystemFunction036(PVOID, ULONG);\n\
        __declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE to, SIZE_T n) { return SystemFunction036(to, (ULONG)n); }\n";
    let library = dir.join("bcryptprimitives.dll");
    fs::create_dir_all(dir)?;
    fs::write(dir.join("prng.c"), SOURCE)?;
    let mut command = Command::new(compiler.context("no C compiler for Windows")?);
    check(command.arg("-shared").arg("-o").arg(library).arg(dir.join("prng.c")).arg("-ladvapi32"))
}

/// A cargo for the target, with a directory and flags of its own: those of this workspace are for this machine's processor.
fn cargo(workspace: &Workspace, target: &Target, compiler: Option<&Path>) -> Command {
    let mut command = workspace.cargo::<&str>([]);
    command.env("CARGO_BUILD_TARGET", target.triple).env("CARGO_TARGET_DIR", workspace.root.join("target/targets"));
    command.env("RUSTFLAGS", flags(target.triple));
    if let (Some(prefix), Some(gcc)) = (target.c, compiler) {
        let underscored = target.triple.replace('-', "_");
        let upper = underscored.to_uppercase();
        command.env(format!("CC_{underscored}"), gcc).env(format!("CARGO_TARGET_{upper}_LINKER"), gcc);
        command.env(format!("CXX_{underscored}"), gcc.to_string_lossy().replace("-gcc", "-g++"));
        command.env(format!("AR_{underscored}"), format!("{prefix}-ar"));
        command.env(format!("BINDGEN_EXTRA_CLANG_ARGS_{underscored}"), headers(prefix, gcc));
    }
    if let Some(runner) = target.runner {
        command.env(format!("CARGO_TARGET_{}_RUNNER", target.triple.replace('-', "_").to_uppercase()), runner);
        command.env("WINEDEBUG", "-all");
    }
    command
}

fn flags(triple: &str) -> &'static str {
    match triple {
        // The C++ library comes with the program; nothing on Windows has it.
        "x86_64-pc-windows-gnu" => {
            "-Ctarget-cpu=x86-64-v2 -Clink-arg=-Wl,-Bstatic -Clink-arg=-lstdc++ -Clink-arg=-lpthread"
        }
        "x86_64-unknown-linux-gnu" => "-Ctarget-cpu=x86-64",
        _ => "-Ctarget-cpu=generic",
    }
}

/// Where clang, which reads headers for us, finds those of the other system.
fn headers(prefix: &str, gcc: &Path) -> String {
    let output = Command::new(gcc).arg("-print-file-name=include").output();
    let own = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default();
    format!("--target={prefix} -isystem {own} -isystem /usr/{prefix}/include")
}

/// With threads as C++ has them, which the other flavour of the same compiler has not.
fn compiler(target: &Target, host: &str) -> Option<PathBuf> {
    match target.c {
        Some(prefix) => on_path(&format!("{prefix}-gcc-posix")),
        None if target.triple == host => on_path("cc"),
        None => None,
    }
}

fn has_std(triple: &str) -> Result<bool> {
    let output = Command::new("rustc").args(["--print", "target-libdir", "--target", triple]).output()?;
    let dir = PathBuf::from(String::from_utf8(output.stdout)?.trim());
    let mut names = dir.read_dir().into_iter().flatten().flatten().map(|entry| entry.file_name());
    Ok(names.any(|name| name.to_string_lossy().starts_with("libstd-")))
}

fn host() -> Result<String> {
    let output = Command::new("rustc").args(["--version", "--verbose"]).output()?;
    let text = String::from_utf8(output.stdout)?;
    text.lines().find_map(|line| line.strip_prefix("host: ")).map(str::to_owned).context("rustc names no host")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_can_be_compiled_for() {
        let host = host().unwrap();
        assert!(has_std(&host).unwrap());
        assert!(!has_std("avr-none").unwrap());
    }

    #[test]
    fn no_target_is_compiled_for_this_processor() {
        for target in &TARGETS {
            assert!(flags(target.triple).starts_with("-Ctarget-cpu=") && !flags(target.triple).contains("native"));
        }
    }
}
