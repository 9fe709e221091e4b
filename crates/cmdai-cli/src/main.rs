//! The `cmdai` binary: nothing but the way in and out.

use std::time::Instant;

fn main() {
    let started = Instant::now();
    let code = cmdai_cli::run(std::env::args_os(), started);
    // `_exit`: inference may still be running in its thread, and freeing a gigabyte of model first helps nobody.
    signal_hook::low_level::exit(code.into());
}
