//! Settings on a real disk: reading, saving, links, modes, changes by others, keys for servers.

#![cfg(unix)]

use cmdai_config::{
    Draft, Environment, Inputs, Layer, Places, Problem, SaveError, Source, load, load_anyway, read_all, save,
};
use cmdai_core::request::{Platform, SafetyLevel};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

fn places(user: &Path) -> Places {
    Places { user: Some(user.to_owned()), ..Places::default() }
}

fn draft_of(path: &Path) -> Draft {
    let sources = read_all(&places(path));
    let source = sources.into_iter().next().unwrap_or_else(|| Source::new(Layer::User, path, ""));
    Draft::new(&source).unwrap()
}

fn with_level(path: &Path, level: &str) -> Draft {
    let mut draft = draft_of(path);
    draft.set("safety.level", level).unwrap();
    draft
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn load_problem(places: &Places) -> Vec<Problem> {
    let environment = Environment::empty();
    let loaded = load_anyway(&Inputs { places, environment: &environment, flags: &[], check: None });
    loaded.diagnostics.into_iter().map(|d| d.problem).collect()
}

#[test]
fn files_are_found_and_read_in_their_order() {
    let root = tempfile::tempdir().unwrap();
    let home = root.path().join("home");
    let project = home.join("work/project");
    fs::create_dir_all(project.join("src")).unwrap();
    fs::create_dir_all(home.join(".config/cmdai")).unwrap();
    fs::write(home.join(".config/cmdai/config.toml"), "safety.level = \"permissive\"\nrequest.timeout = 9\n").unwrap();
    fs::create_dir(project.join(".git")).unwrap();
    fs::write(project.join(".cmdai.toml"), "safety.level = \"strict\"\nmodel.default = \"evil\"\n").unwrap();
    let environment: Environment = [("HOME", home.to_str().unwrap()), ("CMDAI_KEEP_ALIVE", "1")].into_iter().collect();
    let mut places = Places::find(Platform::Linux, &environment, &project.join("src"), &|path| path.exists());
    places.system = None;
    let loaded = load(&Inputs { places: &places, environment: &environment, flags: &[], check: None }).unwrap();
    assert_eq!(loaded.settings.safety.level, SafetyLevel::Strict);
    assert_eq!(loaded.settings.request.timeout.as_secs(), 9);
    assert_eq!(loaded.settings.worker.keep_alive.as_secs(), 1);
    assert_eq!(loaded.diagnostics.len(), 1);
    let origin = loaded.get("safety.level").unwrap().origin.to_string();
    assert_eq!(origin, format!("{}:1", project.join(".cmdai.toml").display()));
    let none = places.without_files();
    assert_eq!((none.user, none.project, none.home), (None, None, Some(home)));
}

#[test]
fn what_cannot_be_read_is_an_error_and_never_the_defaults() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("config.toml");
    assert_eq!(load_problem(&places(&path)), []);
    let named = Places::default().with_user(path.clone());
    assert!(matches!(load_problem(&named)[..], [Problem::Unreadable { .. }]), "a file that was named must be there");
    fs::write(&path, b"safety.level = \"\xff\"").unwrap();
    assert!(matches!(&load_problem(&places(&path))[..], [Problem::Unreadable { cause }] if cause.contains("byte 16")));
    fs::write(&path, "#".repeat(300 * 1024)).unwrap();
    assert!(matches!(&load_problem(&places(&path))[..], [Problem::Unreadable { cause }] if cause.contains("262144")));
    assert!(matches!(load_problem(&places(dir.path()))[..], [Problem::Unreadable { .. }]), "a directory");
    let environment = Environment::empty();
    let places = places(dir.path());
    let error = load(&Inputs { places: &places, environment: &environment, flags: &[], check: None }).unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("the file cannot be read") && text.ends_with(&format!("--> {}", dir.path().display())),
        "{text}"
    );
    assert_eq!(error.0.settings, cmdai_config::Settings::default());
}

#[test]
fn a_new_file_is_for_the_user_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a/b/config.toml");
    let saved = save(&with_level(&path, "strict"), None).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "[safety]\nlevel = \"strict\"\n");
    assert_eq!((mode(&path), mode(&dir.path().join("a/b")), mode(&dir.path().join("a"))), (0o600, 0o700, 0o700));
    assert!(!saved.is_changed() && saved.base() == saved.text());
    assert_eq!(fs::read_dir(dir.path().join("a/b")).unwrap().count(), 1, "nothing is left beside it");
}

