//! `cargo xtask COMMAND`: everything a developer or CI does here, as one program in the language of the project.
//!
//! It is built before anything else, on machines that have only Rust, so it depends on little and never on our crates; that is
//! why the arguments are taken apart by hand. Each module is one command and can be read alone; [`workspace`] serves them all.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a tool that talks to the developer")]

mod bench;
mod cargo_tool;
mod ci;
mod deny;
mod dist;
mod llama_cpp;
mod mlx_linux;
mod run;
mod setup;
mod targets;
mod test;
mod tidy;
mod workspace;

use anyhow::{Result, bail};
use std::process::ExitCode;
use workspace::Workspace;

const HELP: &str = "\
Usage: cargo xtask COMMAND

  setup [--system] [--check]  make this machine able to build: cmake, libclang, a C++ compiler, Python with pip.
                              What is missing comes as pinned Python wheels into target/tools; with --system
                              (or CMDAI_SETUP_SYSTEM=1) from apt-get, dnf or brew. --check changes nothing.
  run [-- ARGS...]            set up, build cmdai with optimisation, run cmdai ARGS; a missing model is fetched
  model [ARGS...]             cmdai model ARGS, with the built binary (list, pull, rm, path, ...)
  test [--servers] [-- ARGS]  set up, fetch the models that tests need, run all tests; ARGS go to the test runner.
                              With --servers llama-server is built first and its tests must run
  ci [STEP...]                all that CI checks, with a table of times; or only the named steps:
                              fmt tidy clippy deny docs test smoke mlx
  llama-server                build llama.cpp's own server, which tests and benches use, and print its path
  mlx-linux [-- ARGS...]      run the tests of the MLX backend on Linux (without Metal), or cargo ARGS in that environment
  tidy                        the rules of this repository that no compiler knows
  dist [--check [NAME...]]    make what is handed out (archive, Debian package, sums), and prove it; --help says more
  check-targets [--test]      compile for the other systems, as far as this machine can; --test runs those of Windows under Wine
  bench [SUBJECT] [OPTIONS]   measures: speed (beside llama-bench), backends, safety, history,
                              settings, accuracy; --help lists the options
  help                        this text
";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&args) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(args: &[String]) -> Result<ExitCode> {
    let (command, rest) = match args.split_first() {
        None => ("help", args),
        Some((command, rest)) => (command.as_str(), rest),
    };
    if matches!(command, "help" | "--help" | "-h") {
        print!("{HELP}");
        return Ok(ExitCode::SUCCESS);
    }
    let workspace = Workspace::find()?;
    match command {
        "setup" => setup::command(&workspace, rest),
        "run" => run::run(&workspace, after_dashes(rest)),
        "model" => run::model(&workspace, after_dashes(rest)),
        "test" => test::command(&workspace, rest),
        "ci" => ci::command(&workspace, rest),
        "llama-server" => {
            println!("{}", llama_cpp::build(&workspace, llama_cpp::Tool::Server)?.display());
            Ok(ExitCode::SUCCESS)
        }
        "mlx-linux" => mlx_linux::command(&workspace, rest),
        "check-targets" => targets::command(&workspace, rest),
        "dist" => dist::command(&workspace, rest),
        "tidy" => tidy::command(&workspace),
        "bench" => bench::command(&workspace, rest),
        _ => bail!("there is no command `{command}`\n\n{HELP}"),
    }
}

/// `-- ARGS` and `ARGS` mean the same: everything is for the program behind.
fn after_dashes(args: &[String]) -> &[String] {
    match args.split_first() {
        Some((first, rest)) if first == "--" => rest,
        _ => args,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_dashes_are_ours() {
        let args = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(after_dashes(&args("-- a -- b")), args("a -- b"));
        assert_eq!(after_dashes(&args("a -- b")), args("a -- b"));
        assert!(after_dashes(&[]).is_empty());
    }
}
