//! Forgetting, deleting, copying, counting, and looking for old secrets.

use crate::world::{World, assert_whole, minute, ran};
use cmdai_history::redact::{Mode, Redactor, UserRule};
use cmdai_history::{HistoryError, Options, RetentionPolicy, Saved, SearchQuery, Store};
use std::time::Duration;

const SECRET: &str = "Zk7qvWx93LpT";

fn off() -> Options {
    Options { redactor: Redactor::new(Mode::Off), ..Options::default() }
}

fn commands(store: &Store) -> Vec<String> {
    let page = store.search(&SearchQuery { limit: 1000, ..SearchQuery::default() }).unwrap();
    page.found.into_iter().map(|f| f.entry.command.unwrap()).collect()
}

#[test]
fn the_oldest_go_favourites_and_frequent_ones_stay() {
    let mut store = Store::in_memory(Redactor::default()).unwrap();
    let mut favourite = ran(0, "keep", "echo favourite");
    favourite.favourite = true;
    store.save(&favourite).unwrap();
    for number in 0..6 {
        store.save(&ran(1 + number, "often", "echo often")).unwrap();
    }
    for number in 0..20 {
        store.save(&ran(100 + number, "once", &format!("echo {number}"))).unwrap();
    }
    let policy = RetentionPolicy { max_entries: Some(12), ..RetentionPolicy::default() };
    let first = store.retain(&policy, minute(200), 4).unwrap();
    assert_eq!((first.removed, first.more), (4, true), "in small batches");
    store.retain_all(&policy, minute(200)).unwrap();
    let left = commands(&store);
    assert_eq!(left.len(), 12);
    assert_eq!(left[..10], (10..20).rev().map(|n| format!("echo {n}")).collect::<Vec<_>>());
    assert_eq!(left[10..], ["echo often", "echo favourite"]);
    assert_eq!(store.retain_all(&policy, minute(200)).unwrap(), 0);
    let young = RetentionPolicy { max_age: Some(Duration::from_mins(85)), keep_favourites: false, ..policy };
    store.retain_all(&young, minute(200)).unwrap();
    assert_eq!(commands(&store), ["echo 19", "echo 18", "echo 17", "echo 16", "echo 15", "echo often"]);
    let nothing = RetentionPolicy { max_entries: Some(0), keep_favourites: false, keep_runs: 0, ..young };
    store.retain_all(&nothing, minute(200)).unwrap();
    assert!(store.is_empty().unwrap());
    assert_eq!(store.doctor().unwrap().problems, Vec::<String>::new());
}

#[test]
fn a_size_is_kept() {
    let world = World::new();
    let mut store = world.store();
    let entries: Vec<_> =
        (0..3000).map(|n| ran(n, &format!("request {n}"), &format!("echo {n} {}", "x".repeat(300)))).collect();
    store.save_all(&entries).unwrap();
    let policy = RetentionPolicy { max_bytes: Some(1_000_000), ..RetentionPolicy::default() };
    store.retain_all(&policy, minute(5000)).unwrap();
    store.vacuum().unwrap();
    let health = store.doctor().unwrap();
    assert!(health.file_bytes <= 1_000_000 && health.entries > 100, "{health:?}");
    assert_eq!(health.problems, Vec::<String>::new());
}

#[test]
fn deleting_shows_first_and_refuses_everything() {
    let mut store = Store::in_memory(Redactor::default()).unwrap();
    for (number, command) in ["git push", "git pull", "ls"].into_iter().enumerate() {
        store.save(&ran(number.try_into().unwrap(), "x", command)).unwrap();
    }
    let git = SearchQuery::text("git");
    let would = store.would_delete(&git).unwrap();
    assert_eq!((would.entries, would.newest.len(), store.len().unwrap()), (2, 2, 3));
    for empty in [SearchQuery::default(), SearchQuery { limit: 5, text: "  ".into(), ..SearchQuery::default() }] {
        assert!(matches!(store.delete(&empty), Err(HistoryError::EmptyQuery)));
    }
    assert_eq!(store.delete(&git).unwrap().entries, 2);
    assert_eq!(commands(&store), ["ls"]);
    let id = store.search(&SearchQuery::default()).unwrap().found[0].entry.id;
    assert_eq!(store.delete(&SearchQuery { id: Some(id), ..SearchQuery::default() }).unwrap().entries, 1);
}

#[test]
fn a_secret_is_in_no_file() {
    let world = World::new();
    let mut store = world.store();
    let mut entry = ran(0, &format!("log in with password {SECRET}"), &format!("mysql -p{SECRET} db"));
    entry.edited = Some(format!("MYSQL_PWD={SECRET} mysql db"));
    entry.explanation = Some(format!("uses the token {SECRET}"));
    let Saved::Kept(rules) = store.save(&entry).unwrap() else { panic!() };
    assert!(rules.len() >= 3, "{rules:?}");
    store
        .set_state("session", &serde_json::json!({"password": SECRET, "text": format!("x --token={SECRET}")}))
        .unwrap();
    store.backup(&world.path("copy.db")).unwrap();
    let mut exported = Vec::new();
    store.export(&mut exported, cmdai_history::Format::Native, &SearchQuery::default()).unwrap();
    std::fs::write(world.path("export.ndjson"), exported).unwrap();
    assert_eq!(world.files_with(SECRET.as_bytes()), Vec::<String>::new());
    assert!(!world.files_with(b"REDACTED").is_empty());
    let found = store.get(entry.id).unwrap().unwrap();
    assert_eq!((found.runnable(), &found.entry.redactions), (None, &rules));
}

