//! The filters of a query as one SQL condition, the same for every source of candidates.

use super::{ExitFilter, SearchQuery};
use rusqlite::types::Value;

/// A condition over `entry e` and its values. A `?` in a part stands for the next value.
#[derive(Debug, Clone)]
pub(crate) struct Where {
    sql: String,
    values: Vec<Value>,
}

impl Where {
    pub(crate) fn new(query: &SearchQuery) -> Self {
        let mut filter = Self { sql: "1".to_owned(), values: Vec::new() };
        for tag in &query.tags {
            filter.and("e.id IN (SELECT entry_id FROM tag WHERE name = ?)", [tag.clone().into()]);
        }
        if let Some(cwd) = &query.cwd {
            let cwd = cwd.to_string_lossy().into_owned();
            filter.and("e.place_id = (SELECT id FROM place WHERE cwd = ?)", [cwd.into()]);
        }
        if let Some(session) = &query.session {
            filter.and("e.session = ?", [session.clone().into()]);
        }
        if let Some(shell) = query.shell {
            filter.and("e.shell = ?", [shell.name().to_owned().into()]);
        }
        if let Some(from) = query.from {
            filter.and("e.time >= ?", [from.timestamp_micros().into()]);
        }
        if let Some(to) = query.to {
            filter.and("e.time < ?", [to.timestamp_micros().into()]);
        }
        if let Some(risk) = query.risk {
            // The constant lets the index of risky entries serve.
            let high = if risk as u8 >= 2 { " AND e.risk >= 2" } else { "" };
            filter.and(&format!("e.risk >= ?{high}"), [i64::from(risk as u8).into()]);
        }
        match query.exit {
            Some(ExitFilter::Success) => filter.and("e.exit = 0", []),
            Some(ExitFilter::Failure) => filter.and("e.exit <> 0", []),
            Some(ExitFilter::Code(code)) => filter.and("e.exit = ?", [i64::from(code).into()]),
            None => {}
        }
        if let Some(backend) = &query.backend {
            filter.and("e.backend = ?", [backend.clone().into()]);
        }
        if let Some(disposition) = query.disposition {
            filter.and("e.disposition = ?", [disposition.name().to_owned().into()]);
        }
        if let Some(id) = query.id {
            filter.and("e.uuid = ?", [id.as_bytes().to_vec().into()]);
        }
        let facts = [
            (query.favourite, "e.favourite = 1"),
            (query.edited, "e.edited = 1"),
            (query.overridden, "e.consent IS 'overridden'"),
            (query.redacted, "e.redacted = 1"),
        ];
        for (wanted, fact) in facts {
            match wanted {
                Some(true) => filter.and(fact, []),
                Some(false) => filter.and(&format!("NOT ({fact})"), []),
                None => {}
            }
        }
        filter
    }

    pub(crate) fn and<const N: usize>(&mut self, condition: &str, values: [Value; N]) {
        self.sql.push_str(" AND ");
        self.sql.push_str(condition);
        self.values.extend(values);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.sql == "1"
    }

    pub(crate) fn sql(&self) -> &str {
        &self.sql
    }

    pub(crate) fn values(&self) -> &[Value] {
        &self.values
    }
}
