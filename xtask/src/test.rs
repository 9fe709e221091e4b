//! `cargo xtask test`: every test of the workspace, on a machine that has everything they need.
//!
//! After [`crate::setup`]; the last step of [`crate::ci`]. All in the dev profile, in which llama.cpp is optimised too, so it
//! is compiled once. Documentation tests come first: a CI that reads the closing lines of the runner then reads those of the
//! real tests, and never "0 passed" of a crate without examples.
//!
//! llama.cpp's own server takes minutes to build, so it is built only with `--servers`, and CI does without: where it lies in
//! `target/tools` already its tests run, and where not it is said at the end that they were left out.

use crate::after_dashes;
use crate::llama_cpp::{self, Tool};
use crate::setup;
use crate::workspace::{Workspace, check, on_path};
use anyhow::Result;
use std::process::{Command, ExitCode};

/// The models that tests run: a tiny one for mechanics, the default one for promises.
const MODELS: [&str; 2] = ["smollm2-135m", "qwen2.5-coder-1.5b"];

/// The command; with arguments (a filter, `--nocapture`) documentation tests are left out.
pub(crate) fn command(workspace: &Workspace, args: &[String]) -> Result<ExitCode> {
    let (with_servers, args) = taken(args);
    setup::ensure(workspace)?;
    setup::for_tests();
    if with_servers {
        llama_cpp::build(workspace, Tool::Server)?;
    }
    let binary = workspace.build_cmdai(false)?;
    check(Command::new(binary).args(["model", "pull"]).args(MODELS))?;
    if args.is_empty() {
        check(&mut workspace.cargo(["test", "--workspace", "--doc"]))?;
    }
    let mut tests = runner(workspace, on_path("cargo-nextest").is_some());
    if with_servers {
        tests.env("CMDAI_TEST_SERVERS", "1");
    }
    check(tests.args(args))?;
    if llama_cpp::built(workspace, Tool::Server).is_none() {
        eprintln!("test: LEFT OUT: what needs llama-server; `cargo xtask test --servers` builds it and runs that, too");
    }
    Ok(ExitCode::SUCCESS)
}

/// Whether real servers are demanded, and what goes to the test runner.
fn taken(args: &[String]) -> (bool, &[String]) {
    match args.split_first() {
        Some((first, rest)) if first == "--servers" => (true, after_dashes(rest)),
        _ => (false, after_dashes(args)),
    }
}

/// nextest where it is installed: it names slow tests and isolates each in a process.
fn runner(workspace: &Workspace, nextest: bool) -> Command {
    if nextest {
        workspace.cargo(["nextest", "run", "--workspace", "--no-fail-fast"])
    } else {
        // One at a time: two models at once slow each other down many times over.
        let mut tests = workspace.cargo(["test", "--workspace", "--lib", "--bins", "--tests", "--examples"]);
        tests.env("RUST_TEST_THREADS", "1");
        tests
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_demanded_before_the_arguments_of_the_runner() {
        let check = |line: &str, expected: (bool, &str)| {
            let args: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            let (with_servers, rest) = taken(&args);
            assert_eq!((with_servers, rest.join(" ").as_str()), expected, "{line}");
        };
        check("", (false, ""));
        check("--servers", (true, ""));
        check("--servers -- remote --nocapture", (true, "remote --nocapture"));
        check("-- --servers", (false, "--servers"));
        check("remote", (false, "remote"));
    }
}
