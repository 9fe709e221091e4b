//! How long the full-screen settings take from a key to the repainted screen: `cargo xtask bench settings`.

#![allow(clippy::print_stdout, reason = "a bench that prints what it measured")]

use cmdai_cli::commands::config::measure::measure;
use std::time::Duration;

/// What a frame may take on a screen that shows sixty of them in a second.
const FRAME: Duration = Duration::from_millis(16);
const KEYS: usize = 10_000;

fn main() -> std::io::Result<()> {
    let keys = std::env::args().nth(1).and_then(|number| number.parse().ok()).unwrap_or(KEYS);
    let mut measured = measure(keys)?;
    println!("{keys} keys at 120x40, milliseconds       p50       p95       max");
    for (name, times) in
        [("key to painted buffer", &mut measured.painted), ("key to bytes for the terminal", &mut measured.sent)]
    {
        times.sort();
        let at = |percent: usize| times.get((times.len() * percent / 100).min(times.len().saturating_sub(1)));
        let shown = |time: Option<&Duration>| time.map_or(f64::NAN, |time| time.as_secs_f64() * 1000.0);
        let within = if at(95).is_some_and(|time| *time < FRAME) { "p95 within a frame" } else { "p95 OVER A FRAME" };
        println!("{name:<32}{:>10.2}{:>10.2}{:>10.2}   {within}", shown(at(50)), shown(at(95)), shown(times.last()));
    }
    measured.bytes.sort_unstable();
    let half = measured.bytes.get(measured.bytes.len() / 2).copied().unwrap_or_default();
    println!("bytes a key, p50 {half}, max {}", measured.bytes.last().copied().unwrap_or_default());
    Ok(())
}
