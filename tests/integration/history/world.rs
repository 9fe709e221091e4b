//! What the tests share: a directory, entries, and a look at the bytes on disk.

use chrono::{DateTime, Utc};
use cmdai_core::assess::{Decision, RiskLevel};
use cmdai_core::execute::Execution;
use cmdai_core::record::{Disposition, HistoryEntry, SafetyRecord};
use cmdai_core::request::{Platform, ShellType};
use cmdai_history::Store;
use std::path::{Path, PathBuf};
use std::time::Duration;
use uuid::Uuid;

pub(crate) struct World {
    directory: tempfile::TempDir,
}

impl World {
    pub(crate) fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }
    pub(crate) fn db(&self) -> PathBuf {
        self.path("data/history.db")
    }
    pub(crate) fn store(&self) -> Store {
        Store::open(self.db()).unwrap()
    }
    /// The names of the files that hold `bytes`.
    pub(crate) fn files_with(&self, bytes: &[u8]) -> Vec<String> {
        let mut found = Vec::new();
        let mut pending = vec![self.directory.path().to_owned()];
        while let Some(path) = pending.pop() {
            if path.is_dir() {
                pending.extend(std::fs::read_dir(path).unwrap().map(|f| f.unwrap().path()));
            } else if std::fs::read(&path).unwrap().windows(bytes.len()).any(|w| w.eq_ignore_ascii_case(bytes)) {
                found.push(path.file_name().unwrap().to_string_lossy().into_owned());
            }
        }
        found.sort();
        found
    }
}

/// A moment some minutes after the beginning of 2026.
pub(crate) fn minute(minutes: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_767_225_600 + minutes * 60, 0).unwrap()
}

/// An entry that ran well, `minutes` into 2026.
pub(crate) fn ran(minutes: i64, request: &str, command: &str) -> HistoryEntry {
    HistoryEntry {
        id: Uuid::now_v7(),
        time: minute(minutes),
        request: request.to_owned(),
        command: Some(command.to_owned()),
        edited: None,
        explanation: None,
        shell: ShellType::Bash,
        platform: Platform::Linux,
        cwd: "/home/ada/project".into(),
        session: None,
        host: Some("host".to_owned()),
        user: Some("ada".to_owned()),
        disposition: Disposition::Run,
        safety: Some(SafetyRecord {
            risk: RiskLevel::Safe,
            rules: vec!["rule".to_owned()],
            decision: Decision::Allow,
            consent: None,
        }),
        execution: Some(Execution { exit_code: 0, duration: Duration::from_millis(7) }),
        generation: None,
        tags: Vec::new(),
        favourite: false,
        redactions: Vec::new(),
    }
}

pub(crate) fn assert_whole(path: &Path) {
    let health = Store::open(path).unwrap().doctor().unwrap();
    assert_eq!(health.problems, Vec::<String>::new());
}
