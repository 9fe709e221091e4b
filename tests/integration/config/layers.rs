//! Every key in every layer, where values come from, and what a project may do.

use super::values::{DESK, others};
use cmdai_config::schema::{BACKEND_FIELDS, SETTINGS, Setting, Tighten};
use cmdai_config::{
    BackendKind, Environment, Fallback, Flag, Key, Layer, Loaded, Origin, Preferred, Problem, Settings, Severity,
    Source, Value, combine,
};
use cmdai_core::request::{SafetyLevel, ShellType};
use std::path::Path;
use std::time::Duration;

/// The settings of these layers; each is a text, and empty ones are none.
fn load(files: &[(Layer, &str)], variables: &[(&str, &str)], flags: &[Flag]) -> Loaded {
    let sources: Vec<Source> =
        files.iter().map(|(layer, text)| Source::new(*layer, format!("/{layer}.toml"), *text)).collect();
    let environment: Environment = variables.iter().copied().collect();
    combine(&sources, &environment, flags, Some(Path::new("/home/ada")), None)
}

fn user(text: &str) -> Loaded {
    load(&[(Layer::User, text)], &[], &[])
}

fn file_with(setting: &Setting, value: &Value) -> String {
    let (table, last) = setting.key.split_once('.').unwrap();
    format!("{DESK}[{table}]\n{last} = {}\n", value.to_toml())
}

fn variable_text(setting: &Setting, value: &Value) -> String {
    match (setting.variable.unwrap().negated, value) {
        (true, Value::Switch(on)) => (!on).to_string(),
        _ => value.to_string(),
    }
}

fn sound(loaded: &Loaded, what: &str) {
    let shown: Vec<String> = loaded.diagnostics.iter().map(ToString::to_string).collect();
    assert!(shown.is_empty(), "{what}: {shown:#?}");
}

#[test]
fn nothing_said_is_the_defaults() {
    let loaded = load(&[], &[], &[]);
    sound(&loaded, "nothing");
    assert_eq!(loaded.settings, Settings::default());
    assert_eq!(loaded.effective.len(), SETTINGS.len());
    assert!(loaded.effective.iter().all(|e| e.origin == Origin::Default && e.below.is_empty()));
    let settings = loaded.settings;
    assert_eq!(settings.safety.level, SafetyLevel::Moderate);
    assert_eq!(settings.worker.keep_alive, Duration::from_mins(5));
    assert_eq!(settings.request.timeout, Duration::from_mins(2));
    assert_eq!(settings.history.max_entries, Some(100_000));
    assert_eq!((settings.history.max_age, settings.history.max_bytes, settings.history.keep_runs), (None, None, 5));
    assert_eq!((settings.backend.preferred, settings.backend.fallback), (Preferred::Auto, Fallback::Auto));
    assert!(!settings.backend.allow_remote && settings.history.enabled && settings.worker.enabled);
}

#[test]
fn every_key_can_be_set_in_every_layer() {
    for setting in SETTINGS {
        for value in others(setting) {
            let what = format!("{} = {value}", setting.key);
            let file = file_with(setting, &value);
            let check = |loaded: &Loaded, layer: Layer| {
                sound(loaded, &what);
                let effective = loaded.get(setting.key).unwrap();
                assert_eq!((&effective.value, effective.origin.layer()), (&value, layer), "{what}");
                assert_eq!(effective.below.len(), 1, "{what} overrides the default");
                assert_ne!(loaded.settings, load(&[(Layer::User, DESK)], &[], &[]).settings, "{what} has its place");
            };
            check(&load(&[(Layer::System, &file)], &[], &[]), Layer::System);
            check(&user(&file), Layer::User);
            let text = variable_text(setting, &value);
            let name = setting.variable.unwrap().text;
            check(&load(&[(Layer::User, DESK)], &[(name, &text)], &[]), Layer::Environment);
            let set = Flag::of_key("--set", setting.key, &value.to_string());
            check(&load(&[(Layer::User, DESK)], &[], &[set]), Layer::Flags);
            if let Some(flag) = setting.flag {
                let text = if flag.negated { (value == Value::Switch(false)).to_string() } else { value.to_string() };
                check(&load(&[(Layer::User, DESK)], &[], &[Flag::new(flag.text, &text)]), Layer::Flags);
            }
        }
    }
}

#[test]
fn every_key_has_its_place() {
    // What a value becomes depends on the value alone: set to its default by a file, a key is what it is by default.
    for setting in SETTINGS {
        let loaded = user(&file_with(setting, &setting.default_value().unwrap()));
        sound(&loaded, setting.key);
        assert_eq!(loaded.settings, user(DESK).settings, "{}", setting.key);
    }
}

