//! How much of the sample secrets is hidden, and how many harmless lines are touched.
//!
//! The samples were written by somebody who had not seen the rules. Half of them is kept apart: nobody looks at those lines to change a rule.
//! `--lines` prints what goes wrong in the tuned half, never in the half kept apart.

#![allow(clippy::print_stdout, reason = "a program prints")]

use cmdai_history::redact::Redactor;

const SAMPLES: [(&str, &str, &str); 2] = [
    (
        "tuned half",
        include_str!("../../../tests/data/history/samples/secrets-tuned.tsv"),
        include_str!("../../../tests/data/history/samples/harmless-tuned.txt"),
    ),
    (
        "half kept apart",
        include_str!("../../../tests/data/history/samples/secrets-apart.tsv"),
        include_str!("../../../tests/data/history/samples/harmless-apart.txt"),
    ),
];

fn main() {
    let show = std::env::args().any(|arg| arg == "--lines");
    let redactor = Redactor::default();
    for (index, (title, secrets, harmless)) in SAMPLES.into_iter().enumerate() {
        let show = show && index == 0;
        let (mut all, mut gone, mut touched) = (0_u32, 0_u32, 0_u32);
        for row in secrets.lines() {
            let mut fields = row.split('\t');
            let (Some(wanted), Some(line), kind) = (fields.next(), fields.next(), fields.next()) else { continue };
            let hidden = redactor.redact(&line.replace("\\n", "\n")).text;
            for secret in wanted.split("||") {
                all += 1;
                if !hidden.contains(&secret.replace("\\n", "\n")) {
                    gone += 1;
                } else if show {
                    println!("LEFT    {}\t{line}", kind.unwrap_or_default());
                }
            }
        }
        let lines = harmless.lines().count();
        for line in harmless.lines() {
            let redacted = redactor.redact(line);
            if !redacted.found.is_empty() {
                touched += 1;
                if show {
                    println!("TOUCHED {line}\n     -> {}", redacted.text);
                }
            }
        }
        println!("{title}: {gone} of {all} secrets gone, {touched} of {lines} harmless lines touched");
    }
}
