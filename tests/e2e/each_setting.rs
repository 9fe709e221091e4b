//! Each setting changes what the program does, from the file and from its variable alike.
//!
//! That every key reaches its value from every layer is shown in the tests of `cmdai-config`; here the values reach the program.

use crate::backends::{nobody, server};
use crate::fetching::hub;
use crate::history::entry;
use crate::server::End;
use crate::settings::with;
use crate::terminal::Terminal;
use crate::world::{FAST, Ran, World};
use cmdai_config::Key;
use cmdai_config::schema::{BACKEND_FIELDS, SETTINGS};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::net::TcpListener;

/// Settings whose effect is shown by another test, with the text in which that stands.
const ELSEWHERE: [(&str, &str, &str); 14] = [
    ("backend.max_response", "each_setting_of_the_choice_reaches_it", CHOICE),
    ("backend.rest_after", "each_setting_of_the_choice_reaches_it", CHOICE),
    ("backend.rest", "each_setting_of_the_choice_reaches_it", CHOICE),
    ("backend.longest_rest", "each_setting_of_the_choice_reaches_it", CHOICE),
    ("worker.enabled", "the_worker_gives_the_same_answer_as_none", WORKER),
    ("worker.keep_alive", "an_idle_worker_ends", WORKER),
    ("connect_timeout", "each_field_of_a_server_reaches_it", SERVERS),
    ("first_chunk_timeout", "each_field_of_a_server_reaches_it", SERVERS),
    ("idle_timeout", "each_field_of_a_server_reaches_it", SERVERS),
    ("total_timeout", "each_field_of_a_server_reaches_it", SERVERS),
    ("probe_timeout", "each_field_of_a_server_reaches_it", SERVERS),
    ("retries", "each_field_of_a_server_reaches_it", SERVERS),
    ("ca_file", "each_field_of_a_server_reaches_it", SERVERS),
    ("key_file", "each_field_of_a_server_reaches_it", SERVERS),
];
const CHOICE: &str = include_str!("../../crates/cmdai-cli/src/backends/mod.rs");
const SERVERS: &str = include_str!("../../crates/cmdai-cli/src/backends/servers.rs");
const WORKER: &str = include_str!("worker.rs");

/// A place in which one setting has one value.
struct Place<'a> {
    world: World,
    variables: Vec<(&'a str, &'a str)>,
}

impl Place<'_> {
    fn run(&self, args: &[&str]) -> Ran {
        Ran::of(self.world.cmdai(args).envs(self.variables.iter().copied()).output().unwrap())
    }

    fn json(&self, args: &[&str]) -> Value {
        let ran = self.run(args);
        serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"))
    }

    fn code(&self, args: &[&str]) -> String {
        format!("{:?}", self.run(args).code)
    }

    fn kept(&self) -> String {
        self.json(&["history", "--json"])["entries"].as_array().unwrap().len().to_string()
    }
}

