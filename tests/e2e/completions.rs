//! `cmdai completions`: the scripts in the shells they are for.

use crate::settings::with;
use crate::world::World;
use std::process::Command;

/// Completes lines in a real bash as its own function does, each word list on a line of its own.
fn bash(world: &World, lines: &[&str]) -> String {
    let mut script = "source <(cmdai completions bash)\n\
        registered=$(complete -p cmdai) && function=${registered##*-F } && function=${function%% *}\n\
        try() {\n\
          COMP_WORDS=(\"$@\") COMP_CWORD=$(($# - 1)) COMPREPLY=()\n\
          \"$function\" cmdai \"${COMP_WORDS[COMP_CWORD]}\" \"${COMP_WORDS[COMP_CWORD - 1]}\"\n\
          echo \"${COMPREPLY[*]}\"\n\
        }\n"
    .to_owned();
    script += &lines.iter().map(|line| format!("try {line}\n")).collect::<Vec<_>>().concat();
    world.bash(&script).ok()
}

fn has(program: &str) -> bool {
    Command::new(program).args(["-c", "exit 0"]).status().is_ok_and(|status| status.success())
}

#[test]
fn bash_completes_keys_and_their_values() {
    let world = with("[backends.desk]\nkind = \"ollama\"\nmodel = \"m\"\n");
    let said = bash(
        &world,
        &[
            "cmdai config get safety.l",
            "cmdai config set safety.level ''",
            "cmdai config set worker.enabled t",
            "cmdai config unset backends.d",
            "cmdai config set backend.preferred d",
            "cmdai check --safety m",
            "cmdai conf",
        ],
    );
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines[0], "safety.level");
    assert!(lines[1].starts_with("strict moderate permissive"), "{}", lines[1]);
    assert_eq!(lines[2], "true");
    assert!(lines[3].contains("backends.desk ") && lines[3].contains("backends.desk.url"), "{}", lines[3]);
    assert_eq!(lines[4..], ["desk", "moderate", "config"]);
}

#[test]
fn what_cannot_be_read_completes_all_the_same() {
    let world = with("not toml");
    assert_eq!(bash(&world, &["cmdai config get safety.l"]), "safety.level\n");
}

#[test]
fn every_script_is_one_for_its_shell() {
    let world = World::without_models();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish", "nushell"] {
        let script = world.run(&["completions", shell]).ok();
        assert!(script.contains("cmdai"), "{shell}: {script}");
        let asks = script.contains("CMDAI_COMPLETE");
        assert!(asks || (shell == "nushell" && script.contains("\"safety.level\"")), "{shell}: {script}");
    }
    // Those that are installed read theirs without complaint; fish completes with it as well.
    for shell in ["bash", "zsh", "fish"].into_iter().filter(|shell| has(shell)) {
        let said = world.bash(&format!("cmdai completions {shell} > script && {shell} -n script"));
        assert_eq!((said.code, said.stderr.as_str()), (Some(0), ""), "{shell}");
    }
    if has("fish") {
        let said = world
            .bash("fish -c 'cmdai completions fish | source; complete -C \"cmdai config set safety.level \"'")
            .ok();
        assert!(said.starts_with("strict"), "{said}");
    }
    world.run(&["completions", "tcsh"]).failed(2);
}
