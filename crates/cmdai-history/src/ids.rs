//! Ids as people write them: the beginning of one is enough where no other entry begins so.

use crate::error::HistoryError;
use crate::store::Store;
use rusqlite::OptionalExtension;
use uuid::Uuid;

/// Hexadecimal digits of an id.
const DIGITS: usize = 32;
/// Fewest digits that are shown of one.
const SHORTEST: usize = 8;

impl Store {
    /// The ids that begin with `prefix`, hexadecimal digits with or without hyphens, `limit` at most; none where it is no such text.
    ///
    /// # Errors
    /// [`HistoryError::Database`].
    pub fn ids(&self, prefix: &str, limit: u32) -> Result<Vec<Uuid>, HistoryError> {
        let digits: String = prefix.trim().chars().filter(|c| *c != '-').collect();
        let padded = |with: &str| {
            let rest = DIGITS.checked_sub(digits.chars().count())?;
            Uuid::try_parse(&format!("{digits}{}", with.repeat(rest))).ok()
        };
        let (Some(low), Some(high)) = (padded("0"), padded("f")) else { return Ok(Vec::new()) };
        let mut statement =
            self.conn.prepare("SELECT uuid FROM entry WHERE uuid BETWEEN ?1 AND ?2 ORDER BY uuid LIMIT ?3")?;
        let bounds = rusqlite::params![low.as_bytes().as_slice(), high.as_bytes().as_slice(), limit];
        let rows = statement.query_map(bounds, |row| row.get(0).map(Uuid::from_bytes))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The shortest beginning of `id` that [`ids`](Self::ids) takes for it alone, at least eight digits.
    ///
    /// # Errors
    /// [`HistoryError::Database`].
    pub fn short_id(&self, id: Uuid) -> Result<String, HistoryError> {
        let text = id.to_string();
        let mut shared = 0;
        for sql in [
            "SELECT uuid FROM entry WHERE uuid < ?1 ORDER BY uuid DESC LIMIT 1",
            "SELECT uuid FROM entry WHERE uuid > ?1 ORDER BY uuid LIMIT 1",
        ] {
            let beside = self
                .conn
                .prepare(sql)?
                .query_row([id.as_bytes().as_slice()], |row| row.get(0).map(Uuid::from_bytes))
                .optional()?;
            if let Some(beside) = beside {
                let same = beside.to_string().bytes().zip(text.bytes()).take_while(|(a, b)| a == b).count();
                shared = shared.max(same + 1);
            }
        }
        Ok(text.get(..shared.max(SHORTEST)).unwrap_or(&text).trim_end_matches('-').to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::Source;
    use crate::redact::Redactor;

    fn store(commands: &str) -> Store {
        let mut store = Store::in_memory(Redactor::default()).unwrap();
        store.import(commands.as_bytes(), Source::Bash).unwrap();
        store
    }

    #[test]
    fn the_shown_beginning_of_an_id_names_it_alone() {
        let store = store("#1767225600\nls\n#1767225600\npwd\n#1767225601\ndate\n#1767999999\nwho\n");
        let all = store.ids("", 10).unwrap();
        assert_eq!(all.len(), 4);
        for id in all {
            let short = store.short_id(id).unwrap();
            assert!(short.len() >= SHORTEST && id.to_string().starts_with(&short), "{short}");
            assert_eq!(store.ids(&short, 10).unwrap(), [id], "{short}");
            assert_eq!(store.ids(&id.to_string(), 10).unwrap(), [id]);
            assert_eq!(store.ids(&short.to_uppercase().replace('-', ""), 10).unwrap(), [id]);
        }
    }

    #[test]
    fn what_is_no_beginning_of_an_id_finds_nothing() {
        let store = store("ls\n");
        for text in ["x", "0 ", "é", "00000000-0000-7000-0000-0000000000000", "🦀", "%", "'"] {
            let found = store.ids(text, 10).unwrap();
            assert!(found.is_empty() || text == "0 ", "{text}");
        }
    }
}
