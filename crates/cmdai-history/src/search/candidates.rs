//! Where candidates come from: the newest entries, the index of commands, the index of requests, the warmest commands.
//!
//! Each source is bounded, so the cost of a search does not grow with the history. Filters are part of every statement, so a
//! candidate that is here fulfils them.

use super::{Matcher, SearchQuery, Where};
use crate::error::HistoryError;
use crate::store::Store;
use rusqlite::types::Value;
use rusqlite::{Row, Statement, params_from_iter};
use std::collections::HashSet;

/// Newest entries that are looked at whatever the text.
const WINDOW: usize = 2000;
/// The same where no index can serve: regular expressions, fuzzy texts, texts of one or two characters.
const WIDE_WINDOW: usize = 5000;
/// Fitting entries after which the window is left: more would not change what stands on the first pages.
const ENOUGH: usize = 1000;
/// Rows taken from each index, newest first.
const INDEX_ROWS: usize = 1000;
/// Warmest commands that are looked at where no index can serve.
const WARM_ROWS: usize = 2000;
/// Newest entries of one command among which one that fulfils the filters is looked for.
const ENTRIES_OF_ONE: usize = 64;

/// What scoring needs of an entry.
#[derive(Debug)]
pub(crate) struct Candidate {
    pub(crate) row: i64,
    pub(crate) time: i64,
    pub(crate) command: Option<i64>,
    pub(crate) warmth: Option<f64>,
    pub(crate) exit: Option<i32>,
    pub(crate) favourite: bool,
    pub(crate) is_here: bool,
    pub(crate) fit: f64,
}

#[derive(Debug, Default)]
pub(crate) struct Candidates {
    pub(crate) all: Vec<Candidate>,
    pub(crate) complete: bool,
    seen: HashSet<i64>,
}

const BASE: &str = "SELECT e.id, e.time, e.command_id, c.warmth, e.exit, e.favourite, e.place_id, c.text, e.request \
     FROM entry e LEFT JOIN command c ON c.id = e.command_id";

pub(crate) fn gather(store: &Store, query: &SearchQuery, matcher: &Matcher) -> Result<Candidates, HistoryError> {
    let here = place(store, query)?;
    let mut gather = Gather { store, filter: Where::new(query), matcher, here, found: Candidates::default() };
    if matcher.exact().is_some() {
        gather.exact()?;
        return Ok(gather.found);
    }
    let indexed = !matcher.is_scan() && matcher.words.iter().any(|w| is_indexed(w));
    let window = if indexed { WINDOW } else { WIDE_WINDOW };
    gather.found.complete = gather.window(window)?;
    if !gather.found.complete {
        if indexed {
            let commands = gather.commands()?;
            let requests = gather.requests()?;
            // A word in the command and another in the request are only seen in the window.
            gather.found.complete = matcher.words.len() < 2 && commands < INDEX_ROWS && requests < INDEX_ROWS;
        } else {
            gather.warmest()?;
        }
    }
    Ok(gather.found)
}

/// Whether the index of commands can find a word: it knows sequences of three characters.
fn is_indexed(word: &str) -> bool {
    word.chars().filter(|c| *c != '\0').count() >= 3
}

fn place(store: &Store, query: &SearchQuery) -> Result<Option<i64>, HistoryError> {
    let Some(here) = &query.here else { return Ok(None) };
    let mut statement = store.conn.prepare("SELECT id FROM place WHERE cwd = ?1")?;
    let mut rows = statement.query([here.to_string_lossy()])?;
    Ok(rows.next()?.map(|row| row.get(0)).transpose()?)
}

struct Gather<'a> {
    store: &'a Store,
    filter: Where,
    matcher: &'a Matcher,
    here: Option<i64>,
    found: Candidates,
}

