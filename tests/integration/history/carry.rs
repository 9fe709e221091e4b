//! Out to files and in from the histories of other programs.

use crate::world::{World, assert_whole, ran};
use cmdai_core::contract::fake;
use cmdai_core::record::HistoryEntry;
use cmdai_history::redact::{Mode, Redactor};
use cmdai_history::{Format, HistoryError, Imported, SearchQuery, Source, Store};
use rusqlite::Connection;

fn memory() -> Store {
    Store::in_memory(Redactor::default()).unwrap()
}

fn entries(store: &Store) -> Vec<HistoryEntry> {
    let mut found = store.search(&SearchQuery { limit: 10_000, ..SearchQuery::default() }).unwrap().found;
    found.reverse();
    found.into_iter().map(|f| f.entry).collect()
}

fn exported(store: &Store, format: Format) -> String {
    let mut out = Vec::new();
    store.export(&mut out, format, &SearchQuery::default()).unwrap();
    String::from_utf8(out).unwrap()
}

/// Commands with their times in seconds, after importing once; imported again, nothing is added.
fn check(source: Source, text: &[u8], expected: &[(i64, &str)]) -> Imported {
    let mut store = memory();
    let report = store.import(text, source).unwrap();
    let found = entries(&store);
    let shown: Vec<_> = found.iter().map(|e| (e.time.timestamp(), e.command.as_deref().unwrap())).collect();
    assert_eq!(shown, expected);
    let again = store.import(text, source).unwrap();
    assert_eq!(
        (again.added, again.known, again.skipped),
        (0, report.added, report.skipped),
        "importing again adds nothing"
    );
    report
}

#[test]
fn what_is_exported_comes_back_whole() {
    let mut store = memory();
    for (number, text) in ["ls", "cat <<E\n'\"`$\nE", "é👩‍💻, \"q\"", ""].into_iter().enumerate() {
        let mut entry = fake::entry(text);
        entry.id = uuid::Uuid::from_u128(number as u128 + 1);
        store.save(&entry).unwrap();
        (entry.edited, entry.safety, entry.generation, entry.execution) = (None, None, None, None);
        entry.id = uuid::Uuid::from_u128(number as u128 + 100);
        store.save(&entry).unwrap();
    }
    let text = exported(&store, Format::Native);
    assert!(text.starts_with("{\"cmdai-history\":1}\n"));
    let mut other = memory();
    let report = other.import(text.as_bytes(), Source::Native).unwrap();
    assert_eq!((report.added, report.known, report.skipped), (8, 0, 0));
    assert_eq!(entries(&other), entries(&store));
    assert_eq!(exported(&other, Format::Native), text);
    assert_eq!(other.import(text.as_bytes(), Source::Native).unwrap().known, 8);
}

#[test]
fn a_table_and_a_script() {
    let mut store = memory();
    let mut entry = ran(0, "say \"hi\", twice", "echo hi\necho hi");
    entry.id = uuid::Uuid::nil();
    store.save(&entry).unwrap();
    let mut secret = ran(1, "log in", "mysql -phunter2 db");
    secret.id = uuid::Uuid::max();
    store.save(&secret).unwrap();
    let table = exported(&store, Format::Csv);
    let rows: Vec<&str> = table.split("\r\n").collect();
    assert!(rows[0].starts_with("id,time,request,command,edited,shell"));
    assert_eq!(
        rows[1],
        "00000000-0000-0000-0000-000000000000,2026-01-01T00:00:00+00:00,\"say \"\"hi\"\", twice\",\"echo hi\necho hi\",,bash,linux,\
         /home/ada/project,,run,safe,allow,0,7.000,,,,,false"
    );
    assert_eq!(exported(&store, Format::Plain), "#1767225600\necho hi\necho hi\n");
}

#[test]
fn bash_with_and_without_times() {
    check(Source::Bash, b"ls\n\ncd /tmp\nls\n", &[(0, "ls"), (0, "cd /tmp"), (0, "ls")]);
    let timed =
        b"#1700000000\nls -la\n#1700000005\nfor f in *; do\n  echo $f\ndone\n#1700000005\nls\n#1700000005\nls\n";
    check(
        Source::Bash,
        timed,
        &[
            (1_700_000_000, "ls -la"),
            (1_700_000_005, "for f in *; do\n  echo $f\ndone"),
            (1_700_000_005, "ls"),
            (1_700_000_005, "ls"),
        ],
    );
    let report =
        check(Source::Bash, b"ls\n\xff\xfe\nmysql -phunter2\n", &[(0, "ls"), (0, "mysql -p[REDACTED:password]")]);
    assert_eq!((report.skipped, report.reasons[0].line, report.redacted), (1, 2, 1));
}

#[test]
fn zsh_plain_extended_and_metafied() {
    check(Source::Zsh, b"ls\ncd /tmp\n", &[(0, "ls"), (0, "cd /tmp")]);
    // `\xc3\x83` is the letter Ã, whose second byte zsh writes as a mark and the byte with one bit turned.
    let text = b": 1700000000:0;ls\n: 1700000001:3;echo a\\\necho b\n: 1700000002:0;echo \xc3\x83\xa3\n";
    check(Source::Zsh, text, &[(1_700_000_000, "ls"), (1_700_000_001, "echo a\necho b"), (1_700_000_002, "echo Ã")]);
}