#[test]
fn every_field_of_a_backend_can_be_set_in_every_layer() {
    for field in BACKEND_FIELDS {
        for value in others(field) {
            let line = format!("{} = {}\n", field.key, value.to_toml());
            let rest: String = ["kind = \"openai\"\n", "url = \"http://h\"\n", "model = \"m\"\n"]
                .into_iter()
                .filter(|line| !line.starts_with(&format!("{} ", field.key)))
                .collect();
            let name = format!("backends.my-desk.{}", field.key);
            let base = "[backends.my-desk]\nkind = \"openai\"\nurl = \"http://h\"\nmodel = \"m\"\n".to_owned();
            let variable = Key::parse(&name).unwrap().variable();
            let flag = Flag::of_key("--set", &name, &value.to_string());
            for loaded in [
                user(&format!("[backends.my-desk]\n{rest}{line}")),
                load(&[(Layer::User, &base)], &[(&variable, &value.to_string())], &[]),
                load(&[(Layer::System, &base)], &[], &[flag]),
            ] {
                sound(&loaded, &name);
                assert_eq!(loaded.get(&name).unwrap().value, value);
                assert_eq!(loaded.settings.backends.len(), 1, "{name}");
            }
        }
    }
}

#[test]
fn backends_are_whole_or_reported() {
    let settings = user(
        "[backends.desk]\nkind = \"ollama\"\nmodel = \"qwen\"\n[backends.lab]\nkind = \"openai\"\nurl = \"https://lab/v1\"\n\
         model = \"m\"\nkey_file = \"keys/lab\"\nkey_env = \"LAB\"\nallow_remote = true\nidle_timeout = 2.5\nretries = 0\n",
    )
    .settings;
    let (desk, lab) = (&settings.backends["desk"], &settings.backends["lab"]);
    assert_eq!((desk.kind, desk.url.as_str()), (Some(BackendKind::Ollama), "http://127.0.0.1:11434"));
    assert_eq!((desk.connect_timeout, desk.retries), (Duration::from_secs(3), 2));
    assert_eq!((lab.kind, lab.allow_remote, lab.retries), (Some(BackendKind::OpenAi), Some(true), 0));
    assert_eq!(lab.idle_timeout, Duration::from_millis(2500));
    assert_eq!((lab.key_env.as_deref(), lab.key_file.as_deref()), (Some("LAB"), Some(Path::new("/keys/lab"))));

    let key_file = |text: &str| {
        let text = format!("{DESK}key_file = \"{text}\"\n");
        user(&text).settings.backends["desk"].key_file.clone().unwrap()
    };
    assert_eq!(key_file("~/k"), Path::new("/home/ada/k"));
    assert_eq!(key_file("/k"), Path::new("/k"));
    assert_eq!(user("model.default = \"~/m.gguf\"").settings.model.default, "/home/ada/m.gguf");

    // A field of the user's file goes into a backend of the system's.
    let both = load(&[(Layer::System, DESK), (Layer::User, "backends.desk.model = \"other\"")], &[], &[]);
    sound(&both, "both");
    assert_eq!(both.settings.backends["desk"].model, "other");
}

#[test]
fn a_later_layer_goes_before_an_earlier_one() {
    let level = |text: &str| format!("[safety]\nlevel = \"{text}\"\n");
    let (strict, moderate, permissive) = (level("strict"), level("moderate"), level("permissive"));
    let loaded = load(
        &[(Layer::Project, &moderate), (Layer::System, &strict), (Layer::User, &permissive)],
        &[("CMDAI_SAFETY", "strict")],
        &[Flag::new("--safety", "permissive")],
    );
    sound(&loaded, "levels");
    let effective = loaded.get("safety.level").unwrap();
    assert_eq!(effective.origin, Origin::Flag { name: "--safety".to_owned() });
    let below: Vec<String> = effective.below.iter().map(|(origin, value)| format!("{origin} {value}")).collect();
    assert_eq!(
        below,
        [
            "$CMDAI_SAFETY strict",
            "/project.toml:2 moderate",
            "/user.toml:2 permissive",
            "/system.toml:2 strict",
            "default moderate"
        ]
    );
    assert_eq!(effective.hidden_by(Layer::User), Some(&effective.origin));
    assert_eq!(effective.hidden_by(Layer::Flags), None);
}

