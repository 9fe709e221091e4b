//! `cargo xtask bench`: what cmdai promises, measured.
//!
//! `speed` is how fast and how large cmdai is, beside llama-bench in the same run. The other subjects are measured by example programs of the
//! crates they are about, so that whoever takes such a crate can measure it as well.
//!
//! Numbers from two runs do not compare: another process or a warmer CPU changes them more than our code does. So each round
//! measures us and the yardstick in turn and yields a ratio, and the median ratio counts. Every measurement is a fresh process
//! with the model in the page cache, because that is what a user's second request is. Run nothing else meanwhile.

pub(crate) mod accuracy;
mod atuin;
mod backends;
mod cmdai;
mod explain;
mod llama_bench;
mod stats;
mod widget;

use crate::llama_cpp;
use crate::setup;
use crate::workspace::{Workspace, check};
use anyhow::{Context, Result, bail};
use cmdai::{Cmdai, Sample};
use llama_bench::{LlamaBench, Speed};
use stats::{Summary, median};
use std::path::PathBuf;
use std::process::{Command, ExitCode};

/// What a request may cost beside loading, prefill and decoding.
const OVERHEAD_MS: f64 = 50.0;
const STARTS: usize = 20;

const HELP: &str = "\
Usage: cargo xtask bench [speed] [OPTIONS]
       cargo xtask bench safety [--rows]
       cargo xtask bench history [ENTRIES...] [--json]
       cargo xtask bench history --atuin [ENTRIES]
       cargo xtask bench accuracy [OPTIONS]
       cargo xtask bench backends [OPTIONS]
       cargo xtask bench screens [KEYS]
       cargo xtask bench widget
       cargo xtask bench explain

safety: rates on the corpus by family, and time of a judgement by length; --rows shows what is judged wrongly in the tuned half.

history: secrets hidden in the samples, then writes as one-shot processes, searches, import and retention beside bare SQLite and LIKE.
  --atuin times whole searches in 100,000 commands beside those of atuin, which is compiled from its crate first (once, minutes).

accuracy: how often the command is right, each run in a sandbox; --help lists the options.

screens: time from a key to the repainted screen of `cmdai config` and `cmdai history search -i`, at 120x40.

widget: what the key of `cmdai init` costs beside generation, beside `cmdai -q`.

explain: what `cmdai explain` takes for some 150 commands, a process each, the first time and again.

backends: the warm worker beside a fresh process and llama-server; --help lists the options.

speed:
  --model NAME     the model of the catalogue [the default one]
  --request TEXT   what is asked [list files larger than 10 MB by size]
  --rounds N       rounds of each measurement, at least 3 [5]
  --threads N      threads of llama-bench, to match cmdai's [physical cores]
  --plain BINARY   a second cmdai to measure beside ours, such as one built without this workspace's flags
";

struct Options {
    model: Option<String>,
    request: String,
    rounds: usize,
    threads: usize,
    plain: Option<PathBuf>,
}

impl Options {
    /// None when only help is wanted.
    fn parse(args: &[String]) -> Result<Option<Self>> {
        let mut options = Self {
            model: None,
            request: "list files larger than 10 MB by size".to_owned(),
            rounds: 5,
            threads: llama_bench::physical_cores(),
            plain: None,
        };
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            if matches!(arg.as_str(), "--help" | "-h") {
                return Ok(None);
            }
            let value = args.next().with_context(|| format!("{arg} needs a value\n\n{HELP}"))?;
            match arg.as_str() {
                "--model" => options.model = Some(value.clone()),
                "--request" => options.request.clone_from(value),
                "--rounds" => options.rounds = value.parse::<usize>().context("--rounds")?.max(3),
                "--threads" => options.threads = value.parse::<usize>().context("--threads")?.max(1),
                "--plain" => options.plain = Some(value.into()),
                _ => bail!("bench does not know {arg}\n\n{HELP}"),
            }
        }
        Ok(Some(options))
    }
}

/// The command.
pub(crate) fn command(workspace: &Workspace, args: &[String]) -> Result<ExitCode> {
    match args.split_first() {
        Some((subject, rest)) if subject == "safety" => {
            example(workspace, "cmdai-safety", "rates", rest)?;
            example(workspace, "cmdai-safety", "latency", &[])
        }
        Some((subject, [flag, rest @ ..])) if subject == "history" && flag == "--atuin" => {
            setup::ensure(workspace)?;
            atuin::command(workspace, rest)
        }
        Some((subject, rest)) if subject == "history" => {
            example(workspace, "cmdai-history", "hidden", &[])?;
            example(workspace, "cmdai-history", "bench", rest)
        }
        Some((subject, rest)) if subject == "backends" => backends::command(workspace, rest),
        Some((subject, rest)) if subject == "accuracy" => accuracy::command(workspace, rest),
        Some((subject, _)) if subject == "explain" => explain::command(workspace),
        Some((subject, _)) if subject == "widget" => widget::command(workspace),
        Some((subject, rest)) if subject == "screens" => screens(workspace, rest),
        Some((subject, rest)) if subject == "speed" => speed(workspace, rest),
        _ => speed(workspace, args),
    }
}

