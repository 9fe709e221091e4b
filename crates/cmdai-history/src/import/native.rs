//! Reads our own export.

use super::{Item, LONGEST, Sink, next_line};
use crate::error::HistoryError;
use crate::export::{Header, NATIVE_VERSION};
use cmdai_core::record::HistoryEntry;
use std::io::BufRead;

pub(super) fn read(input: &mut dyn BufRead, sink: &mut Sink<'_>) -> Result<(), HistoryError> {
    let wrong = |reason: String| HistoryError::Format { format: "cmdai-history", reason };
    let mut line = Vec::new();
    if !next_line(input, &mut line)? {
        return Ok(());
    }
    let header: Header = serde_json::from_slice(&line).map_err(|error| wrong(format!("the first line: {error}")))?;
    if header.version > NATIVE_VERSION {
        return Err(wrong(format!("version {} is newer than {NATIVE_VERSION}", header.version)));
    }
    let mut number = 1;
    while next_line(input, &mut line)? {
        number += 1;
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        sink(match serde_json::from_slice::<HistoryEntry>(&line) {
            _ if line.len() > 8 * LONGEST => Item::bad(number, "too long"),
            Ok(entry) => Item::Entry(Box::new(entry)),
            Err(error) => Item::bad(number, error.to_string()),
        })?;
    }
    Ok(())
}