#[test]
fn what_was_deleted_is_in_no_file() {
    let world = World::new();
    let mut store = Store::open_with(world.db(), &off()).unwrap();
    for number in 0..300 {
        store.save(&ran(number, &format!("request {number}"), &format!("echo {number}"))).unwrap();
    }
    let long = format!("{SECRET} {}", "y".repeat(9000));
    store.save(&ran(500, &format!("request {SECRET}"), &format!("mysql -p{SECRET} {long}"))).unwrap();
    assert!(!world.files_with(SECRET.as_bytes()).is_empty());
    let deleted = store.delete(&SearchQuery::text(SECRET)).unwrap();
    assert!(deleted.entries == 1 && deleted.scrubbed);
    assert_eq!(world.files_with(SECRET.as_bytes()), Vec::<String>::new());
    // Neither do the words of it stand in an index.
    assert_eq!(world.files_with(b"zk7qv"), Vec::<String>::new());
    assert_whole(&world.db());
    assert_eq!(store.clear().unwrap(), 300);
    assert!(store.is_empty().unwrap());
    assert_whole(&world.db());
}

#[test]
fn a_scan_hides_what_was_kept_before() {
    let world = World::new();
    let mut store = Store::open_with(world.db(), &off()).unwrap();
    let mut secret = ran(1, "log in", &format!("mysql -p{SECRET} db"));
    secret.favourite = true;
    for entry in [secret.clone(), ran(2, "list", "ls"), ran(3, "again", &format!("mysql -p{SECRET} db"))] {
        store.save(&entry).unwrap();
    }
    store.set_state("session", &serde_json::json!([format!("TOKEN={SECRET}")])).unwrap();
    let seen = store.scan(false).unwrap();
    assert_eq!((seen.entries, seen.secrets.len(), seen.applied), (3, 2, false));
    assert!(!world.files_with(SECRET.as_bytes()).is_empty());
    let applied = store.scan(true).unwrap();
    assert!(applied.secrets.len() == 2 && applied.scrubbed);
    assert_eq!(world.files_with(SECRET.as_bytes()), Vec::<String>::new());
    assert_eq!(commands(&store), ["mysql -p[REDACTED:password] db", "ls", "mysql -p[REDACTED:password] db"]);
    assert!(store.get(secret.id).unwrap().unwrap().entry.favourite);
    assert_eq!(store.scan(true).unwrap().secrets, []);
    drop(store);
    assert_whole(&world.db());
    let rule = UserRule { name: "ls".into(), pattern: "^ls$".into(), kind: "x".into() };
    let options = Options { redactor: Redactor::with_rules(Mode::Drop, &[rule]).unwrap(), ..Options::default() };
    let mut store = Store::open_with(world.db(), &options).unwrap();
    assert!(matches!(store.save(&ran(4, "list", "ls")).unwrap(), Saved::Dropped(rules) if rules[0].rule == "user:ls"));
    assert_eq!(store.scan(true).unwrap().secrets.len(), 1);
    assert_eq!(store.len().unwrap(), 2, "dropped");
}

#[cfg(unix)]
#[test]
fn a_backup_is_private_whole_and_never_overwrites() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::new();
    let mut store = world.store();
    store.save(&ran(0, "list", "ls")).unwrap();
    let copy = world.path("copy.db");
    assert!(store.backup(&copy).unwrap() > 0);
    assert_eq!(std::fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(commands(&Store::open(&copy).unwrap()), ["ls"]);
    assert!(matches!(store.backup(&copy), Err(HistoryError::File { .. })));
}

#[test]
fn everything_is_counted() {
    let mut store = Store::in_memory(Redactor::default()).unwrap();
    assert_eq!(store.stats(5).unwrap().entries, 0);
    for (number, command) in ["ls", "ls", "pwd"].into_iter().enumerate() {
        let mut entry = ran(number.try_into().unwrap(), "x", command);
        entry.execution.as_mut().unwrap().exit_code = i32::from(command == "pwd");
        let duration = Duration::from_millis(10 * (number as u64 + 1));
        entry.generation = Some(cmdai_core::record::GenerationRecord {
            duration,
            backend: Some("embedded".to_owned()),
            ..Default::default()
        });
        store.save(&entry).unwrap();
    }
    let stats = store.stats(1).unwrap();
    assert_eq!((stats.entries, stats.commands, stats.runs, stats.successes), (3, 2, 3, 2));
    assert_eq!(stats.generation_ms, Some(20.0));
    assert_eq!(stats.top_commands, [("ls".to_owned(), 2)]);
    assert_eq!(stats.risks, [("safe".to_owned(), 3)]);
    assert_eq!((stats.first, stats.last), (Some(minute(0)), Some(minute(2))));
}
