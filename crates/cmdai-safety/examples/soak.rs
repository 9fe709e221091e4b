//! Fuzzing without a fuzzer: judges generated and mutated texts for some time and says what was wrong with them.
//!
//! `cargo run --release -p cmdai-safety --example soak -- --seconds 60 --seed 1`. Half of the texts come out of a small grammar
//! of shells, half are rows of the corpus with bytes changed, moved, doubled or joined. Checked of each: no panic of this crate
//! (one of the parser's is caught by the crate and only counted), spans slice the text, the same text is judged the same twice,
//! and time stays in proportion to length. All times are of the processor, `--seconds` too, because others may be busy. The exit status
//! is 1 if anything was found; the seed and the text say how to see it again.

#![allow(clippy::print_stdout, reason = "a program prints")]

use cmdai_core::assess::Assess;
use cmdai_core::context::ExecutionContext;
use cmdai_core::request::{Platform, SafetyLevel, ShellType};
use cmdai_safety::Analyzer;
use cpu_time::{ProcessTime, ThreadTime};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

const CORPUS: &str = concat!(
    include_str!("../../../tests/data/safety/good.tsv"),
    include_str!("../../../tests/data/safety/bad.tsv"),
    include_str!("../../../tests/data/safety/accept.tsv"),
    include_str!("../../../tests/data/safety/fish.tsv"),
    include_str!("../../../tests/data/safety/powershell.tsv"),
    include_str!("../../../tests/data/safety/nu.tsv"),
    include_str!("../../../tests/data/safety/families.tsv"),
    include_str!("../../../tests/data/safety/cmd.tsv"),
);
const PIECES: &[&str] = &[
    "rm",
    "-rf",
    "/",
    "~",
    "ls",
    "echo",
    "eval",
    "sh",
    "bash -c",
    "sudo",
    "xargs",
    "find . -exec",
    "curl u",
    "base64 -d",
    "python3 -c",
    "awk",
    "sed",
    "cd",
    "x=",
    "$x",
    "${x:-",
    "${x//a/b}",
    "${x#*a}",
    "$(",
    ")",
    "`",
    "'",
    "\"",
    "$'\\x72",
    "{a,",
    "}",
    "{1..9}",
    "[[",
    "]]",
    "((",
    "))",
    "(",
    "|",
    "&&",
    "||",
    ";",
    "&",
    "\n",
    "<<E\n",
    "\nE\n",
    "<<<",
    ">",
    ">>",
    "2>&1",
    "<(",
    ">(",
    "if",
    "then",
    "else",
    "fi",
    "for i in",
    "do",
    "done",
    "while",
    "case x in a)",
    ";;",
    "esac",
    "f() {",
    "time",
    "!",
    "#",
    "\\",
    "\\\n",
    "*",
    "?",
    "[a-z]",
    "@(a|b)",
    "é",
    "\u{202e}",
    "\u{f8f0}",
    "\r",
    "\t",
    "\0",
    "%x%",
    "^",
    "$env:x",
    "-enc",
    "iex",
    "@'\n",
    "\n'@",
    "$(x)",
    "| %{",
    "for /f %i in (",
    "begin;",
    "end",
    "string join",
    "and",
    "printf %s",
    "{} +",
    "\\;",
    "=(",
    "+=",
    "~user",
    "$((",
    "1+",
    "alias a=",
    "trap",
    "exec",
    "tr a-z",
    "-e",
    "system(\"",
    "\")",
];
/// A text is suspected when it takes longer than this for each KiB, beyond what any text takes.
const SLOW: Duration = Duration::from_millis(4);
const ANY_TEXT: Duration = Duration::from_millis(5);

static OURS: Mutex<Vec<String>> = Mutex::new(Vec::new());
/// The text at hand and its number, for [`watch`].
static AT_HAND: Mutex<(u64, String)> = Mutex::new((0, String::new()));
static OF_THE_PARSER: AtomicU64 = AtomicU64::new(0);

/// xorshift64*: the same texts for the same seed.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() >> 33).unwrap_or(0) % limit.max(1)
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from.get(self.below(from.len())).copied().unwrap_or_default()
    }
}

fn generated(random: &mut Random) -> String {
    let mut text = String::new();
    for _ in 0..=random.below(40) {
        let piece = random.pick(PIECES);
        for _ in 0..if random.below(30) == 0 { random.below(200) } else { 1 } {
            text.push_str(piece);
        }
        if random.below(3) > 0 {
            text.push(' ');
        }
    }
    text
}

