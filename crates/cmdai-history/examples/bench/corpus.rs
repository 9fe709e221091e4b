//! A history that is the same on every machine: commands people type, with requests, directories and exits.

use chrono::{DateTime, Utc};
use cmdai_core::assess::{Decision, RiskLevel};
use cmdai_core::execute::Execution;
use cmdai_core::record::{Disposition, GenerationRecord, HistoryEntry, SafetyRecord};
use cmdai_core::request::{Platform, ShellType};
use std::time::Duration;
use uuid::Uuid;

/// Stands once in every corpus.
pub(crate) const RARE: &str = "zyzzyva-needle";

const TEMPLATES: &[(&str, &str)] = &[
    ("show the state of the repository", "git status"),
    ("commit everything with message {w} {n}", "git commit -am '{w} {n}'"),
    ("switch to branch {w}-{n}", "git checkout {w}-{n}"),
    ("show the last {s} commits", "git log --oneline -{s}"),
    ("push the current branch", "git push"),
    ("list all files with details", "ls -la"),
    ("go to the {w} directory", "cd ~/src/{w}"),
    ("find files named {w} changed in the last {s} days", "find . -name '*{w}*' -mtime -{s}"),
    ("search for {w} in the sources", "grep -rn '{w}' src/"),
    ("show the logs of pod {w}-{n}", "kubectl logs -f {w}-{n} --tail={s}"),
    ("list the pods of {w}", "kubectl get pods -n {w}"),
    ("build the image {w}", "docker build -t {w}:{s} ."),
    ("run the container {w} on port {s}", "docker run --rm -p {s}:80 {w}:latest"),
    ("run the tests of {w}", "cargo test -p {w}"),
    ("build for release", "cargo build --release"),
    ("pack {w} as an archive", "tar -czf {w}-{n}.tar.gz {w}/"),
    ("unpack the archive {w}-{n}", "tar -xzf {w}-{n}.tar.gz"),
    ("how full are the disks", "df -h"),
    ("what uses the most space in {w}", "du -sh {w}/* | sort -h | tail -{s}"),
    ("copy {w} to the server", "rsync -av {w}/ ada@host{s}:/srv/{w}/"),
    ("connect to host{s}", "ssh ada@host{s}"),
    ("fetch page {n} of {w}", "curl -s 'https://example.com/{w}?page={n}' | jq ."),
    ("count the lines of {w}", "wc -l {w}.csv"),
    ("show the {s} newest lines of the log", "tail -n {s} /var/log/{w}.log"),
];
const WORDS: &[&str] = &[
    "alpha", "api", "backup", "billing", "cache", "client", "config", "core", "data", "deploy", "docs", "engine",
    "frontend", "gateway", "index", "ingest", "invoice", "kernel", "ledger", "mailer", "metrics", "model", "notes",
    "orders", "parser", "portal", "queue", "report", "router", "search", "server", "signal", "store", "sync", "tools",
    "user", "vault", "web", "worker", "zone",
];

/// Entry `number` of a corpus of `size`.
pub(crate) fn entry(number: usize, size: usize) -> HistoryEntry {
    let mut random = Random((number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let (request, command) = TEMPLATES[random.below(TEMPLATES.len())];
    let (word, n, small) = (WORDS[random.below(WORDS.len())], random.below(size / 4 + 10), random.below(20) + 1);
    let fill = |text: &str| text.replace("{w}", word).replace("{n}", &n.to_string()).replace("{s}", &small.to_string());
    let mut command = fill(command);
    if number == size / 3 {
        command = format!("echo {RARE}");
    }
    let time = DateTime::<Utc>::from_timestamp_micros(1_780_000_000_000_000 - (size - number) as i64 * 31_000_000);
    HistoryEntry {
        id: Uuid::from_u128((number as u128 + 1) << 64 | 7),
        time: time.unwrap_or_default(),
        request: fill(request),
        command: Some(command),
        edited: None,
        explanation: None,
        shell: if number.is_multiple_of(5) { ShellType::Zsh } else { ShellType::Bash },
        platform: Platform::Linux,
        cwd: format!("/home/ada/src/{}", WORDS[random.below(WORDS.len())]).into(),
        session: Some(format!("session-{}", number / 200)),
        host: Some("workstation".to_owned()),
        user: Some("ada".to_owned()),
        disposition: if number.is_multiple_of(9) { Disposition::Shown } else { Disposition::Run },
        safety: Some(SafetyRecord {
            risk: RiskLevel::ALL[usize::from(number.is_multiple_of(50))],
            rules: Vec::new(),
            decision: Decision::Allow,
            consent: None,
        }),
        execution: (!number.is_multiple_of(9)).then(|| Execution {
            exit_code: i32::from(number.is_multiple_of(11)),
            duration: Duration::from_millis(small as u64),
        }),
        generation: Some(GenerationRecord {
            duration: Duration::from_millis(700),
            backend: Some("embedded-llama".to_owned()),
            model: Some("qwen2.5-coder-1.5b".to_owned()),
            confidence: Some(0.5),
        }),
        tags: Vec::new(),
        favourite: number.is_multiple_of(997),
        redactions: Vec::new(),
    }
}

/// xorshift64*.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % limit
    }
}
