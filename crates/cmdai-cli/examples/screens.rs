//! How long the full screens take from a key until they are painted again: `cargo xtask bench screens`.

#![allow(clippy::print_stdout, reason = "a bench that prints what it measured")]

use cmdai_cli::commands::{config, history};
use std::error::Error;
use std::time::Duration;

const KEYS: usize = 10_000;
/// Entries of the histories that are searched.
const ENTRIES: [usize; 2] = [10_000, 100_000];
/// What a frame may take on a screen that shows sixty of them in a second, and what a search may take before it feels slow.
const FRAME: Duration = Duration::from_millis(16);
const SEARCH: Duration = Duration::from_millis(50);

fn main() -> Result<(), Box<dyn Error>> {
    let keys = std::env::args().nth(1).and_then(|number| number.parse().ok()).unwrap_or(KEYS);
    println!("{:<48}{:>10}{:>10}{:>10}", "from a key, at 120x40, milliseconds", "p50", "p95", "max");
    let settings = config::measure::measure(keys)?;
    row("settings, to the painted buffer", settings.painted, FRAME);
    row("settings, to bytes for the terminal", settings.sent, FRAME);
    for entries in ENTRIES {
        let dir = tempfile::tempdir()?;
        let times = history::measure::measure(entries, dir.path())?;
        row(&format!("search in {entries} entries, to bytes"), times, SEARCH);
    }
    Ok(())
}

fn row(name: &str, mut times: Vec<Duration>, bar: Duration) {
    times.sort();
    let at = |percent: usize| times.get((times.len() * percent / 100).min(times.len().saturating_sub(1))).copied();
    let shown = |time: Option<Duration>| time.map_or(f64::NAN, |time| time.as_secs_f64() * 1000.0);
    let kept = if at(95).is_some_and(|time| time < bar) { "kept" } else { "BROKEN" };
    let (p50, p95, max) = (shown(at(50)), shown(at(95)), shown(times.last().copied()));
    println!("{name:<48}{p50:>10.2}{p95:>10.2}{max:>10.2}   p95 below {} ms: {kept}", bar.as_millis());
}
