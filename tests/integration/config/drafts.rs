//! Changes of a file: what they do to its text, undoing, differences, and texts that changed meanwhile.

use cmdai_config::schema::SETTINGS;
use cmdai_config::{Change, Draft, EditError, Layer, LineKind, Source, Value};

fn draft(text: &str) -> Draft {
    Draft::new(&Source::new(Layer::User, "/u/config.toml", text)).unwrap()
}

/// Each step is `key=value` or `-key`, with ` | ` between two.
fn edited(text: &str, steps: &str) -> String {
    let mut draft = draft(text);
    for step in steps.split(" | ") {
        match step.split_once('=') {
            Some((key, value)) => draft.set(key, value).unwrap_or_else(|e| panic!("{step}: {e}")),
            None => draft.unset(step.trim_start_matches('-')).unwrap_or_else(|e| panic!("{step}: {e}")),
        }
    }
    draft.text().to_owned()
}

fn check(text: &str, steps: &str, expected: &str) {
    assert_eq!(edited(text, steps), expected, "{steps} on {text:?}");
}

#[test]
fn a_value_is_replaced_where_it_stands() {
    check("safety.level = \"strict\"", "safety.level=moderate", "safety.level = \"moderate\"");
    check(
        "# top\n[safety] # s\nlevel   =   'strict'   # why\n\n# end\n",
        "safety.level=permissive",
        "# top\n[safety] # s\nlevel   =   \"permissive\"   # why\n\n# end\n",
    );
    check(
        "safety = { level = \"strict\", deny = [] }",
        "safety.level=moderate",
        "safety = { level = \"moderate\", deny = [] }",
    );
    check("[request]\r\ntimeout = 5\r\n", "request.timeout=2.5", "[request]\r\ntimeout = 2.5\r\n");
    check("[safety]\nlevel = 7", "safety.level=strict", "[safety]\nlevel = \"strict\"");
    check("\u{feff}safety.level = \"strict\"\n", "safety.level=moderate", "\u{feff}safety.level = \"moderate\"\n");
}

#[test]
fn a_new_key_goes_behind_its_neighbours() {
    check("", "safety.level=strict", "[safety]\nlevel = \"strict\"\n");
    check("# mine", "safety.level=strict", "# mine\n\n[safety]\nlevel = \"strict\"\n");
    check("[safety]\nlevel = \"strict\"", "safety.deny=dd **", "[safety]\nlevel = \"strict\"\ndeny = [\"dd **\"]");
    check(
        "[safety]\n  level = \"strict\" # x\n\n[history]\nenabled = true\n",
        "safety.deny=dd",
        "[safety]\n  level = \"strict\" # x\n  deny = [\"dd\"]\n\n[history]\nenabled = true\n",
    );
    check(
        "safety.level = \"strict\"\nhistory.repeat = true\n",
        "safety.deny=dd",
        "safety.level = \"strict\"\nsafety.deny = [\"dd\"]\nhistory.repeat = true\n",
    );
    check("[safety] # s\n\n[history]\n", "safety.level=strict", "[safety] # s\nlevel = \"strict\"\n\n[history]\n");
    check("safety = {}", "safety.level=strict", "safety = { level = \"strict\" }");
    check("safety = { deny = [] }", "safety.level=strict", "safety = { deny = [], level = \"strict\" }");
    check("[a]\r\nb = 1\r\n", "safety.level=strict", "[a]\r\nb = 1\r\n\r\n[safety]\r\nlevel = \"strict\"\r\n");
    check(
        "[[safety.patterns]]\nname = \"a\"\npattern = \"x\"\nrisk = \"high\"\nwhy = \"w\"\n",
        "safety.level=strict",
        "[[safety.patterns]]\nname = \"a\"\npattern = \"x\"\nrisk = \"high\"\nwhy = \"w\"\n\n[safety]\nlevel = \"strict\"\n",
    );
    check(
        "[backends]\ndesk.kind = \"ollama\"\nlab.kind = \"openai\"\n",
        "backends.desk.model=m",
        "[backends]\ndesk.kind = \"ollama\"\ndesk.model = \"m\"\nlab.kind = \"openai\"\n",
    );
    check(
        "[backends.a]\nkind = \"ollama\"\n",
        "backends.b.kind=openai",
        "[backends.a]\nkind = \"ollama\"\n\n[backends.b]\nkind = \"openai\"\n",
    );
}

