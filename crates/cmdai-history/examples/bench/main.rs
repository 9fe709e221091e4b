//! Speed and size of the history, beside bare SQLite with the same rows on the same disk.
//!
//! `cargo run --release -p cmdai-history --example bench -- [--json] [--dir DIR] SIZE…`. Writes are one-shot processes: this
//! program runs itself again for each; what is timed is opening, writing and closing, without the start of the process.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program prints")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a failure ends the bench")]
#![allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "figures")]

mod corpus;

use cmdai_history::{RetentionPolicy, SearchMode, SearchQuery, Source, Store};
use rusqlite::{Connection, params};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

const WRITES: usize = 200;
const SEARCHES: usize = 21;

/// One figure: what, of which corpus, and milliseconds (or megabytes, entries a second) at p50 and p95.
struct Figure {
    name: String,
    size: usize,
    p50: f64,
    p95: f64,
}

fn main() {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [role, path, number, size] = arguments.as_slice()
        && role.starts_with("write-")
    {
        one_shot(role, Path::new(path), number.parse().unwrap(), size.parse().unwrap());
        return;
    }
    let json = arguments.iter().position(|a| a == "--json").map(|at| arguments.remove(at)).is_some();
    let directory = arguments.iter().position(|a| a == "--dir").map(|at| {
        arguments.remove(at);
        PathBuf::from(arguments.remove(at))
    });
    let sizes: Vec<usize> = arguments.iter().map(|a| a.parse().expect("a number of entries")).collect();
    let sizes = if sizes.is_empty() { vec![10_000, 100_000] } else { sizes };
    let home = directory.map_or_else(tempfile::tempdir, tempfile::tempdir_in).unwrap();
    let mut figures = Vec::new();
    for size in sizes {
        bench(home.path(), size, &mut figures);
    }
    if json {
        let all: Vec<_> = figures
            .iter()
            .map(|f| serde_json::json!({"name": f.name, "entries": f.size, "p50": f.p50, "p95": f.p95}))
            .collect();
        println!("{}", serde_json::Value::from(all));
    } else {
        println!("{:<44} {:>9} {:>12} {:>12}", "", "entries", "p50", "p95");
        for f in &figures {
            println!("{:<44} {:>9} {:>12.3} {:>12.3}", f.name, f.size, f.p50, f.p95);
        }
    }
}

fn bench(home: &Path, size: usize, figures: &mut Vec<Figure>) {
    let directory = home.join(size.to_string());
    std::fs::create_dir_all(&directory).unwrap();
    let (db, bare, source) =
        (directory.join("h/history.db"), directory.join("bare.db"), directory.join("native.ndjson"));
    let mut add = |name: &str, mut values: Vec<f64>| {
        values.sort_by(f64::total_cmp);
        let at = |percent: usize| values[(values.len() * percent / 100).min(values.len() - 1)];
        eprintln!("{name}: {:.3}", at(50));
        figures.push(Figure { name: name.to_owned(), size, p50: at(50), p95: at(95) });
    };
    write_source(&source, size);
    let started = Instant::now();
    Store::open(&db).unwrap().import_file(&source, Source::Native).unwrap();
    add("import, s", vec![started.elapsed().as_secs_f64()]);
    let started = Instant::now();
    fill_bare(&bare, size);
    add("  bare: the same inserts in one transaction, s", vec![started.elapsed().as_secs_f64()]);
    let megabytes = |path: &Path| std::fs::metadata(path).unwrap().len() as f64 / 1e6;
    Store::open(&db).unwrap().vacuum().unwrap();
    add("size, MB", vec![megabytes(&db)]);
    add("  bare, MB", vec![megabytes(&bare)]);
    std::fs::remove_file(&source).unwrap();

    add("open, ms", repeat(SEARCHES, || drop(Store::open(&db).unwrap())));
    add("one-shot write (a process each), ms", writes("write-store", &db, size));
    add("  bare: default WAL and close, ms", writes("write-bare", &bare, size));
    let store = Store::open(&db).unwrap();
    for (name, query) in queries() {
        add(&name, repeat(SEARCHES, || drop(store.search(&query).unwrap())));
    }
    let conn = Connection::open(&bare).unwrap();
    for (name, text) in [("rare", corpus::RARE), ("common", "git"), ("no match", "qqqqzz"), ("two characters", "zq")] {
        let sql = "SELECT * FROM h WHERE command LIKE '%' || ?1 || '%' ORDER BY time DESC LIMIT 50";
        add(
            &format!("  bare LIKE: {name}, ms"),
            repeat(3, || {
                let mut statement = conn.prepare(sql).unwrap();
                let mut rows = statement.query([text]).unwrap();
                while rows.next().unwrap().is_some() {}
            }),
        );
    }
    let mut asked = 0;
    add(
        "repeat a request, ms",
        repeat(SEARCHES, || {
            asked += 97;
            let entry = corpus::entry(asked % size, size);
            drop(store.repeat(&entry.request, entry.shell, entry.platform).unwrap());
        }),
    );
    drop(store);
    let mut store = Store::open(&db).unwrap();
    let policy = RetentionPolicy { max_entries: Some(size as u64 - 4000), ..RetentionPolicy::default() };
    let now = chrono::Utc::now();
    add("retention, a batch of 200, ms", repeat(10, || assert!(store.retain(&policy, now, 200).unwrap().more)));
    let started = Instant::now();
    assert!(store.doctor().unwrap().problems.is_empty());
    add("doctor, s", vec![started.elapsed().as_secs_f64()]);
    drop(store);
    std::fs::remove_dir_all(&directory).unwrap();
}

