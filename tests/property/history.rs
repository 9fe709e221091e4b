//! Laws of the search: any text is a query, what is found fulfils it, pages neither repeat nor skip.

#![allow(missing_docs, reason = "a test target has no public interface")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use chrono::{DateTime, Duration, Utc};
use cmdai_core::assess::RiskLevel;
use cmdai_core::contract::fake;
use cmdai_core::record::{Disposition, HistoryEntry};
use cmdai_core::request::ShellType;
use cmdai_history::redact::Redactor;
use cmdai_history::{ExitFilter, SearchMode, SearchQuery, Store};
use proptest::prelude::*;
use std::cell::RefCell;
use std::collections::HashSet;
use uuid::Uuid;

const MODES: [SearchMode; 5] =
    [SearchMode::Substring, SearchMode::Prefix, SearchMode::Exact, SearchMode::Regex, SearchMode::Fuzzy];
const COMMANDS: [&str; 12] = [
    "git commit --amend",
    "tar -xzf archive.tar.gz",
    "ls -la",
    "echo \"it's $1\"",
    "grep -r 'TODO' src/",
    "git push",
    "docker ps -a",
    "find . -name '*.rs'",
    "kubectl get pods AND nodes",
    "echo (a OR b) NEAR c*",
    "cat café.txt",
    "printf '%s\\n' \"{a}\"",
];

fn minute(minutes: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + Duration::minutes(minutes)
}

/// A hundred entries of every kind, some at the same moment.
fn entry(number: usize) -> HistoryEntry {
    let mut entry = fake::entry(COMMANDS[number % COMMANDS.len()]);
    entry.id = Uuid::from_u128(number as u128 + 1);
    entry.time = minute((number / 3).try_into().unwrap());
    entry.request = format!("please do number {number} für mich");
    entry.edited = (number.is_multiple_of(5)).then(|| format!("{} # edited", COMMANDS[number % COMMANDS.len()]));
    entry.cwd = format!("/home/ada/{}", number % 4).into();
    entry.shell = ShellType::ALL[number % 3];
    entry.favourite = number.is_multiple_of(7);
    entry.tags = [("even", 2), ("third", 3)]
        .iter()
        .filter(|(_, n)| number.is_multiple_of(*n))
        .map(|(t, _)| (*t).to_owned())
        .collect();
    entry.execution.as_mut().unwrap().exit_code = (number % 3).try_into().unwrap();
    entry.safety.as_mut().unwrap().risk = RiskLevel::ALL[number % 4];
    entry.disposition = Disposition::ALL[number % Disposition::ALL.len()];
    entry
}

fn with_store<T>(work: impl FnOnce(&Store) -> T) -> T {
    thread_local!(static STORE: RefCell<Option<Store>> = const { RefCell::new(None) });
    STORE.with_borrow_mut(|store| {
        let store = store.get_or_insert_with(|| {
            let mut store = Store::in_memory(Redactor::default()).unwrap();
            (0..100).for_each(|number| drop(store.save(&entry(number)).unwrap()));
            store
        });
        work(store)
    })
}

fn query() -> impl Strategy<Value = SearchQuery> {
    let facts = (any::<Option<bool>>(), any::<Option<bool>>(), any::<bool>(), 0..8_usize, 0..6_usize);
    let text = prop_oneof![
        Just(String::new()),
        Just("git".to_owned()),
        Just("number 4".to_owned()),
        Just("e".to_owned()),
        "[a-z.*$]{1,4}"
    ];
    (text, 0..MODES.len(), facts, 0..40_i64, 0..40_i64).prop_map(|(text, mode, facts, from, to)| {
        let (favourite, edited, distinct, which, other) = facts;
        SearchQuery {
            text,
            mode: MODES[mode],
            favourite,
            edited,
            distinct,
            tags: if other == 1 { vec!["even".to_owned(), "third".to_owned()] } else { Vec::new() },
            cwd: (which == 1).then(|| "/home/ada/1".into()),
            shell: (which == 2).then_some(ShellType::Zsh),
            risk: (which == 3).then_some(RiskLevel::High),
            exit: [None, Some(ExitFilter::Success), Some(ExitFilter::Failure), Some(ExitFilter::Code(2))][which % 4],
            disposition: (which == 5).then_some(Disposition::Run),
            from: (other == 2).then(|| minute(from)),
            to: (other == 3).then(|| minute(to)),
            limit: 1000,
            ..SearchQuery::default()
        }
    })
}

