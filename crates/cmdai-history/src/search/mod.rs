//! Finds entries: by text in five ways, by what is known of them, ranked by how well they fit here and now.
//!
//! Why so: ranking every match by bm25 costs 100 to 260 ms at a million entries for a common word. So candidates come newest
//! first from several bounded sources (`candidates`), and at most some thousand are scored in Rust (`score`). Price: behind
//! a very common text, old and rarely used commands are not reached, and [`Page::complete`] says so. Without a text nothing is
//! scored: newest first, complete, and a page continues where the last one ended.
//! Invariant: any text is a valid query (`any_text_is_a_query`); what is found fulfils every filter
//! (`what_is_found_fulfils_the_query`).

mod candidates;
mod filter;
mod fuzzy;
mod matcher;
mod score;

use crate::error::HistoryError;
use crate::store::{COLUMNS, FROM, Found, Store, found};
use chrono::{DateTime, Utc};
use cmdai_core::assess::RiskLevel;
use cmdai_core::record::Disposition;
use cmdai_core::request::ShellType;
use rusqlite::params;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use uuid::Uuid;

pub(crate) use filter::Where;
pub use matcher::Matcher;

/// How a text is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SearchMode {
    /// Every word of the text stands somewhere in the command or the request; case does not matter.
    #[default]
    Substring,
    /// The command or the request begins with the text; case does not matter.
    Prefix,
    /// The command or the request is the text.
    Exact,
    /// The text is a regular expression that matches in the command or the request.
    Regex,
    /// The characters of the text stand in the command or the request in this order.
    Fuzzy,
}

/// What became of an entry, as a filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExitFilter {
    /// Ran, and ended with 0.
    Success,
    /// Ran, and ended with something else.
    Failure,
    /// Ran, and ended with this.
    Code(i32),
}

/// What is looked for. The default is everything, newest first.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SearchQuery {
    /// The text; empty for any.
    pub text: String,
    /// How the text is compared.
    pub mode: SearchMode,
    /// Entries that carry all of these tags.
    pub tags: Vec<String>,
    /// Entries made in this directory.
    pub cwd: Option<PathBuf>,
    /// Entries for this shell.
    pub shell: Option<ShellType>,
    /// Entries of this shell session.
    pub session: Option<String>,
    /// Entries not older than this.
    pub from: Option<DateTime<Utc>>,
    /// Entries older than this.
    pub to: Option<DateTime<Utc>>,
    /// Entries of at least this risk.
    pub risk: Option<RiskLevel>,
    /// Entries whose run ended so.
    pub exit: Option<ExitFilter>,
    /// Entries answered by this backend.
    pub backend: Option<String>,
    /// Favourites, or all others.
    pub favourite: Option<bool>,
    /// Entries of which this became.
    pub disposition: Option<Disposition>,
    /// Entries the user changed, or all others.
    pub edited: Option<bool>,
    /// Entries that ran against a block, or all others.
    pub overridden: Option<bool>,
    /// Entries of which something was hidden, or all others.
    pub redacted: Option<bool>,
    /// Only this entry.
    pub id: Option<Uuid>,
    /// Each command once, with its newest entry. Searches with a text do so anyway.
    pub distinct: bool,
    /// Entries on a page; 0 stands for fifty.
    pub limit: usize,
    /// Entries to leave out at the beginning of a ranking.
    pub offset: usize,
    /// Where the last page ended; see [`Page::next`].
    pub after: Option<Cursor>,
    /// Where the search is made from: commands used here rank higher.
    pub here: Option<PathBuf>,
}

impl SearchQuery {
    /// A search for `text` in the default mode.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// Whether it asks for nothing in particular, so that it finds everything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let asks = Self { limit: 0, offset: 0, after: None, here: None, distinct: false, ..self.clone() };
        asks.text.trim().is_empty()
            && Self { text: String::new(), mode: SearchMode::default(), ..asks } == Self::default()
    }

    pub(crate) fn page_size(&self) -> usize {
        if self.limit == 0 { 50 } else { self.limit }
    }
}