fn mutated(random: &mut Random, rows: &[&str]) -> String {
    let mut bytes = random.pick(rows).replace('⏎', "\n").into_bytes();
    for _ in 0..=random.below(6) {
        let at = random.below(bytes.len() + 1);
        let to = at + random.below(bytes.len().saturating_sub(at) + 1);
        match random.below(6) {
            0 => {
                bytes.drain(at..to);
            }
            1 => {
                let piece = bytes.get(at..to).unwrap_or_default().to_vec();
                bytes.splice(at..at, piece);
            }
            2 => {
                bytes.splice(at..at, random.pick(PIECES).bytes());
            }
            3 => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = u8::try_from(random.below(256)).unwrap_or(b'x');
                }
            }
            4 => {
                bytes.splice(at..to, random.pick(rows).replace('⏎', "\n").bytes());
            }
            _ => bytes.rotate_left(at),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn argument(name: &str, otherwise: u64) -> u64 {
    let args: Vec<String> = std::env::args().collect();
    let at = args.iter().position(|arg| arg == name);
    at.and_then(|at| args.get(at + 1)).and_then(|value| value.parse().ok()).unwrap_or(otherwise)
}

/// Ends the program when one text takes longer than ten seconds.
fn watch() {
    let (mut before, mut since) = (u64::MAX, ProcessTime::now());
    loop {
        std::thread::sleep(Duration::from_secs(10));
        let Ok(now) = AT_HAND.lock() else { return };
        if now.0 != before {
            (before, since) = (now.0, ProcessTime::now());
        } else if since.elapsed() >= Duration::from_secs(10) {
            println!("FOUND hangs in {}", now.1);
            std::process::exit(1);
        }
    }
}

fn main() -> std::process::ExitCode {
    let (seconds, seed) = (argument("--seconds", 60), argument("--seed", 1));
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        if place.contains("shuck-") {
            OF_THE_PARSER.fetch_add(1, Ordering::Relaxed);
        } else if let Ok(mut ours) = OURS.lock() {
            ours.push(place);
        }
    }));
    let rows: Vec<&str> =
        CORPUS.lines().filter(|l| !l.starts_with("# ")).filter_map(|l| l.split('\t').nth(1)).collect();
    std::thread::spawn(watch);
    let (analyzer, start) = (Analyzer::new(), ProcessTime::now());
    let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let (mut texts, mut bytes, mut found) = (0u64, 0usize, Vec::new());
    let mut slowest: (Duration, String) = Default::default();
    while start.elapsed() < Duration::from_secs(seconds) {
        let text = if random.below(2) == 0 { generated(&mut random) } else { mutated(&mut random, &rows) };
        let shell = ShellType::ALL.get(random.below(ShellType::ALL.len())).copied().unwrap_or(ShellType::Bash);
        let here = ExecutionContext::new("/home/ada/p".into(), shell, Platform::Linux, chrono::DateTime::UNIX_EPOCH);
        if let Ok(mut now) = AT_HAND.lock() {
            *now = (texts, format!("{shell}: {text:?}"));
        }
        let before = OURS.lock().map_or(0, |ours| ours.len());
        let judge = || {
            let from = ThreadTime::now();
            let judged = std::panic::catch_unwind(|| analyzer.assess(&text, &here, SafetyLevel::Moderate));
            (judged, from.elapsed())
        };
        let ((first, once), (second, twice)) = (judge(), judge());
        texts += 1;
        bytes += text.len();
        let kib = u32::try_from(text.len() / 1024 + 1).unwrap_or(1);
        let each = once.min(twice) / kib;
        if each > slowest.0 {
            slowest = (each, format!("{shell}: {text:?}"));
        }
        let problem = match (&first, &second) {
            (Ok(a), Ok(b)) if a != b => Some("judged differently the second time"),
            (Ok(a), Ok(_)) if a.findings().iter().any(|f| text.get(f.span.clone()).is_none()) => {
                Some("a span slices nothing")
            }
            (Ok(_), Ok(_)) if OURS.lock().map_or(0, |ours| ours.len()) > before => {
                Some("a panic of this crate was caught")
            }
            (Ok(_), Ok(_)) if once.min(twice) > ANY_TEXT + SLOW * kib => Some("slow"),
            (Ok(_), Ok(_)) => None,
            _ => Some("panicked"),
        };
        if let Some(problem) = problem {
            found.push(format!("{problem} ({:?}) in {shell}: {text:?}", once.min(twice)));
        }
    }
    println!("{texts} texts, {} KiB, seed {seed}, {:?}", bytes / 1024, start.elapsed());
    println!("{} panics of the parser, caught", OF_THE_PARSER.load(Ordering::Relaxed));
    println!("slowest: {:?} for a KiB, {}", slowest.0, slowest.1);
    for line in found.iter().take(20) {
        println!("FOUND {line}");
    }
    if let Ok(ours) = OURS.lock() {
        ours.iter().take(20).for_each(|place| println!("PANIC at {place}"));
    }
    println!("{} findings", found.len());
    if found.is_empty() { std::process::ExitCode::SUCCESS } else { std::process::ExitCode::FAILURE }
}
