//! Settings of files, environment and flags, as they change what the program does.

use crate::world::World;
use std::fs;

pub(crate) fn with(settings: &str) -> World {
    let world = World::without_models();
    let dir = world.path().join(".config/cmdai");
    fs::create_dir_all(&dir).unwrap();
    fs::write(dir.join("config.toml"), settings).unwrap();
    world
}

#[test]
fn a_broken_file_is_never_the_defaults() {
    let world = with("[safety]\nlevel = \"loose\"\n");
    let said = world.run(&["check", "ls"]).failed(4);
    for part in ["`loose`", "strict, moderate or permissive", "config.toml:2:9", "--no-config"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    world.run(&["--no-config", "check", "ls"]).ok();
    let said = with("x = 1\n").run(&["check", "ls"]);
    assert!(said.stderr.contains("there is no setting `x`"), "{said:?}");
    assert_eq!(said.code, Some(0), "the rest still counts");
    let said = with("not toml").run(&["check", "--json", "ls"]);
    assert_eq!(said.code, Some(4));
    assert!(said.stdout.contains(r#""kind":"settings""#), "{said:?}");
}

#[test]
fn a_flag_goes_before_a_variable_and_that_before_the_file() {
    let world = with("safety.level = \"permissive\"\n");
    let reset = ["check", "git reset --hard"];
    assert_eq!(world.run(&reset).code, Some(0), "permissive asks for critical risk only");
    let strict = |args: &[&str]| world.cmdai(args).env("CMDAI_SAFETY", "strict").output().unwrap().status.code();
    assert_eq!(strict(&reset), Some(3));
    assert_eq!(strict(&["check", "--safety", "moderate", "git reset --hard"]), Some(9));
    world.run(&["check", "--safety", "loose", "ls"]).failed(2);
}

#[test]
fn a_projects_file_makes_stricter_and_nothing_else() {
    let world = with("");
    fs::write(world.path().join(".cmdai.toml"), "safety.level = \"strict\"\nsafety.deny = [\"make deploy **\"]\n")
        .unwrap();
    assert_eq!(world.run(&["check", "git reset --hard"]).code, Some(3));
    assert_eq!(world.run(&["check", "make deploy now"]).code, Some(3));
    fs::write(world.path().join(".cmdai.toml"), "safety.level = \"permissive\"\n").unwrap();
    let said = world.run(&["check", "git reset --hard"]);
    assert_eq!(said.code, Some(9));
}

#[test]
fn commands_and_patterns_of_the_user_count() {
    let world = with(
        "[safety]\nallow = [\"git reset --hard\"]\ndeny = [\"terraform apply **\"]\n\
         [[safety.patterns]]\nname = \"prod\"\npattern = \"prod-\\\\d+\"\nrisk = \"high\"\nwhy = \"names production\"\n",
    );
    assert_eq!(world.run(&["check", "git reset --hard"]).code, Some(0));
    assert_eq!(world.run(&["check", "rm -rf /"]).code, Some(3), "what is critical stays so");
    assert_eq!(world.run(&["check", "terraform apply -auto-approve"]).code, Some(9));
    let said = world.run(&["check", "ssh prod-7 uptime"]);
    assert!(said.code == Some(9) && said.stdout.contains("names production"), "{said:?}");
    let said = with("[[safety.patterns]]\nname = \"x\"\npattern = \"(\"\nrisk = \"high\"\nwhy = \"y\"\n")
        .run(&["check", "ls"]);
    assert_eq!(said.code, Some(4), "{said:?}");
}

#[test]
fn rules_of_the_user_hide_what_is_theirs() {
    let world = with("[[history.rules]]\nname = \"badge\"\npattern = \"B-(?<secret>[0-9]{4})\"\nkind = \"badge\"\n");
    let said = world.run(&["history", "redact", "my badge is B-1234"]).ok();
    assert!(!said.contains("1234"), "{said}");
}
