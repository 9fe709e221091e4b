//! Texts of 64 KiB that are made to be expensive: what each row of `attacks.tsv` becomes.
//!
//! Shared by the law that they all end (`tests/property/safety.rs`) and by the `latency` example, which shows the time.

#![allow(missing_docs, unreachable_pub, reason = "shared by targets that have no public interface")]

/// Longest text the analyser reads.
pub const SIZE: usize = 64 * 1024;
/// Nesting that just passes the linear scan.
const DEEP: usize = 20;

/// An attack and the name of its kind and shape.
pub struct Attack {
    pub name: String,
    pub text: String,
}

/// Every kind in every shape: nested as deep as fits, never closed, and `size` bytes that are just deep enough side by side.
pub fn all(size: usize) -> Vec<Attack> {
    let mut out = Vec::new();
    for row in include_str!("../data/safety/attacks.tsv").lines().filter(|row| !row.starts_with("# ")) {
        let row = row.replace('⏎', "\n").replace("\\0", "\0");
        let mut fields = row.split('\t').chain(std::iter::repeat(""));
        let mut next = || fields.next().unwrap_or_default();
        let (kind, before, open, middle, close, after) = (next(), next(), next(), next(), next(), next());
        let room = SIZE - before.len() - middle.len() - after.len();
        let deep = room / (open.len() + close.len()).max(1);
        let block_of = |times: usize| format!("{}{middle}{}", open.repeat(times), close.repeat(times));
        let mut add = |shape: &str, inner: String| {
            let text = format!("{before}{inner}{after}");
            assert!(text.len() <= SIZE, "{kind} {shape} has {} bytes", text.len());
            out.push(Attack { name: format!("{kind}, {shape}"), text });
        };
        add("nested", block_of(deep));
        add("not closed", open.repeat(room / open.len().max(1)));
        for depth in [1, 5, DEEP] {
            let block = format!("{}\n", block_of(depth));
            let times = room.min(size) / block.len();
            add(&format!("{depth} deep side by side"), block.repeat(times));
            let line = block.replace('\n', " ");
            add(&format!("{depth} deep on one line"), line.repeat(times));
        }
    }
    out
}