#[test]
fn what_goes_leaves_its_comments() {
    check("[safety]\n# why\nlevel = \"strict\"\ndeny = []\n", "-safety.level", "[safety]\n# why\ndeny = []\n");
    check("[safety]\n  level = \"strict\" # why\n", "-safety.level", "[safety]\n  # why\n");
    check("[a]\nx = 1\n\n[safety]\nlevel = \"strict\"\n", "-safety.level", "[a]\nx = 1\n");
    check("[safety]\nlevel = \"strict\"\n# rest\n", "-safety.level", "[safety]\n# rest\n");
    check("safety = { level = \"strict\", deny = [] }", "-safety.level", "safety = { deny = [] }");
    check("safety = { deny = [], level = \"strict\" }", "-safety.level", "safety = { deny = [] }");
    check("safety = { level = \"strict\" }", "-safety.level", "safety = {  }");
    check("safety.deny = [\n 'a', # x\n 'b' ]\nhistory.repeat = true", "-safety.deny", "history.repeat = true");
    check("safety.levle = 1\n", "-safety.level", "safety.levle = 1\n");
    check(
        "[backends.desk]\nkind = \"ollama\"\nfuture = { a = 1 }\n\n# b\n[backends.lab]\nkind = \"openai\"\n",
        "-backends.desk",
        "\n# b\n[backends.lab]\nkind = \"openai\"\n",
    );
    check("backends = { desk = { kind = \"ollama\" }, lab = {} }", "-backends.desk", "backends = { lab = {} }");
}

#[test]
fn setting_and_unsetting_is_doing_nothing() {
    for text in ["", "# c\n", "[safety]\nallow = []\n", "a = 1\n\n[b]\nc = 2\n", "x = 1\r\n"] {
        for steps in
            ["safety.level=strict | -safety.level", "backends.d.kind=ollama | backends.d.model=m | -backends.d"]
        {
            assert_eq!(edited(text, steps), text, "{steps}");
        }
    }
}

#[test]
fn lists_over_several_lines_keep_theirs() {
    let text = "[safety]\ndeny = [\n  # disks\n  \"dd **\", # all of it\n  \"mkfs **\",\n]\n";
    check(
        text,
        "safety.deny=dd **\nmkfs **\nx",
        "[safety]\ndeny = [\n  # disks\n  \"dd **\", # all of it\n  \"mkfs **\",\n  \"x\",\n]\n",
    );
    check(text, "safety.deny=dd **", "[safety]\ndeny = [\n  # disks\n  \"dd **\", # all of it\n]\n");
    check(text, "safety.deny=mkfs **\ny", "[safety]\ndeny = [\n  # disks\n  \"mkfs **\",\n  \"y\",\n]\n");
    check(text, "safety.deny=other", "[safety]\ndeny = [\"other\"]\n");
    check("safety.deny = [\n\"a\", \"b\" # c\n]", "safety.deny=a\nb\nc", "safety.deny = [\n\"a\", \"b\", \"c\" # c\n]");
    check("safety.deny = [\n\"a\" # c\n]", "safety.deny=a\nb", "safety.deny = [\n\"a\", # c\n\"b\"\n]");
    check("safety.deny = [\"a\"]", "safety.deny=", "safety.deny = []");
}

fn pattern(name: &str) -> String {
    format!("[[safety.patterns]]\nname = \"{name}\"\npattern = '\\bx'\nrisk = \"high\"\nwhy = \"w\" # {name}\n")
}

fn patterns(names: &[&str]) -> String {
    let row = |name: &&str| format!("{{ name = '{name}', pattern = '\\bx', risk = 'high', why = 'w' }}");
    format!("safety.patterns=[{}]", names.iter().map(row).collect::<Vec<_>>().join(", "))
}

#[test]
fn rows_that_stay_are_not_touched() {
    let text = [pattern("a"), pattern("b"), pattern("c")].join("\n# between\n");
    check(&text, &patterns(&["a", "b", "c"]), &text);
    check(&text, &patterns(&["a", "x", "c"]), &text.replace("name = \"b\"", "name = \"x\""));
    check(&text, &patterns(&["a", "c"]), &text.replace(&pattern("b"), "# b\n"));
    let added = "\n[[safety.patterns]]\nname = \"d\"\npattern = \"\\\\bx\"\nrisk = \"high\"\nwhy = \"w\"\n";
    check(&text, &patterns(&["a", "b", "c", "d"]), &format!("{text}{added}"));
    check(&text, &patterns(&["d", "a", "b", "c"]), &format!("{}\n{text}", added.trim_start()));
    check("", &patterns(&["d"]), added.trim_start());
    check(&text, "-safety.patterns", "# a\n\n# between\n# b\n\n# between\n# c\n");
    check(
        "safety.patterns = []",
        &patterns(&["d"]),
        "safety.patterns = [{ name = \"d\", pattern = \"\\\\bx\", risk = \"high\", why = \"w\" }]",
    );
}