/// Where a page without a text ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// Microseconds since 1970 of the last entry.
    pub time: i64,
    /// Its row.
    pub row: i64,
}

/// One entry that was found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    /// Its row, for [`Store::load`].
    pub row: i64,
    /// How well it fits; only the order means something.
    pub score: f64,
}

/// What a search with a text found, best first, at most some thousand: kept by whoever shows it, so that turning a page
/// searches nothing again.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Ranking {
    /// The hits, best first.
    pub hits: Vec<Hit>,
    /// Whether nothing was left out; if not, older commands may match as well.
    pub complete: bool,
}

/// One page of entries.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Page {
    /// The entries, best or newest first.
    pub found: Vec<Found>,
    /// Entries the ranking holds in all; without a text, those on this page.
    pub ranked: usize,
    /// Whether nothing was left out of the ranking.
    pub complete: bool,
    /// Where the next page begins, where there may be one and the query has no text.
    pub next: Option<Cursor>,
}

impl Store {
    /// One page of what `query` asks for.
    ///
    /// # Errors
    /// [`HistoryError::Pattern`] for a regular expression that is none, or [`HistoryError::Database`].
    pub fn search(&self, query: &SearchQuery) -> Result<Page, HistoryError> {
        if query.text.trim().is_empty() {
            return self.newest(query);
        }
        let ranking = self.rank(query)?;
        let hits = ranking.hits.iter().skip(query.offset).take(query.page_size());
        let found = self.load(hits)?;
        Ok(Page { found, ranked: ranking.hits.len(), complete: ranking.complete, next: None })
    }

    /// Everything within reach that fits `query`, best first. Meant to be kept while its pages are shown.
    ///
    /// # Errors
    /// As for [`search`](Self::search).
    pub fn rank(&self, query: &SearchQuery) -> Result<Ranking, HistoryError> {
        let matcher = Matcher::new(&query.text, query.mode)?;
        let candidates = candidates::gather(self, query, &matcher)?;
        Ok(score::rank(&candidates, query))
    }

    /// The entries of some hits, in their order. Entries deleted since are left out.
    ///
    /// # Errors
    /// [`HistoryError::Database`].
    pub fn load<'a>(&self, hits: impl IntoIterator<Item = &'a Hit>) -> Result<Vec<Found>, HistoryError> {
        let mut statement = self.conn.prepare(&format!("SELECT {COLUMNS} FROM {FROM} WHERE e.id = ?1"))?;
        let mut all = Vec::new();
        for hit in hits {
            all.extend(statement.query_map(params![hit.row], found)?.collect::<Result<Vec<_>, _>>()?);
        }
        Ok(all)
    }

    fn newest(&self, query: &SearchQuery) -> Result<Page, HistoryError> {
        let mut filter = Where::new(query);
        if let Some(after) = query.after {
            filter.and("(e.time, e.id) < (?, ?)", [after.time.into(), after.row.into()]);
        }
        if query.distinct {
            filter.and(
                "NOT EXISTS (SELECT 1 FROM entry n WHERE n.command_id = e.command_id AND (n.time, n.id) > (e.time, e.id))",
                [],
            );
        }
        let limit = query.page_size();
        let sql = format!(
            "SELECT {COLUMNS} FROM {FROM} WHERE {} ORDER BY e.time DESC, e.id DESC LIMIT {limit} OFFSET {}",
            filter.sql(),
            query.offset
        );
        let mut statement = self.conn.prepare(&sql)?;
        let rows = statement.query_map(rusqlite::params_from_iter(filter.values()), found)?;
        let found = rows.collect::<Result<Vec<_>, _>>()?;
        let last = found.last().filter(|_| found.len() == limit);
        let next = last.map(|last| Cursor { time: last.entry.time.timestamp_micros(), row: last.row });
        Ok(Page { ranked: found.len(), complete: true, next, found })
    }
}