#[test]
fn modes_and_links_stay() {
    let dir = tempfile::tempdir().unwrap();
    let (path, real) = (dir.path().join("config.toml"), dir.path().join("dotfiles.toml"));
    fs::write(&real, "# mine\n").unwrap();
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    symlink("middle.toml", &path).unwrap();
    symlink("dotfiles.toml", dir.path().join("middle.toml")).unwrap();
    save(&with_level(&path, "strict"), None).unwrap();
    assert!(fs::symlink_metadata(&path).unwrap().is_symlink());
    assert_eq!((fs::read_to_string(&real).unwrap().lines().count(), mode(&real)), (4, 0o640));

    let dangling = dir.path().join("dangling.toml");
    symlink("made.toml", &dangling).unwrap();
    save(&with_level(&dangling, "strict"), None).unwrap();
    assert!(fs::symlink_metadata(&dangling).unwrap().is_symlink() && dir.path().join("made.toml").is_file());

    let round = dir.path().join("round.toml");
    symlink("round.toml", &round).unwrap();
    let draft = Draft::new(&Source::new(Layer::User, &round, "")).unwrap();
    assert!(save(&draft, None).is_err());
}

#[test]
fn a_change_by_somebody_else_is_noticed_and_merged() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("config.toml");
    fs::write(&path, "request.timeout = 5\n").unwrap();
    let mut draft = with_level(&path, "strict");
    draft.set("request.timeout", "6").unwrap();
    fs::write(&path, "request.timeout = 7\nhistory.repeat = false\n").unwrap();
    let SaveError::Changed(changed) = save(&draft, None).unwrap_err() else { panic!("not noticed") };
    assert_eq!(changed.conflicts.iter().map(|c| c.key.as_str()).collect::<Vec<_>>(), ["request.timeout"]);
    assert_eq!(fs::read_to_string(&path).unwrap(), changed.newer);
    save(&draft.merge(&changed.newer).unwrap(), None).unwrap();
    assert_eq!(
        fs::read_to_string(&path).unwrap(),
        "request.timeout = 6\nhistory.repeat = false\n\n[safety]\nlevel = \"strict\"\n"
    );
    let draft = with_level(&path, "permissive");
    fs::remove_file(&path).unwrap();
    assert!(matches!(save(&draft, None), Err(SaveError::Changed(_))));
}

#[test]
fn only_a_valid_whole_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("config.toml");
    let text = "history.keep_runs = \"x\"\nunknown = 1\n";
    fs::write(&path, text).unwrap();
    let mut draft = with_level(&path, "strict");
    assert!(matches!(save(&draft, None), Err(SaveError::Invalid(found)) if found.len() == 2));
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
    draft.set("history.keep_runs", "3").unwrap();
    save(&draft, None).unwrap();
    let refused = |_: &str, _: &str| Err("no".to_owned());
    let mut draft = draft_of(&path);
    draft.set("history.rules", "[{ name = 'a', pattern = '(', kind = 'k' }]").unwrap();
    assert!(matches!(save(&draft, Some(&refused)), Err(SaveError::Invalid(_))));
}

#[test]
fn keys_for_servers_come_from_variables_and_files() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("key");
    fs::write(&file, " from-file\n").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    let empty = dir.path().join("empty");
    fs::write(&empty, " \n").unwrap();
    let backend = |key_env: Option<&str>, key_file: Option<&Path>| {
        let source = Source::new(Layer::User, "/u", "[backends.d]\nkind = \"ollama\"\nmodel = \"m\"\n");
        let loaded = cmdai_config::combine(&[source], &Environment::empty(), &[], None, None);
        let mut backend = loaded.settings.backends["d"].clone();
        (backend.key_env, backend.key_file) = (key_env.map(str::to_owned), key_file.map(PathBuf::from));
        backend
    };
    let gone = dir.path().join("gone");
    let environment: Environment = [("SET", "from-variable")].into_iter().collect();
    let key = |name, file| backend(name, file).key(&environment);
    let text = |name, file| key(name, file).unwrap().map(|found| found.key.reveal().to_owned());
    assert_eq!(text(None, None), None);
    assert_eq!(text(Some("SET"), Some(&file)).as_deref(), Some("from-variable"));
    assert_eq!(text(Some("UNSET"), Some(&file)).as_deref(), Some("from-file"));
    assert!(key(Some("UNSET"), None).is_err() && key(None, Some(&empty)).is_err());
    assert!(key(None, Some(&gone)).is_err());
    assert!(!key(None, Some(&file)).unwrap().unwrap().is_open);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let found = key(None, Some(&file)).unwrap().unwrap();
    assert!(found.is_open && !format!("{found:?}").contains("from-file"));
}