/// Runs an example of a crate, optimised. Alone: what such a crate needs is little, and it does not wait for llama.cpp.
fn example(workspace: &Workspace, package: &str, name: &str, args: &[String]) -> Result<ExitCode> {
    check(
        workspace
            .cargo(["run", "--quiet", "--release", "--package", package, "--example", name, "--"])
            .args(args)
            .env("CARGO_TARGET_DIR", workspace.root.join("target/examples")),
    )?;
    Ok(ExitCode::SUCCESS)
}

/// As [`example`], of the program itself: it has llama.cpp in it, so what is built for the program is used.
fn screens(workspace: &Workspace, args: &[String]) -> Result<ExitCode> {
    setup::ensure(workspace)?;
    let program = ["run", "--quiet", "--release", "--package", "cmdai-cli", "--example", "screens", "--"];
    check(workspace.cargo(program).args(args))?;
    Ok(ExitCode::SUCCESS)
}

fn speed(workspace: &Workspace, args: &[String]) -> Result<ExitCode> {
    let Some(options) = Options::parse(args)? else {
        print!("{HELP}");
        return Ok(ExitCode::SUCCESS);
    };
    setup::ensure(workspace)?;
    let binary = workspace.build_cmdai(true)?;
    let yardstick = llama_cpp::build(workspace, llama_cpp::Tool::Bench)?;
    check(Command::new(&binary).args(["model", "pull"]).args(&options.model).stdout(std::io::stderr()))?;
    let model = cmdai::model_path(&binary, options.model.as_deref())?;
    let ours = Cmdai::new(binary, options.model.clone(), &model, "ours")?;
    let plain =
        options.plain.clone().map(|binary| Cmdai::new(binary, options.model.clone(), &model, "plain")).transpose()?;
    let yardstick = LlamaBench { binary: yardstick, model, threads: options.threads };
    report(&measure(&options, &ours, plain.as_ref(), &yardstick)?, &options);
    Ok(ExitCode::SUCCESS)
}

/// All that was measured; times in milliseconds.
struct Measured {
    start: Vec<f64>,
    without_prefix: Vec<Sample>,
    with_prefix: Vec<Sample>,
    plain: Vec<Sample>,
    yardstick: Vec<Speed>,
    repeated: Vec<f64>,
    peak_mib: Option<f64>,
}

fn measure(options: &Options, ours: &Cmdai, plain: Option<&Cmdai>, yardstick: &LlamaBench) -> Result<Measured> {
    let step = |text: String| eprintln!("bench: {text}");
    step(format!("{STARTS} starts of cmdai --version"));
    let start = (0..STARTS).map(|_| ours.start()).collect::<Result<_>>()?;
    step("one request that is not counted, to fill the page cache".to_owned());
    let first = ours.ask(&options.request)?;
    if let Some(plain) = plain {
        plain.ask(&options.request)?;
    }
    let mut measured = Measured {
        start,
        without_prefix: vec![],
        with_prefix: vec![],
        plain: vec![],
        yardstick: vec![],
        repeated: vec![],
        peak_mib: None,
    };
    for round in 1..=options.rounds {
        step(format!("round {round} of {}", options.rounds));
        measured.with_prefix.push(ours.ask(&options.request)?);
        measured.yardstick.push(yardstick.measure(&first.usage)?);
        if let Some(plain) = plain {
            measured.plain.push(plain.ask(&options.request)?);
        }
    }
    step("without a stored prefix state".to_owned());
    for _ in 0..options.rounds {
        ours.forget_prefix()?;
        measured.without_prefix.push(ours.ask(&options.request)?);
    }
    step("the same request again, from the history".to_owned());
    ours.accept(&options.request)?;
    measured.repeated = (0..STARTS).map(|_| ours.repeat(&options.request)).collect::<Result<_>>()?;
    ours.forget_user()?;
    measured.peak_mib = ours.peak_memory_mib(&options.request)?;
    Ok(measured)
}

