//! Notes each request in the log: what became of it and how risky it was, without its words.

use cmdai_core::record::{HistoryEntry, Record, RecordError};

/// The log as a record.
#[derive(Debug, Clone, Copy)]
pub struct Journal;

impl Record for Journal {
    fn record(&mut self, entry: &HistoryEntry) -> Result<(), RecordError> {
        tracing::info!(
            operation = %entry.id,
            disposition = %entry.disposition,
            shell = %entry.shell,
            risk = entry.safety.as_ref().map(|safety| safety.risk.name()),
            exit_code = entry.execution.map(|execution| execution.exit_code),
            "request"
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cmdai_core::contract::record;

    #[test]
    fn record_contract() {
        record::any_entry_is_taken(&mut Journal);
    }
}
