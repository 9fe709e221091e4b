//! `cargo xtask check-targets`: compiles the workspace for the other systems it is for, as far as this machine can.
//!
//! Beside [`crate::ci`], which compiles for this machine alone: another target needs its standard library (`rustup target add`),
//! and what is missing is said and left out. With `--test` the tests of Windows run under Wine. For macOS there is no C compiler
//! and none is needed for types: the declarations of llama.cpp and SQLite that this machine's build made stand in for those that
//! its own would make, as [`crate::mlx_linux`] does with MLX.
//!
//! For Windows llama.cpp is built without choice at run time, for processors since 2009 (x86-64-v2): GCC aligns the stack there
//! for 16 bytes, and AVX code that keeps 32 on it fails.

use crate::mlx_linux;
use crate::setup;
use crate::workspace::{Workspace, check, on_path, out_dir};
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

/// A system and how it is compiled for from here.
struct Target {
    triple: &'static str,
    /// Prefix of the C compiler's programs; none where there is none to be had.
    c: Option<&'static str>,
    /// Runs its programs here.
    runner: Option<&'static str>,
}

const TARGETS: [Target; 2] = [
    Target { triple: "x86_64-pc-windows-gnu", c: Some("x86_64-w64-mingw32"), runner: Some("wine") },
    Target { triple: "aarch64-apple-darwin", c: None, runner: None },
];

const LIBRARIES: [&str; 6] =
    ["cmdai-core", "cmdai-safety", "cmdai-verify", "cmdai-config", "cmdai-history", "cmdai-backends"];