#[test]
fn what_cannot_be_changed_alone_is_left() {
    let mut inline = draft("x = { safety = 1 }\nsafety = { level.a = 1 }\n");
    assert_eq!(inline.set("safety.level", "strict"), Err(EditError::Impossible { key: "safety.level".to_owned() }));
    let mut draft = draft("[safety.level]\nx = 1\n");
    assert!(matches!(draft.set("safety.level", "strict"), Err(EditError::Impossible { .. })));
    assert!(matches!(draft.set("safety.level", "x"), Err(EditError::NotAccepted(_))));
    assert!(matches!(draft.set("safety.levle", "x"), Err(EditError::Unknown(_))));
    let error = draft.set("backends.lab.key", "hunter2").unwrap_err();
    assert!(!error.to_string().contains("hunter2"));
    assert!(!draft.is_changed());
    let broken = Draft::new(&Source::new(Layer::User, "/u", "[safety\n")).unwrap_err();
    assert!(broken.to_string().starts_with("the file must be put right by hand first: the file is not valid TOML"));
}

#[test]
fn changes_are_taken_back_and_made_again() {
    let mut draft = draft("# c\nsafety.level = \"strict\"\n");
    draft.set("request.timeout", "5").unwrap();
    draft.unset("safety.level").unwrap();
    draft.set("request.timeout", "5").unwrap();
    assert_eq!(draft.edits().count(), 2, "what changes nothing is no change");
    let after = draft.text().to_owned();
    assert!(draft.undo() && draft.undo() && !draft.undo());
    assert!(!draft.is_changed());
    assert!(draft.redo() && draft.redo() && !draft.redo());
    assert_eq!(draft.text(), after);
    assert!(draft.undo());
    draft.set("safety.level", "permissive").unwrap();
    assert!(!draft.redo(), "a new change forgets what was taken back");
    assert_eq!(draft.get("safety.level").unwrap(), Some(Value::Text("permissive".to_owned())));
    let changes: Vec<String> = draft.changes().iter().map(|Change { key, .. }| key.clone()).collect();
    assert_eq!(changes, ["request.timeout", "safety.level"]);
    let diff: Vec<String> = draft.diff().iter().map(|line| format!("{:?} {}", line.kind, line.text)).collect();
    assert_eq!(
        diff,
        [
            "Same # c",
            "Removed safety.level = \"strict\"",
            "Added safety.level = \"permissive\"",
            "Added ",
            "Added [request]",
            "Added timeout = 5"
        ]
    );
}

#[test]
fn a_reset_leaves_comments_and_what_is_not_ours() {
    let text = "# c\nmine = 1\n[safety]\nlevel = \"strict\"\n# d\nother = 2\n[backends.desk]\nkind = \"ollama\"\n";
    let mut draft = draft(text);
    draft.reset().unwrap();
    assert_eq!(draft.text(), "# c\nmine = 1\n[safety]\n# d\nother = 2\n");
    assert!(draft.diff().iter().all(|line| line.kind != LineKind::Added));
    assert!(draft.undo());
    assert_eq!(draft.text(), text);
    let mut all = self::draft(&cmdai_config::example_file());
    for setting in SETTINGS {
        all.set_value(setting.key, setting.default_value().unwrap()).unwrap();
    }
    all.reset().unwrap();
    assert_eq!(all.changes(), []);
}

#[test]
fn a_newer_text_gets_the_same_changes_and_conflicts_are_named() {
    let mut ours = draft("[safety]\nlevel = \"strict\"\n[request]\ntimeout = 5\n");
    ours.set("safety.level", "permissive").unwrap();
    ours.set("history.keep_runs", "9").unwrap();
    let newer = "# theirs\n[request]\ntimeout = 7\n[safety]\nlevel = \"moderate\"\n";
    let conflicts = ours.conflicts(newer);
    assert_eq!(conflicts.iter().map(|c| c.key.as_str()).collect::<Vec<_>>(), ["safety.level"]);
    let shown = |value: &Option<Value>| value.as_ref().map(ToString::to_string).unwrap_or_default();
    let c = &conflicts[0];
    assert_eq!([&c.base, &c.theirs, &c.ours].map(shown), ["strict", "moderate", "permissive"]);
    let merged = ours.merge(newer).unwrap();
    assert_eq!(
        merged.text(),
        "# theirs\n[request]\ntimeout = 7\n[safety]\nlevel = \"permissive\"\n\n[history]\nkeep_runs = 9\n"
    );
    assert_eq!(merged.base(), newer);
    assert_eq!(ours.conflicts("[safety]\nlevel = \"permissive\"\n"), [], "the same change is no conflict");
    assert!(ours.merge("[broken").is_err());
}