fn report(measured: &Measured, options: &Options) {
    let of = |samples: &[Sample], value: fn(&Sample) -> f64| Summary::of(samples.iter().map(value));
    let ms = |name: &str, summary: Option<Summary>| {
        if let Some(s) = summary {
            println!("{name:<44}{:>10.1}{:>10.1}{:>10.1}", s.min, s.median, s.max);
        }
    };
    println!("request: {}", options.request);
    if let Some(sample) = measured.with_prefix.first() {
        println!("command: {}", sample.command.as_deref().unwrap_or("(refused)"));
        println!("model:   {}, {} threads\n", sample.model, options.threads);
        let restored = measured.with_prefix.iter().filter(|sample| sample.usage.prefix_restored).count();
        println!("{:<44}{:>10}{:>10}{:>10}", "milliseconds, a fresh process each", "min", "median", "max");
        ms("start to first byte of --version", Summary::of(measured.start.iter().copied()));
        ms("request to end, answered from the history", Summary::of(measured.repeated.iter().copied()));
        ms("request to first chunk, prefix evaluated", of(&measured.without_prefix, Sample::first_chunk_ms));
        ms("request to end, prefix evaluated", of(&measured.without_prefix, |sample| sample.wall_ms));
        ms("request to first chunk, prefix restored", of(&measured.with_prefix, Sample::first_chunk_ms));
        ms("request to end, prefix restored", of(&measured.with_prefix, |sample| sample.wall_ms));
        ms("request to end, the plain binary", of(&measured.plain, |sample| sample.wall_ms));
        if restored < measured.with_prefix.len() {
            println!("warning: the prefix was restored in {restored} of {} runs", measured.with_prefix.len());
        }
    }
    ratios(measured);
    if let Some(peak) = measured.peak_mib {
        println!("\npeak memory {peak:.0} MiB (pages of the model file counted)");
    }
    bound(measured);
}

/// Ours beside the yardstick, round by round.
fn ratios(measured: &Measured) {
    println!("\n{:<44}{:>10}{:>12}{:>8}", "tokens per second, median of rounds", "cmdai", "llama-bench", "ratio");
    let rounds = || measured.with_prefix.iter().zip(&measured.yardstick);
    let row = |name: String, ours: fn(&Sample) -> f64, theirs: fn(&Speed) -> f64| {
        let line = (
            median(rounds().map(|(sample, _)| ours(sample))),
            median(rounds().map(|(_, speed)| theirs(speed))),
            median(rounds().map(|(sample, speed)| ours(sample) / theirs(speed))),
        );
        if let (Some(ours), Some(theirs), Some(ratio)) = line {
            println!("{name:<44}{ours:>10.1}{theirs:>12.1}{ratio:>8.2}");
        }
    };
    let Some(usage) = measured.with_prefix.first().map(|sample| &sample.usage) else { return };
    row(format!("prefill of {} tokens", usage.prompt_tokens), |s| s.usage.prefill_speed(), |s| s.prefill);
    row(format!("decoding {} tokens", usage.output_tokens), |s| s.usage.decode_speed(), |s| s.decode);
    let plain =
        median(measured.with_prefix.iter().zip(&measured.plain).map(|(ours, plain)| plain.wall_ms / ours.wall_ms));
    if let Some(plain) = plain {
        println!("\nthe plain binary takes {plain:.2} times as long as ours");
    }
}

/// The promise: loading, prefill and decoding at the yardstick's speed, and little else.
fn bound(measured: &Measured) {
    let ours = |value: fn(&Sample) -> f64| median(measured.with_prefix.iter().map(value));
    let theirs = |value: fn(&Speed) -> f64| median(measured.yardstick.iter().map(value));
    let terms = (
        ours(|sample| sample.wall_ms),
        ours(|sample| sample.usage.load_ms),
        ours(|sample| sample.usage.prompt_tokens),
        theirs(|speed| speed.prefill),
        ours(|sample| sample.usage.output_tokens),
        theirs(|speed| speed.decode),
    );
    let (Some(wall), Some(load), Some(prompt), Some(prefill), Some(output), Some(decode)) = terms else { return };
    let (prompt_ms, output_ms) = (prompt / prefill * 1000.0, output / decode * 1000.0);
    let bound = load + prompt_ms + output_ms + OVERHEAD_MS;
    println!("\nbound, at llama-bench's speed, milliseconds");
    println!("  load                {load:>8.0}");
    println!("  {prompt:>3.0} user tokens     {prompt_ms:>8.0}");
    println!("  {output:>3.0} output tokens   {output_ms:>8.0}");
    println!("  overhead allowed    {OVERHEAD_MS:>8.0}");
    println!("  bound               {bound:>8.0}");
    println!("  measured            {wall:>8.0}   {}", if wall <= bound { "kept" } else { "BROKEN" });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_checked() {
        let parse = |text: &str| Options::parse(&text.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
        assert!(parse("--help").unwrap().is_none());
        assert_eq!(parse("--rounds 1").unwrap().unwrap().rounds, 3);
        assert!(parse("--rounds").is_err());
        assert!(parse("--round 5").is_err());
    }
}
