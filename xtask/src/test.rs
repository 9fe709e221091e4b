//! `cargo xtask test`: every test of the workspace, on a machine that has everything they need.
//!
//! After [`crate::setup`]; the last step of [`crate::ci`]. All in the dev profile, in which llama.cpp is optimised too, so it
//! is compiled once. Documentation tests come first: a CI that reads the closing lines of the runner then reads those of the
//! real tests, and never "0 passed" of a crate without examples.

use crate::setup;
use crate::workspace::{Workspace, check, on_path};
use anyhow::Result;
use std::process::{Command, ExitCode};

/// The models that tests run: a tiny one for mechanics, the default one for promises.
const MODELS: [&str; 2] = ["smollm2-135m", "qwen2.5-coder-1.5b"];

/// The command; with arguments (a filter, `--nocapture`) documentation tests are left out.
pub(crate) fn command(workspace: &Workspace, args: &[String]) -> Result<ExitCode> {
    setup::ensure(workspace)?;
    let binary = workspace.build_cmdai(false)?;
    check(Command::new(binary).args(["model", "pull"]).args(MODELS))?;
    if args.is_empty() {
        check(&mut workspace.cargo(["test", "--workspace", "--doc"]))?;
    }
    check(runner(workspace, on_path("cargo-nextest").is_some()).args(args))?;
    Ok(ExitCode::SUCCESS)
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