fn fulfils(entry: &HistoryEntry, query: &SearchQuery) -> bool {
    let exit = entry.execution.unwrap().exit_code;
    query.favourite.is_none_or(|f| entry.favourite == f)
        && query.edited.is_none_or(|e| entry.edited.is_some() == e)
        && query.tags.iter().all(|t| entry.tags.contains(t))
        && query.cwd.as_ref().is_none_or(|c| entry.cwd == *c)
        && query.shell.is_none_or(|s| entry.shell == s)
        && query.risk.is_none_or(|r| entry.safety.as_ref().unwrap().risk >= r)
        && query.disposition.is_none_or(|d| entry.disposition == d)
        && query.from.is_none_or(|t| entry.time >= t)
        && query.to.is_none_or(|t| entry.time < t)
        && match query.exit {
            None => true,
            Some(ExitFilter::Success) => exit == 0,
            Some(ExitFilter::Failure) => exit != 0,
            Some(ExitFilter::Code(code)) => exit == code,
        }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_text_is_a_query(text in prop_oneof![any::<String>(), "[\"'(){}*^:+\\-. A-Z$\0]{0,12}"], mode in 0..MODES.len()) {
        with_store(|store| {
            let query = SearchQuery { text, mode: MODES[mode], ..SearchQuery::default() };
            let found = store.search(&query);
            if query.mode != SearchMode::Regex {
                prop_assert!(found.is_ok(), "{:?}", found);
            }
            Ok(())
        })?;
    }

    #[test]
    fn what_is_found_fulfils_the_query(query in query()) {
        with_store(|store| {
            let Ok(page) = store.search(&query) else { return Ok(()) };
            prop_assert!(page.complete, "a hundred entries are all within reach");
            let mut expected = HashSet::new();
            for number in 0..100 {
                let entry = entry(number);
                let (command, request) = (entry.final_command().unwrap().to_lowercase(), entry.request.to_lowercase());
                let text = query.text.to_lowercase();
                let fits = match query.mode {
                    _ if text.is_empty() => true,
                    SearchMode::Substring => text.split_whitespace().all(|w| command.contains(w) || request.contains(w)),
                    SearchMode::Prefix => command.starts_with(text.trim()) || request.starts_with(text.trim()),
                    SearchMode::Exact => false,
                    _ => return Ok(()),
                };
                if fits && fulfils(&entry, &query) {
                    expected.insert(if query.distinct || !text.is_empty() { command } else { entry.id.to_string() });
                }
            }
            let distinct = query.distinct || !query.text.trim().is_empty();
            let mut found = HashSet::new();
            for hit in &page.found {
                prop_assert!(fulfils(&hit.entry, &query), "{:?}", hit);
                let command = hit.entry.final_command().unwrap().to_lowercase();
                prop_assert!(found.insert(if distinct { command } else { hit.entry.id.to_string() }), "twice");
            }
            // With `distinct` and no text only the newest entry of a command counts, and it may not fulfil the filters.
            if query.mode != SearchMode::Exact && !(query.distinct && query.text.trim().is_empty()) {
                prop_assert_eq!(found, expected);
            }
            Ok(())
        })?;
    }

    #[test]
    fn pages_neither_repeat_nor_skip(size in 1..40_usize, tag in any::<bool>()) {
        with_store(|store| {
            let tags = if tag { vec!["even".to_owned()] } else { Vec::new() };
            let all = SearchQuery { tags, limit: 1000, ..SearchQuery::default() };
            let expected: Vec<i64> = store.search(&all).unwrap().found.iter().map(|f| f.row).collect();
            let mut rows = Vec::new();
            let mut query = SearchQuery { limit: size, ..all };
            loop {
                let page = store.search(&query).unwrap();
                rows.extend(page.found.iter().map(|f| f.row));
                let Some(next) = page.next else { break };
                query.after = Some(next);
            }
            prop_assert_eq!(rows, expected);
            Ok(())
        })?;
    }
}

fn any_line() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("mysql -p"),
        Just("PASSWORD="),
        Just("token: "),
        Just("\""),
        Just("'"),
        Just(" "),
        Just("hunter2"),
        Just("\n"),
        Just("https://a:b@"),
        Just("curl -u a:b "),
        Just("-H 'Authorization: Bearer "),
        Just("abc123DEF456ghi"),
        Just("\\"),
        Just("echo x | sudo -S "),
        Just("<<EOF\n"),
        Just("EOF\n"),
        Just("$("),
        Just(")"),
        Just("`"),
        Just("${TOKEN:-"),
        Just("}"),
        Just("{\"password\": \""),
        Just("[REDACTED:token]"),
        Just("ghp_A1b2C3d4E5f6G7h8I9j0K1l2"),
        Just("password is "),
        Just(";"),
        Just("-----BEGIN RSA PRIVATE KEY-----"),
        Just("-----END RSA PRIVATE KEY-----"),
        Just("é"),
        Just("--password "),
        Just(","),
        Just("[REDACTED:"),
        Just("Cookie: a="),
        Just("?sig="),
        Just("IDENTIFIED BY '"),
        Just("sshpass -p'"),
        Just("=")
    ];
    prop_oneof![any::<String>(), proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn hiding_twice_is_hiding_once(line in any_line()) {
        let redactor = Redactor::default();
        let once = redactor.redact(&line);
        let twice = redactor.redact(&once.text);
        prop_assert_eq!(&twice.text, &once.text);
        prop_assert!(twice.found.is_empty());
        for found in &once.found {
            prop_assert!(line.get(found.span.clone()).is_some_and(|secret| !secret.is_empty()), "{:?}", found);
        }
        prop_assert_eq!(once.found.is_empty(), once.text == line);
    }
}

/// Any step that looks at the whole text again for each of its places would take minutes here instead of a second.
#[test]
fn long_texts_take_time_in_proportion() {
    let redactor = Redactor::default();
    let pieces = [
        "a=",
        "\"",
        "'x ",
        "password: ",
        "https://a:",
        "$(",
        "x@",
        "-----BEGIN ",
        "<<E ",
        "token=${",
        "[",
        "&k=v?",
        "a.",
        "key ",
    ];
    for piece in pieces {
        let text = piece.repeat(150_000 / piece.len());
        assert_eq!(redactor.redact(&text).text.is_empty(), text.is_empty());
    }
}
