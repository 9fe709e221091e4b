//! What is found first, and what a search reaches.

use crate::world::{World, minute, ran};
use cmdai_history::redact::Redactor;
use cmdai_history::{SearchMode, SearchQuery, Store};

fn store(entries: &[(i64, &str, &str)]) -> Store {
    let mut store = Store::in_memory(Redactor::default()).unwrap();
    for (minutes, request, command) in entries {
        store.save(&ran(*minutes, request, command)).unwrap();
    }
    store
}

fn found(store: &Store, query: &SearchQuery) -> Vec<String> {
    let page = store.search(query).unwrap();
    page.found.into_iter().map(|f| f.entry.final_command().unwrap_or_default().to_owned()).collect()
}

/// Words of the text, then the commands that are found, best first.
fn check(store: &Store, text: &str, mode: SearchMode, expected: &[&str]) {
    let query = SearchQuery { mode, ..SearchQuery::text(text) };
    assert_eq!(found(store, &query), expected, "{text:?} {mode:?}");
}

#[test]
fn each_mode_finds_its_own() {
    let store = store(&[
        (1, "show what changed", "git diff"),
        (2, "put changes away", "git stash"),
        (3, "unpack it", "tar -xzf a.tar.gz"),
        (4, "list files in the café", "ls -la"),
    ]);
    check(&store, "stash", SearchMode::Substring, &["git stash"]);
    check(&store, "CHANGE git", SearchMode::Substring, &["git stash", "git diff"]);
    check(&store, "tar.gz", SearchMode::Substring, &["tar -xzf a.tar.gz"]);
    check(&store, "la", SearchMode::Substring, &["ls -la"]);
    check(&store, "GIT S", SearchMode::Prefix, &["git stash"]);
    check(&store, "git diff", SearchMode::Exact, &["git diff"]);
    check(&store, "git", SearchMode::Exact, &[]);
    check(&store, "unpack it", SearchMode::Exact, &["tar -xzf a.tar.gz"]);
    check(&store, "^git (diff|log)", SearchMode::Regex, &["git diff"]);
    check(&store, "gsh", SearchMode::Fuzzy, &["git stash"]);
    assert!(store.search(&SearchQuery { mode: SearchMode::Regex, ..SearchQuery::text("(") }).is_err());
}

#[test]
fn warm_commands_and_those_used_here_come_first_and_failures_last() {
    let mut store = store(&[(5, "a", "make test"), (6, "b", "make lint")]);
    check(&store, "make", SearchMode::Substring, &["make lint", "make test"]);
    let mut failed = ran(7, "c", "make docs");
    failed.execution.as_mut().unwrap().exit_code = 2;
    store.save(&failed).unwrap();
    check(&store, "make", SearchMode::Substring, &["make lint", "make test", "make docs"]);
    let mut elsewhere = ran(4, "d", "make test");
    elsewhere.cwd = "/srv".into();
    store.save(&elsewhere).unwrap();
    let here = SearchQuery { here: Some("/srv".into()), ..SearchQuery::text("make") };
    assert_eq!(found(&store, &here), ["make test", "make lint", "make docs"]);
    let now = chrono::Utc::now();
    let mut warm = ran(0, "e", "make docs");
    for minutes in 0..50 {
        (warm.id, warm.time) = (uuid::Uuid::now_v7(), now - chrono::Duration::minutes(minutes));
        store.save(&warm).unwrap();
    }
    check(&store, "make", SearchMode::Substring, &["make docs", "make test", "make lint"]);
}