#[test]
fn lists_that_protect_add_up_and_others_do_not() {
    let file = |deny: &str, allow: &str| format!("[safety]\ndeny = [\"{deny}\"]\nallow = [\"{allow}\"]\n");
    let (system, own) = (file("a", "a"), file("b", "b"));
    let loaded = load(&[(Layer::System, &system), (Layer::User, &own)], &[("CMDAI_SAFETY_DENY", "b\nc")], &[]);
    sound(&loaded, "lists");
    assert_eq!(loaded.settings.safety.deny, ["a", "b", "c"]);
    assert_eq!(loaded.settings.safety.allow, ["b"]);
    let effective = loaded.get("safety.deny").unwrap();
    assert_eq!((effective.below.len(), effective.hidden_by(Layer::User)), (3, None));
}

#[test]
fn a_project_can_only_tighten() {
    let check = |own: &str, project: &str, expected: &[(&str, &str)], problem: Option<Severity>| {
        let loaded = load(&[(Layer::User, own), (Layer::Project, project)], &[], &[]);
        for (key, value) in expected {
            assert_eq!(loaded.get(key).unwrap().value.to_string(), *value, "{project}");
        }
        let severities: Vec<Severity> = loaded.diagnostics.iter().map(|d| d.severity).collect();
        assert_eq!(severities, problem.into_iter().collect::<Vec<_>>(), "{project}: {:?}", loaded.diagnostics);
    };
    let (warning, note) = (Some(Severity::Warning), Some(Severity::Note));
    check("", "safety.level = \"strict\"", &[("safety.level", "strict")], None);
    check("", "safety.level = \"permissive\"", &[("safety.level", "moderate")], note);
    check("safety.level = \"permissive\"", "safety.level = \"moderate\"", &[("safety.level", "moderate")], None);
    check("safety.level = \"strict\"", "safety.level = \"moderate\"", &[("safety.level", "strict")], note);
    check("safety.deny = [\"a\"]", "safety.deny = [\"b\"]", &[("safety.deny", "[\"a\", \"b\"]")], None);
    check("", "safety.allow = [\"rm **\"]", &[("safety.allow", "[]")], warning);
    check("", "history.enabled = false", &[("history.enabled", "false")], None);
    check("history.enabled = false", "history.enabled = true", &[("history.enabled", "false")], warning);
    check("", "history.redaction = \"drop\"", &[("history.redaction", "drop")], None);
    check("", "history.redaction = \"off\"", &[("history.redaction", "redact")], note);
    check("", "history.max_entries = 1", &[("history.max_entries", "100000")], warning);
    check("", "model.offline = true", &[("model.offline", "true")], None);
    check("model.offline = true", "model.offline = false", &[("model.offline", "true")], warning);
    check("backend.allow_remote = true", "backend.allow_remote = false", &[("backend.allow_remote", "false")], None);
    check("", "backend.allow_remote = true", &[("backend.allow_remote", "false")], warning);
    check("", "request.timeout = 5", &[("request.timeout", "5")], None);
    check("", "request.timeout = 500", &[("request.timeout", "120")], note);
    check("", "[backends.evil]\nurl = 1\nkey = \"x\"", &[], warning);
    check(DESK, "backend.preferred = \"desk\"", &[("backend.preferred", "auto")], warning);
    check("", "logging.level = \"trace\"", &[("logging.level", "info")], warning);
}

#[test]
fn every_key_of_a_project_is_held_to_its_direction() {
    for setting in SETTINGS {
        for value in others(setting) {
            let loaded =
                load(&[(Layer::User, DESK), (Layer::Project, &file_with(setting, &value).replace(DESK, ""))], &[], &[]);
            let effective = loaded.get(setting.key).unwrap();
            let taken = effective.origin.layer() == Layer::Project;
            assert_eq!(taken, loaded.diagnostics.is_empty(), "{} = {value}", setting.key);
            assert!(!taken || setting.project != Tighten::Never, "{}", setting.key);
            assert!(!loaded.has_errors(), "{} = {value}", setting.key);
        }
    }
}

