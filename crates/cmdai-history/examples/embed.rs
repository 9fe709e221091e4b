//! The history inside another program: keep, find, forget.
//!
//! `cargo run -p cmdai-history --example embed -- FILE TEXT` keeps a command and shows what is found for the text.

#![allow(clippy::print_stdout, reason = "a program prints")]

use chrono::Utc;
use cmdai_core::record::{Disposition, HistoryEntry};
use cmdai_core::request::{Platform, ShellType};
use cmdai_history::{HistoryError, RetentionPolicy, Saved, SearchQuery, Store};
use uuid::Uuid;

fn main() -> Result<(), HistoryError> {
    let mut arguments = std::env::args().skip(1);
    let (Some(file), Some(text)) = (arguments.next(), arguments.next()) else {
        println!("usage: embed FILE TEXT");
        return Ok(());
    };
    let mut store = Store::open(file)?;
    for notice in store.notices() {
        println!("note: {notice:?}");
    }
    let entry = HistoryEntry {
        id: Uuid::now_v7(),
        time: Utc::now(),
        request: "dump the database".to_owned(),
        command: Some("mysqldump -uroot -phunter2 app".to_owned()),
        edited: None,
        explanation: None,
        shell: ShellType::Bash,
        platform: Platform::current(),
        cwd: std::env::current_dir().unwrap_or_default(),
        session: None,
        host: None,
        user: None,
        disposition: Disposition::Shown,
        safety: None,
        execution: None,
        generation: None,
        tags: vec!["example".to_owned()],
        favourite: false,
        redactions: Vec::new(),
    };
    if let Saved::Kept(hidden) = store.save(&entry)? {
        println!("kept, hidden by: {hidden:?}");
    }
    for found in store.search(&SearchQuery::text(text))?.found {
        println!("{}  {}", found.entry.time, found.entry.final_command().unwrap_or("(no command)"));
    }
    // After the output: what may take a moment.
    store.retain(&RetentionPolicy::default(), Utc::now(), 500)?;
    store.checkpoint()?;
    Ok(())
}