fn queries() -> Vec<(String, SearchQuery)> {
    let text =
        |name: &str, text: &str, mode| (format!("search: {name}, ms"), SearchQuery { mode, ..SearchQuery::text(text) });
    let mut all = vec![
        text("rare substring", corpus::RARE, SearchMode::Substring),
        text("common word", "git", SearchMode::Substring),
        text("two common words", "git commit", SearchMode::Substring),
        text("no match", "qqqqzz", SearchMode::Substring),
        text("two characters", "zq", SearchMode::Substring),
        text("one character", "g", SearchMode::Substring),
        text("prefix", "git co", SearchMode::Prefix),
        text("exact", "git status", SearchMode::Exact),
        text("regular expression", "^kubectl .*-1[0-9]+ ", SearchMode::Regex),
        text("fuzzy", "gtcmt", SearchMode::Fuzzy),
        ("search: empty, ms".to_owned(), SearchQuery::default()),
    ];
    let cwd = Some("/home/ada/src/vault".into());
    all.push(("search: common word in one directory, ms".to_owned(), SearchQuery { cwd, ..SearchQuery::text("git") }));
    let favourite = Some(true);
    all.push(("search: favourites, ms".to_owned(), SearchQuery { favourite, ..SearchQuery::default() }));
    all
}

fn repeat(times: usize, mut work: impl FnMut()) -> Vec<f64> {
    (0..times)
        .map(|_| {
            let started = Instant::now();
            work();
            started.elapsed().as_secs_f64() * 1e3
        })
        .collect()
}

fn write_source(path: &Path, size: usize) {
    let mut out = std::io::BufWriter::new(std::fs::File::create(path).unwrap());
    writeln!(out, "{{\"cmdai-history\":1}}").unwrap();
    for number in 0..size {
        serde_json::to_writer(&mut out, &corpus::entry(number, size)).unwrap();
        writeln!(out).unwrap();
    }
    out.flush().unwrap();
}

const BARE: &str = "INSERT INTO h(time, request, command, cwd, exit) VALUES (?1, ?2, ?3, ?4, ?5)";

fn fill_bare(path: &Path, size: usize) {
    let mut conn = Connection::open(path).unwrap();
    conn.execute_batch(
        "PRAGMA journal_mode = WAL; CREATE TABLE h(id INTEGER PRIMARY KEY, time INTEGER, request TEXT, command TEXT, cwd TEXT, exit INTEGER); \
         CREATE INDEX h_time ON h(time);",
    )
    .unwrap();
    let tx = conn.transaction().unwrap();
    let mut statement = tx.prepare(BARE).unwrap();
    for number in 0..size {
        insert_bare(&mut statement, number, size);
    }
    drop(statement);
    tx.commit().unwrap();
}

fn insert_bare(statement: &mut rusqlite::Statement<'_>, number: usize, size: usize) {
    let entry = corpus::entry(number, size);
    let exit = entry.execution.map(|e| e.exit_code);
    let cwd = entry.cwd.to_string_lossy();
    statement.execute(params![entry.time.timestamp_micros(), entry.request, entry.command, cwd, exit]).unwrap();
}

fn writes(role: &str, path: &Path, size: usize) -> Vec<f64> {
    let program = std::env::current_exe().unwrap();
    (0..WRITES)
        .map(|number| {
            let arguments =
                [role.to_owned(), path.display().to_string(), (size + number).to_string(), size.to_string()];
            let output = Command::new(&program).args(arguments).output().unwrap();
            String::from_utf8_lossy(&output.stdout).trim().parse().unwrap()
        })
        .collect()
}

/// Opens, writes one entry, closes; prints the milliseconds. The checkpoint comes after the output, as in the program.
fn one_shot(role: &str, path: &Path, number: usize, size: usize) {
    let mut entry = corpus::entry(number, size);
    entry.time = chrono::Utc::now();
    let started = Instant::now();
    if role == "write-bare" {
        let conn = Connection::open(path).unwrap();
        conn.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL").unwrap();
        insert_bare(&mut conn.prepare(BARE).unwrap(), number, size);
        drop(conn);
        println!("{}", started.elapsed().as_secs_f64() * 1e3);
    } else {
        let mut store = Store::open(path).unwrap();
        store.save(&entry).unwrap();
        drop(store);
        println!("{}", started.elapsed().as_secs_f64() * 1e3);
        Store::open(path).unwrap().checkpoint().unwrap();
    }
}