#[test]
fn fish_with_escapes_and_paths() {
    let text =
        b"- cmd: echo a\\nb \\\\n\n  when: 1700000000\n  paths:\n    - a\n- cmd: ls\n  when: 1700000001\nrubbish\n";
    let report = check(Source::Fish, text, &[(1_700_000_000, "echo a\nb \\n"), (1_700_000_001, "ls")]);
    assert_eq!((report.skipped, report.reasons[0].line), (1, 7));
}

#[test]
fn atuin_with_its_details() {
    let world = World::new();
    let path = world.path("atuin.db");
    let conn = Connection::open(&path).unwrap();
    conn.execute_batch(
        "CREATE TABLE history (id text primary key, timestamp integer not null, duration integer not null, exit integer not null, \
           command text not null, cwd text not null, session text not null, hostname text not null, deleted_at integer);
         INSERT INTO history VALUES ('018bcfe5-6800-7000-8000-000000000001', 1700000000000000000, 5000000, 2, 'make', '/src', 's1', 'h:ada', NULL);
         INSERT INTO history VALUES ('0abc', 1700000001000000000, -1, -1, 'vim', '/src', 's1', 'h:ada', NULL);
         INSERT INTO history VALUES ('gone', 1700000002000000000, 0, 0, 'gone', '/src', 's1', 'h:ada', 5);",
    )
    .unwrap();
    drop(conn);
    let mut store = memory();
    assert_eq!(store.import_file(&path, Source::Atuin).unwrap().added, 2);
    let found = entries(&store);
    assert_eq!(found[0].execution.unwrap().exit_code, 2);
    assert_eq!(
        (found[0].cwd.to_str(), found[0].host.as_deref(), found[0].user.as_deref()),
        (Some("/src"), Some("h"), Some("ada"))
    );
    assert_eq!((found[1].command.as_deref(), found[1].execution), (Some("vim"), None));
    assert_eq!(store.import_file(&path, Source::Atuin).unwrap().known, 2);
    std::fs::write(&path, "no database at all").unwrap();
    assert!(matches!(store.import_file(&path, Source::Atuin), Err(HistoryError::Format { .. })));
}

#[test]
fn bad_lines_are_skipped_and_another_format_is_refused() {
    let mut store = memory();
    let good = serde_json::to_string(&fake::entry("ls")).unwrap();
    let text = format!("{{\"cmdai-history\":1}}\n{good}\nnot json\n{{\"id\":1}}\n");
    let report = store.import(text.as_bytes(), Source::Native).unwrap();
    assert_eq!((report.added, report.skipped), (1, 2));
    assert_eq!(report.reasons.iter().map(|r| r.line).collect::<Vec<_>>(), [3, 4]);
    for wrong in ["ls\ncd\n", "{\"cmdai-history\":2}\n"] {
        assert!(matches!(store.import(wrong.as_bytes(), Source::Native), Err(HistoryError::Format { .. })));
    }
    assert_eq!(store.import(&b""[..], Source::Native).unwrap(), Imported::default());
}

#[test]
fn a_large_import_builds_the_indexes_once_and_right() {
    let world = World::new();
    let path = world.path("bash_history");
    let lines: Vec<String> =
        (0..12_000).map(|n| format!("#{}\necho number {n} of many\n", 1_700_000_000 + n)).collect();
    std::fs::write(&path, lines.concat()).unwrap();
    let mut store = world.store();
    store.save(&ran(0, "before", "echo before")).unwrap();
    let report = store.import_file(&path, Source::Bash).unwrap();
    assert_eq!((report.added, report.skipped), (12_000, 0));
    assert_eq!(store.search(&SearchQuery::text("\"number 7\" of")).unwrap().found.len(), 0);
    assert_eq!(store.search(&SearchQuery::text("11999")).unwrap().found.len(), 1);
    assert_eq!(store.search(&SearchQuery::text("number many")).unwrap().found.len(), 50);
    store.save(&ran(1, "after", "echo the triggers are back")).unwrap();
    assert_eq!(store.search(&SearchQuery::text("triggers")).unwrap().found.len(), 1);
    drop(store);
    assert_whole(&world.db());
}

#[test]
fn secrets_do_not_come_in_and_do_not_go_out() {
    let mut open = Store::in_memory(Redactor::new(Mode::Off)).unwrap();
    open.import(&b"mysql -phunter2\nls\n"[..], Source::Bash).unwrap();
    let text = exported(&open, Format::Native);
    assert!(text.contains("hunter2"), "nothing is looked for where the user said so");
    let mut store = memory();
    store.import(text.as_bytes(), Source::Native).unwrap();
    assert!(!exported(&store, Format::Native).contains("hunter2"));
    let mut dropping = Store::in_memory(Redactor::new(Mode::Drop)).unwrap();
    let report = dropping.import(text.as_bytes(), Source::Native).unwrap();
    assert_eq!((report.added, report.redacted), (1, 1));
}