/// A setting, two values that make a difference, and how it is seen.
struct Row {
    key: &'static str,
    values: [&'static str; 2],
    /// What else stands in the file.
    file: String,
    variables: Vec<(&'static str, String)>,
    seen: fn(&Place<'_>) -> String,
}

fn row(key: &'static str, values: [&'static str; 2], file: impl Into<String>, seen: fn(&Place<'_>) -> String) -> Row {
    Row { key, values, file: file.into(), variables: Vec::new(), seen }
}

fn desk(url: &str) -> String {
    backend("desk", url)
}

fn backend(name: &str, url: &str) -> String {
    format!("[backends.{name}]\nkind = \"openai\"\nurl = \"{url}\"\nmodel = \"m\"\n")
}

/// Takes connections and says nothing.
fn mute() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || listener.incoming().collect::<Vec<_>>());
    url
}

/// One old entry that was run and is a favourite, and a new one.
fn old_and_new(place: &Place<'_>) -> String {
    let old = entry(
        1,
        1,
        "ls -la",
        &json!({
            "time": "2001-02-03T04:05:06Z", "execution": { "exit_code": 0, "duration": { "secs": 1, "nanos": 0 } },
            "favourite": place.run(&["config", "get", "request.timeout"]).ok().starts_with("11"),
        }),
    );
    std::fs::write(place.world.path().join("old"), format!("{{\"cmdai-history\":1}}\n{old}\n")).unwrap();
    place.run(&["history", "import", "old"]).ok();
    place.run(&["--json", "where am I"]).ok();
    place.kept()
}

fn two_requests(place: &Place<'_>) -> String {
    place.run(&["--json", "where am I"]).ok();
    place.run(&["--json", "list files"]).ok();
    place.kept()
}

/// Who answers a request that was run before.
fn asked_again(place: &Place<'_>) -> String {
    let mut terminal = Terminal::open(&place.world, &place.variables);
    terminal.line("cmdai where am I");
    terminal.sees("Run it?");
    terminal.line("y");
    terminal.ended_with(0);
    place.json(&["--json", "where am I"])["backend"].to_string()
}

fn about_backends() -> Vec<Row> {
    let two = backend("desk", &server("pwd")) + &backend("lab", &server("ls"));
    // Nobody is asked there: a name that is none is found out before.
    let far = backend("desk", "http://host.invalid:8000");
    let list = |place: &Place<'_>| place.json(&["backend", "list", "--json"])["backends"].to_string();
    let test = |place: &Place<'_>| place.run(&["backend", "test", "desk"]).stdout;
    vec![
        row("backend.preferred", ["desk", "lab"], &*two, |place| {
            place.json(&["--json", "where am I"])["backend"].to_string()
        }),
        row("backend.fallback", ["auto", "[]"], &*two, |place| {
            place.json(&["backend", "status", "--json"])["chosen"]["fallback"].to_string()
        }),
        row("backend.allow_remote", ["false", "true"], &*far, test),
        row("request.timeout", ["0.2", "0.4"], desk(&mute()), test),
        row("backends.desk.kind", ["ollama", "openai"], desk(&nobody()), list),
        row("backends.desk.url", ["http://127.0.0.1:1", "http://127.0.0.1:2"], desk(&nobody()), list),
        row("backends.desk.model", ["m", "n"], desk(&nobody()), list),
        row("backends.desk.key_env", ["DESK_A", "DESK_B"], desk(&nobody()), test),
        row("backends.desk.allow_remote", ["false", "true"], &*far, test),
    ]
}

fn about_models() -> Vec<Row> {
    let hub = Box::leak(Box::new(hub(|_| End::Whole))).url();
    let with_hub = |row: Row| Row { variables: vec![("HF_ENDPOINT", hub.clone())], ..row };
    vec![
        row("model.default", ["qwen2.5-coder-1.5b", "smollm2-135m"], "", |place| place.run(&["model", "list"]).ok()),
        row("model.runtime", ["auto", "mlx"], "", |place| place.run(&["backend", "list"]).ok()),
        with_hub(row("model.offline", ["true", "false"], "", |place| place.code(&["model", "pull", FAST]))),
        with_hub(row("model.cache_gb", ["0", "20"], "", |place| {
            place.run(&["model", "pull", FAST]).ok();
            place.run(&["model", "gc"]).ok();
            place.code(&["model", "verify", FAST])
        })),
        with_hub(row("model.fetch", ["false", "true"], "", |place| {
            // Only whether it is fetched counts, not what it answers.
            place.run(&["-q", "--timeout", "0.01", "--model", FAST, "list files"]);
            place.code(&["model", "verify", FAST])
        })),
    ]
}

fn about_commands() -> Vec<Row> {
    let reset = |place: &Place<'_>| place.code(&["check", "git reset --hard"]);
    let pattern = r#"[{name = "p", pattern = "prod", risk = "high", why = "w"}]"#;
    let rule = r#"[{name = "badge", pattern = "B-(?<secret>[0-9]{4})", kind = "badge"}]"#;
    vec![
        row("safety.level", ["strict", "permissive"], "", reset),
        row("safety.allow", ["[]", "git reset --hard"], "", reset),
        row("safety.deny", ["[]", "make deploy **"], "", |place| place.code(&["check", "make deploy now"])),
        row("safety.patterns", ["[]", pattern], "", |place| place.code(&["check", "echo prod"])),
        row("history.rules", ["[]", rule], "", |place| place.run(&["history", "redact", "B-1234"]).ok()),
        row("interface.widget_key", ["alt-k", "ctrl-g"], "", |place| {
            // It names a directory of this world.
            place.run(&["init", "zsh"]).ok().replace(&place.world.path().display().to_string(), "~")
        }),
        row("interface.colour", ["always", "never"], "", |place| {
            place.run(&["config", "list"]).ok().contains('\u{1b}').to_string()
        }),
    ]
}

fn about_requests() -> Vec<Row> {
    let pwd = desk(&server("pwd"));
    let old = |more: &str| format!("history.max_age_days = 1\n{more}\n{pwd}");
    vec![
        row("history.enabled", ["true", "false"], &*pwd, two_requests),
        row("history.max_entries", ["0", "1"], &*pwd, two_requests),
        row("history.max_bytes", ["0", "1"], &*pwd, two_requests),
        row("history.max_age_days", ["0", "1"], format!("history.keep_runs = 0\n{pwd}"), old_and_new),
        row("history.keep_runs", ["0", "1"], old(""), old_and_new),
        // The number says that the old entry is a favourite.
        row(
            "history.keep_favourites",
            ["true", "false"],
            old("history.keep_runs = 0\nrequest.timeout = 11"),
            old_and_new,
        ),
        row("history.redaction", ["drop", "redact"], &*pwd, |place| {
            place.run(&["--json", "login to mysql as root with the password hunter2hunter2"]).ok();
            place.kept()
        }),
        row("history.repeat", ["true", "false"], &*pwd, asked_again),
        row("interface.alternatives", ["1", "2"], &*pwd, asked_again),
        row("interface.shell", ["fish", "bash"], &*pwd, |place| {
            place.json(&["--json", "where am I"])["shell"].to_string()
        }),
        row("logging.level", ["off", "info"], &*pwd, |place| {
            place.run(&["--json", "where am I"]).ok();
            let logs = std::fs::read_dir(place.world.path().join("state/cmdai/logs"));
            let bytes = logs.into_iter().flatten().map(|file| file.unwrap().metadata().unwrap().len()).sum::<u64>();
            (bytes > 0).to_string()
        }),
    ]
}

fn shown(row: &Row) {
    let key = Key::parse(row.key).unwrap();
    let outside = || row.variables.iter().map(|(name, value)| (*name, value.as_str())).collect::<Vec<_>>();
    let [one, other] = row.values.map(|value| {
        let world = with(&row.file);
        world.run(&["config", "set", row.key, value]).ok();
        let by_file = (row.seen)(&Place { world, variables: outside() });
        let is_negated = key.setting().variable.is_some_and(|name| name.negated);
        let text = if is_negated { if value == "true" { "false" } else { "true" } } else { value };
        let name = key.variable();
        let variables = [outside(), vec![(name.as_str(), text)]].concat();
        let by_variable = (row.seen)(&Place { world: with(&row.file), variables });
        assert_eq!(by_file, by_variable, "{} = {value}, file and variable", row.key);
        by_file
    });
    assert_ne!(one, other, "{} is {} or {}", row.key, row.values[0], row.values[1]);
}

#[test]
fn settings_of_backends_change_what_is_done() {
    about_backends().iter().for_each(shown);
}

#[test]
fn settings_of_models_change_what_is_done() {
    about_models().iter().for_each(shown);
}

#[test]
fn settings_of_commands_change_what_is_done() {
    about_commands().iter().for_each(shown);
}

#[test]
fn settings_of_requests_change_what_is_done() {
    about_requests().iter().for_each(shown);
}

#[test]
fn no_setting_is_left_out() {
    let rows = [about_backends(), about_models(), about_commands(), about_requests()].into_iter().flatten();
    let last = |key: &str| key.strip_prefix("backends.desk.").unwrap_or(key).to_owned();
    let mut seen: BTreeSet<String> = rows.map(|row| last(row.key)).collect();
    for (key, test, text) in ELSEWHERE {
        assert!(text.contains(&format!("fn {test}()")), "{test}");
        assert!(seen.insert(key.to_owned()), "{key}");
    }
    let all = SETTINGS.iter().chain(BACKEND_FIELDS).map(|setting| setting.key.to_owned()).collect::<BTreeSet<_>>();
    // `allow_remote` is a field; `backend.allow_remote` is another key.
    assert_eq!(seen, all);
}
