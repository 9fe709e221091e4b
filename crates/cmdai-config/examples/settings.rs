//! Shows every setting as it counts for this process and where it is from: `cargo run -p cmdai-config --example settings`.
//!
//! With `--reference`, `--schema` or `--example` it prints the documents instead.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "it is what it is for")]

use cmdai_config::{Environment, Inputs, Places, example_file, json_schema, load_anyway, reference};
use cmdai_core::request::Platform;
use std::error::Error;
use std::time::Instant;

fn main() -> Result<(), Box<dyn Error>> {
    match std::env::args().nth(1).as_deref() {
        Some("--reference") => print!("{}", reference()),
        Some("--schema") => println!("{:#}", json_schema()),
        Some("--example") => print!("{}", example_file()),
        _ => list()?,
    }
    Ok(())
}

fn list() -> Result<(), Box<dyn Error>> {
    let cwd = std::env::current_dir()?;
    let started = Instant::now();
    let environment: Environment = std::env::vars_os().collect();
    let places = Places::find(Platform::current(), &environment, &cwd, &|path| path.exists());
    let loaded = load_anyway(&Inputs { places: &places, environment: &environment, flags: &[], check: None });
    let took = started.elapsed();
    for effective in &loaded.effective {
        println!("{} = {}  # {}", effective.key, effective.value.to_toml(), effective.origin);
        for (origin, value) in &effective.below {
            println!("#   over {} from {origin}", value.to_toml());
        }
    }
    for diagnostic in &loaded.diagnostics {
        eprintln!("{diagnostic}\n");
    }
    eprintln!("loaded in {took:.0?}");
    Ok(())
}