impl Gather<'_> {
    fn take(&mut self, row: &Row<'_>, from_requests: bool) -> rusqlite::Result<()> {
        let id = row.get(0)?;
        if self.found.seen.contains(&id) {
            return Ok(());
        }
        let command = row.get_ref(7)?.as_str_or_null()?.unwrap_or_default();
        let request = row.get_ref(8)?.as_str()?;
        // The index of requests finds `cafe` in `café`, the comparison here does not.
        let folded = (from_requests && !request.is_ascii() && self.matcher.is_words()).then_some(0.5);
        let Some(fit) = self.matcher.score(command, request).or(folded) else { return Ok(()) };
        self.found.seen.insert(id);
        self.found.all.push(Candidate {
            row: id,
            time: row.get(1)?,
            command: row.get(2)?,
            warmth: row.get(3)?,
            exit: row.get(4)?,
            favourite: row.get(5)?,
            is_here: self.here.is_some() && row.get::<_, Option<i64>>(6)? == self.here,
            fit,
        });
        Ok(())
    }

    /// Runs a statement whose values are `first` and then those of the filter.
    fn run(&mut self, statement: &mut Statement<'_>, first: &[Value], from_requests: bool) -> Result<(), HistoryError> {
        let values = first.iter().chain(self.filter.values()).cloned().collect::<Vec<_>>();
        let mut rows = statement.query(params_from_iter(values))?;
        while let Some(row) = rows.next()? {
            self.take(row, from_requests)?;
        }
        Ok(())
    }

    /// Looks at the newest entries; gives whether these are all there are.
    fn window(&mut self, size: usize) -> Result<bool, HistoryError> {
        let sql = format!("{BASE} WHERE {} ORDER BY e.time DESC LIMIT {size}", self.filter.sql());
        let mut statement = self.store.conn.prepare(&sql)?;
        let mut rows = statement.query(params_from_iter(self.filter.values().to_vec()))?;
        let mut count = 0;
        while let Some(row) = rows.next()? {
            count += 1;
            self.take(row, false)?;
            if self.found.all.len() >= ENOUGH {
                return Ok(false);
            }
        }
        Ok(count < size)
    }

    /// The newest entry, within the filters, of each of these commands.
    fn newest_of(&mut self, commands: &[i64]) -> Result<(), HistoryError> {
        // The cross join keeps the order: the few entries of the command first, the filters on them. Left to itself the planner
        // walks all entries of a directory for each command, which took seconds at a million.
        let newest = if self.filter.is_empty() { 1 } else { ENTRIES_OF_ONE };
        let sql = format!(
            "SELECT e.id, e.time, e.command_id, c.warmth, e.exit, e.favourite, e.place_id, c.text, e.request \
             FROM (SELECT id FROM entry WHERE command_id = ? ORDER BY time DESC LIMIT {newest}) n \
             CROSS JOIN entry e ON e.id = n.id JOIN command c ON c.id = e.command_id \
             WHERE {} ORDER BY e.time DESC LIMIT 1",
            self.filter.sql()
        );
        let mut statement = self.store.conn.prepare(&sql)?;
        for command in commands {
            self.run(&mut statement, &[Value::from(*command)], false)?;
        }
        Ok(())
    }

    fn ids(&self, sql: &str, text: &str) -> Result<Vec<i64>, HistoryError> {
        let mut statement = self.store.conn.prepare(sql)?;
        let rows = statement.query_map([text], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn commands(&mut self) -> Result<usize, HistoryError> {
        let terms = terms(self.matcher.words.iter().filter(|w| is_indexed(w)), "");
        let sql = format!(
            "SELECT rowid FROM command_text WHERE command_text MATCH ?1 ORDER BY rowid DESC LIMIT {INDEX_ROWS}"
        );
        let ids = self.ids(&sql, &terms)?;
        self.newest_of(&ids)?;
        Ok(ids.len())
    }

    fn requests(&mut self) -> Result<usize, HistoryError> {
        // Words of the index are letters and digits only; what has none cannot be looked up there.
        let words = self.matcher.words.iter().filter(|w| w.chars().any(char::is_alphanumeric));
        let terms = terms(words, "*");
        if terms.is_empty() {
            return Ok(0);
        }
        let sql = format!(
            "SELECT rowid FROM request_text WHERE request_text MATCH ?1 ORDER BY rowid DESC LIMIT {INDEX_ROWS}"
        );
        let ids = self.ids(&sql, &terms)?;
        let mut statement = self.store.conn.prepare(&format!("{BASE} WHERE e.id = ? AND {}", self.filter.sql()))?;
        for id in &ids {
            self.run(&mut statement, &[Value::from(*id)], true)?;
        }
        Ok(ids.len())
    }

    fn warmest(&mut self) -> Result<(), HistoryError> {
        let sql = format!("SELECT id, text FROM command ORDER BY warmth DESC LIMIT {WARM_ROWS}");
        let mut statement = self.store.conn.prepare(&sql)?;
        let mut rows = statement.query([])?;
        let mut fitting = Vec::new();
        while let Some(row) = rows.next()? {
            if self.matcher.score(&row.get::<_, String>(1)?, "").is_some() {
                fitting.push(row.get(0)?);
            }
        }
        self.newest_of(&fitting)
    }

    /// The command of exactly this text by its unique index, and the newest entries with this request.
    fn exact(&mut self) -> Result<(), HistoryError> {
        let text = self.matcher.exact().unwrap_or_default().to_owned();
        let commands = self.ids("SELECT id FROM command WHERE text = ?1", &text)?;
        self.newest_of(&commands)?;
        let all = self.window(WINDOW)?;
        let requests = if !all && text.chars().any(char::is_alphanumeric) { self.requests()? } else { 0 };
        self.found.complete = requests < INDEX_ROWS;
        Ok(())
    }
}

/// Words as FTS5 takes them whatever they hold: each in double quotes, inner quotes doubled, no NUL.
fn terms<'a>(words: impl Iterator<Item = &'a String>, after: &str) -> String {
    let quoted = words
        .map(|word| word.replace('\0', "").replace('"', "\"\""))
        .filter(|word| !word.is_empty())
        .map(|word| format!("\"{word}\"{after}"));
    quoted.collect::<Vec<_>>().join(" ")
}