/// The command.
pub(crate) fn command(workspace: &Workspace, args: &[String]) -> Result<ExitCode> {
    let test = match args {
        [] => false,
        [flag] if flag == "--test" => true,
        _ => bail!("check-targets knows --test alone"),
    };
    setup::ensure(workspace)?;
    for target in &TARGETS {
        let triple = target.triple;
        if !has_std(triple)? {
            eprintln!(
                "check-targets: LEFT OUT: {triple}: its standard library is not here (rustup target add {triple})"
            );
            continue;
        }
        match target.c.map(compiler) {
            Some(None) => {
                eprintln!(
                    "check-targets: LEFT OUT: {triple}: its C compiler is not here (Debian's g++-mingw-w64-x86-64)"
                );
            }
            Some(Some(gcc)) => {
                let all = ["check", "--all-targets", "--workspace", "--exclude", "xtask"];
                check(cargo(workspace, target, Some(&gcc)).args(all)).context(triple)?;
                eprintln!("check-targets: {triple} compiles");
                if test && let Some(runner) = target.runner {
                    run_tests(workspace, target, &gcc, runner)?;
                }
            }
            None => types(workspace, target).context(triple)?,
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Looks at the types where no C can be compiled. Tests of the program are left out: they compile a grammar in C.
fn types(workspace: &Workspace, target: &Target) -> Result<()> {
    let declared = declared(workspace, target.triple)?;
    let mlx = mlx_linux::declared(workspace);
    let (mut libraries, mut program) = (cargo(workspace, target, None), cargo(workspace, target, None));
    libraries.args(["check", "--all-targets"]).args(LIBRARIES.iter().flat_map(|name| ["--package", name]));
    check(libraries.args(&declared))?;
    eprintln!("check-targets: the types of the libraries are right for {}", target.triple);
    let Some(mlx) = mlx else {
        eprintln!("check-targets: LEFT OUT: the program for {}: run `cargo xtask mlx-linux` first", target.triple);
        return Ok(());
    };
    program.args(["check", "--package", "cmdai-cli", "--lib", "--bins"]).args(&declared);
    check(program.args(instead_of_build(target.triple, "mlx", Some(&mlx))))?;
    eprintln!("check-targets: the types of the program are right for {}", target.triple);
    Ok(())
}

/// What keeps cargo from the build scripts that compile C, by the names under which they link.
fn declared(workspace: &Workspace, triple: &str) -> Result<Vec<String>> {
    let mut command = workspace.cargo(["build", "--workspace", "--bins", "--message-format=json-render-diagnostics"]);
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output()?;
    let messages = String::from_utf8_lossy(&output.stdout);
    let built = |name| out_dir(&messages, name).with_context(|| format!("the build of {name} left no declarations"));
    let ring = version(&messages, "ring").context("ring was not built")?.replace('.', "_");
    Ok([
        instead_of_build(triple, "llama", Some(&built("llama-cpp-sys-2")?)),
        instead_of_build(triple, "sqlite3", Some(&built("libsqlite3-sys")?)),
        instead_of_build(triple, &format!("ring_core_{ring}_"), None),
    ]
    .concat())
}

/// `--config` for a build script that is not to run: with the directory that it would have filled.
fn instead_of_build(triple: &str, links: &str, out: Option<&Path>) -> [String; 2] {
    let script = format!("target.{triple}.{links}");
    let config = out.map_or_else(
        || format!("{script}.rustc-link-lib=[]"),
        |out| format!("{script}.rustc-env.OUT_DIR={:?}", out.display().to_string()),
    );
    ["--config".to_owned(), config]
}

/// The version of a crate, by cargo's JSON messages.
fn version(messages: &str, name: &str) -> Option<String> {
    let (_, after) = messages.split_once(&format!("#{name}@"))?;
    Some(after.split('"').next()?.to_owned())
}

/// The tests of the libraries, the worker over its pipe, and the program where there is no terminal.
fn run_tests(workspace: &Workspace, target: &Target, gcc: &Path, runner: &str) -> Result<()> {
    if on_path(runner).is_none() {
        eprintln!("check-targets: LEFT OUT: tests for {}: {runner} is not installed", target.triple);
        return Ok(());
    }
    let wine = workspace.root.join("target/targets/wine");
    fill_in(&wine, gcc)?;
    let mut command = cargo(workspace, target, Some(gcc));
    command.env("WINEPREFIX", wine.join("prefix")).env("WINEPATH", format!("Z:{}", wine.display()).replace('/', "\\"));
    command.args(["test", "--no-fail-fast", "--workspace", "--exclude", "xtask", "--lib"]);
    check(command.args(["--test", "program", "--test", "worker"])).context(target.triple)
}

/// What Rust asks of Windows for random numbers and Wine before version 9 has not: made here of what it has.
fn fill_in(dir: &Path, gcc: &Path) -> Result<()> {
    const SOURCE: &str = "#include <windows.h>\n\
        BOOLEAN NTAPI SystemFunction036(PVOID, ULONG);\n\
        __declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE to, SIZE_T n) { return SystemFunction036(to, (ULONG)n); }\n";
    let library = dir.join("bcryptprimitives.dll");
    fs::create_dir_all(dir)?;
    fs::write(dir.join("prng.c"), SOURCE)?;
    check(Command::new(gcc).arg("-shared").arg("-o").arg(library).arg(dir.join("prng.c")).arg("-ladvapi32"))
}

/// A cargo for the target, with a directory and flags of its own: those of this workspace are for this machine's processor.
fn cargo(workspace: &Workspace, target: &Target, compiler: Option<&Path>) -> Command {
    let mut command = workspace.cargo::<&str>([]);
    command.env("CARGO_BUILD_TARGET", target.triple).env("CARGO_TARGET_DIR", workspace.root.join("target/targets"));
    command.env("RUSTFLAGS", flags(target.triple));
    if let (Some(prefix), Some(gcc)) = (target.c, compiler) {
        let underscored = target.triple.replace('-', "_");
        let upper = underscored.to_uppercase();
        let kit = workspace.root.join("xtask/windows");
        command.env(format!("CC_{underscored}"), gcc);
        command.env(format!("CARGO_TARGET_{upper}_LINKER"), kit.join("x86_64-w64-mingw32-gcc"));
        command.env(format!("CXX_{underscored}"), gcc.to_string_lossy().replace("-gcc", "-g++"));
        command.env(format!("AR_{underscored}"), format!("{prefix}-ar"));
        for flags in ["CFLAGS", "CXXFLAGS"] {
            let compat = format!("-include {}", kit.join("compat.h").display());
            command.env(format!("{flags}_{underscored}"), compat);
        }
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
fn compiler(prefix: &str) -> Option<PathBuf> {
    on_path(&format!("{prefix}-gcc-posix"))
}

fn has_std(triple: &str) -> Result<bool> {
    let output = Command::new("rustc").args(["--print", "target-libdir", "--target", triple]).output()?;
    let dir = PathBuf::from(String::from_utf8(output.stdout)?.trim());
    let mut names = dir.read_dir().into_iter().flatten().flatten().map(|entry| entry.file_name());
    Ok(names.any(|name| name.to_string_lossy().starts_with("libstd-")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_standard_library_is_there_or_not() {
        let output = Command::new("rustc").args(["--version", "--verbose"]).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let host = text.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
        assert!(has_std(host).unwrap());
        assert!(!has_std("avr-none").unwrap());
    }

    #[test]
    fn a_build_script_is_replaced_by_what_it_would_have_written() {
        let messages = r#"{"package_id":"registry+https://r.example#ring@0.17.14","target":{}}"#;
        assert_eq!(version(messages, "ring").as_deref(), Some("0.17.14"));
        assert_eq!(version(messages, "rin"), None);
        let config = instead_of_build("t", "llama", Some(Path::new("/built here")));
        assert_eq!(config, ["--config", "target.t.llama.rustc-env.OUT_DIR=\"/built here\""]);
    }

    #[test]
    fn no_target_is_compiled_for_this_processor() {
        for target in &TARGETS {
            assert!(flags(target.triple).starts_with("-Ctarget-cpu=") && !flags(target.triple).contains("native"));
        }
    }
}