#[test]
fn wrong_variables_and_flags_are_errors_and_the_layer_below_counts() {
    let loaded = load(
        &[(Layer::User, "request.timeout = 9")],
        &[("CMDAI_TIMEOUT", "soon"), ("CMDAI_SAFTEY", "strict"), ("CMDAI_NO_HISTORY", "perhaps"), ("CMDAI_SHELL", "")],
        &[Flag::new("--safety", "lax"), Flag::of_key("--set", "safety.levle", "strict"), Flag::new("--quiet", "true")],
    );
    let shown: Vec<String> =
        loaded.diagnostics.iter().map(|d| format!("{} {} {}", d.severity, d.origin, d.message())).collect();
    assert_eq!(
        shown,
        [
            "error $CMDAI_TIMEOUT `request.timeout` is `soon`, expected a number of seconds from 0.001 to 86400",
            "error $CMDAI_NO_HISTORY `history.enabled` is `perhaps`, expected true or false",
            "warning $CMDAI_SAFTEY the variable `CMDAI_SAFTEY` means nothing; is `CMDAI_SAFETY` meant?",
            "error --safety `safety.level` is `lax`, expected strict, moderate or permissive",
            "error --set there is no setting `safety.levle`; is `safety.level` meant?",
            "error --quiet the flag `--quiet` sets nothing",
        ]
    );
    assert_eq!(loaded.settings.request.timeout, Duration::from_secs(9));
    assert_eq!(loaded.settings.interface.shell, None);
    assert!(loaded.checked().is_err());
}

#[test]
fn names_of_backends_must_be_there() {
    let loaded = load(&[(Layer::User, DESK)], &[("CMDAI_BACKEND", "dsk")], &[]);
    assert_eq!(
        loaded.diagnostics[0].problem,
        Problem::NoSuchBackend { name: "dsk".to_owned(), nearest: Some("desk".to_owned()) }
    );
    assert_eq!(loaded.settings.backend.preferred, Preferred::Auto);
    let loaded = load(&[(Layer::User, DESK)], &[("CMDAI_BACKEND", "desk"), ("CMDAI_SHELL", "fish")], &[]);
    sound(&loaded, "desk");
    assert_eq!(loaded.settings.backend.preferred, Preferred::Named("desk".to_owned()));
    assert_eq!(loaded.settings.interface.shell, Some(ShellType::Fish));
}

#[test]
fn a_name_there_is_not_leaves_it_to_the_layer_below() {
    let own = format!("backend.preferred = \"embedded\"\n{DESK}");
    let loaded = load(
        &[(Layer::System, "backend.preferred = \"gone\""), (Layer::User, &own)],
        &[("CMDAI_BACKEND", "lab")],
        &[Flag::new("--backend", "dest")],
    );
    let origins: Vec<String> = loaded.diagnostics.iter().map(|d| d.origin.to_string()).collect();
    assert_eq!(origins, ["--backend", "$CMDAI_BACKEND"], "what has no effect is not asked");
    assert_eq!(loaded.settings.backend.preferred, Preferred::Embedded);
}

#[test]
fn large_files_are_read_in_time_and_reported_in_measure() {
    let lines = |line: &dyn Fn(usize) -> String| (0..4000).map(line).collect::<Vec<_>>().concat();
    let files = [
        lines(&|n| format!("safety{n} = 1\n")),
        lines(&|n| format!("[backends.b{n}]\n")),
        lines(&|n| format!("[backends.b.x{n}]\n")),
        format!("safety.deny = [{}]\n", lines(&|n| format!("'a{n}', "))),
        lines(&|_| "safety.level = 5\n".to_owned()),
        lines(&|_| "= [".to_owned()),
        format!("x = {}", "[".repeat(20_000)),
    ];
    for text in &files {
        let loaded = load(&[(Layer::User, text), (Layer::Project, text)], &[], &[]);
        assert!(loaded.diagnostics.len() <= 300, "{} of {}", loaded.diagnostics.len(), &text[..30]);
    }
}

#[test]
fn patterns_are_looked_at_by_who_compiles_them() {
    let text = "[[safety.patterns]]\nname = \"a\"\npattern = \"x\"\nrisk = \"high\"\nwhy = \"w\"\n\n[[safety.patterns]]\n\
                name = \"b\"\npattern = \"(\"\nrisk = \"high\"\nwhy = \"w\"\n";
    let check = |key: &str, pattern: &str| {
        if pattern == "(" { Err(format!("{key} is not closed")) } else { Ok(()) }
    };
    let source = Source::new(Layer::User, "/u", text);
    let loaded = combine(&[source], &Environment::empty(), &[], None, Some(&check));
    assert_eq!(loaded.diagnostics.len(), 1);
    assert_eq!(loaded.diagnostics[0].origin.place(), "/u:7:1");
    assert!(loaded.diagnostics[0].message().contains("safety.patterns is not closed"));
    assert!(loaded.settings.safety.patterns.is_empty());
}