#[test]
fn the_indexes_reach_behind_the_window() {
    let world = World::new();
    let mut store = world.store();
    store.save(&ran(0, "measure the Zwölfkampf", "needle --in haystack")).unwrap();
    let mut text = Vec::new();
    for number in 0..7000 {
        text.push(ran(number + 1, &format!("request {number}"), &format!("echo straw {number}")));
    }
    store.save_all(&text).unwrap();
    check(&store, "needle", SearchMode::Substring, &["needle --in haystack"]);
    check(&store, "eedl", SearchMode::Prefix, &[]);
    check(&store, "need", SearchMode::Prefix, &["needle --in haystack"]);
    check(&store, "zwolf", SearchMode::Substring, &["needle --in haystack"]);
    check(&store, "needle --in haystack", SearchMode::Exact, &["needle --in haystack"]);
    let page = store.search(&SearchQuery::text("straw")).unwrap();
    assert_eq!((page.found.len(), page.complete), (50, false), "so many that not all are looked at, and it says so");
    assert_eq!(page.found[0].entry.time, minute(7000));
    let nothing = store.search(&SearchQuery::text("nothing-like-it")).unwrap();
    assert_eq!((nothing.found.len(), nothing.complete), (0, true));
}

#[test]
fn a_ranking_is_turned_over_without_a_new_search() {
    let store = store(&[(1, "a", "echo 1"), (2, "b", "echo 2"), (3, "c", "echo 3")]);
    let ranking = store.rank(&SearchQuery::text("echo")).unwrap();
    let second = store.load(ranking.hits.iter().skip(1).take(1)).unwrap();
    let paged = SearchQuery { offset: 1, limit: 1, ..SearchQuery::text("echo") };
    assert_eq!(second, store.search(&paged).unwrap().found);
    assert_eq!(second[0].entry.final_command(), Some("echo 2"));
}

#[test]
fn the_last_word_of_the_user_counts() {
    use cmdai_core::record::Disposition;
    use cmdai_core::request::{Platform, ShellType};
    let mut store = store(&[(1, "List all files.", "ls -a")]);
    let answer = |store: &Store, request: &str, shell| {
        store.repeat(request, shell, Platform::Linux).unwrap().map(|repeat| repeat.command)
    };
    assert_eq!(answer(&store, "list  all files", ShellType::Bash).as_deref(), Some("ls -a"));
    assert_eq!(answer(&store, "list all files", ShellType::Fish), None);
    assert_eq!(answer(&store, "list all Files", ShellType::Bash), None);
    let mut edited = ran(2, "list all files", "ls");
    edited.edited = Some("ls -A".to_owned());
    store.save(&edited).unwrap();
    assert_eq!(answer(&store, "list all files", ShellType::Bash).as_deref(), Some("ls -A"));
    for number in 3..30 {
        let mut shown = ran(number, "list all files", "dir");
        (shown.disposition, shown.execution) = (Disposition::Shown, None);
        store.save(&shown).unwrap();
    }
    assert_eq!(answer(&store, "list all files", ShellType::Bash).as_deref(), Some("ls -A"), "only shown says nothing");
    let mut declined = ran(40, "list all files", "ls -A");
    (declined.disposition, declined.execution) = (Disposition::Declined, None);
    store.save(&declined).unwrap();
    assert_eq!(answer(&store, "list all files", ShellType::Bash), None);
    let secret = ran(50, "log in", "curl -u ada:h4nterZ https://example.org");
    store.save(&secret).unwrap();
    assert_eq!(answer(&store, "log in", ShellType::Bash), None, "what was hidden cannot be run");
}

#[test]
fn marks_are_put_on_and_taken_off() {
    let mut store = store(&[(1, "a", "echo 1")]);
    let id = store.search(&SearchQuery::default()).unwrap().found[0].entry.id;
    assert!(store.set_favourite(id, true).unwrap() && store.tag(id, "work").unwrap());
    assert!(!store.tag(id, "work").unwrap(), "it has it");
    let entry = store.get(id).unwrap().unwrap().entry;
    assert_eq!((entry.favourite, entry.tags), (true, vec!["work".to_owned()]));
    assert!(store.untag(id, "work").unwrap() && !store.untag(id, "work").unwrap());
    assert!(!store.set_favourite(uuid::Uuid::nil(), true).unwrap());
}
