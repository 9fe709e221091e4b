//! Laws of [`Record`].

use super::fake;
use crate::record::Record;

/// Any entry is taken: short, long, multi-line, with or without its optional parts, and the same one again.
pub fn any_entry_is_taken(record: &mut dyn Record) {
    let long = "é".repeat(10_000);
    for text in ["", "ls", "cat <<E\n'\"`$\nE", "a\0b", &long] {
        let entry = fake::entry(text);
        for _ in 0..2 {
            record.record(&entry).expect("an entry is taken");
        }
        let mut bare = entry;
        (bare.command, bare.safety, bare.generation, bare.execution) = (None, None, None, None);
        record.record(&bare).expect("a bare entry is taken");
    }
}
