//! `cmdai init SHELL`: the script that puts a command on the prompt line, with the user's key in it.
//!
//! The scripts are files of their own in `src/init`, so that they can be read and checked as what they are. They hold `{key}` for people,
//! `{bind}` as the shell writes the key, `{next}` where a command for the next prompt line is left, and lines `#{enter` and `#enter}` around
//! what Enter does.
//! A shell loads it when it starts, so settings that are wrong elsewhere are no reason to fail, and only a wrong `--key` is.

use crate::ask::next_line;
use crate::errors::Failure;
use crate::exit_code::ExitCode;
use crate::flags_init::{InitArgs, InitShell};
use crate::say;
use crate::settings::Found;
use cmdai_config::{Chord, Stroke};

/// Prints the script.
///
/// # Errors
/// A wrong key, or standard output is gone.
pub fn run(args: &InitArgs, found: &Found) -> Result<ExitCode, Failure> {
    let chord = found.load_for_a_start()?.interface.widget_key;
    say::line(script(args.target, &chord, !args.no_enter)?.trim_end())?;
    Ok(ExitCode::Ok)
}

fn script(shell: InitShell, chord: &Chord, with_enter: bool) -> Result<String, Failure> {
    let template = match shell {
        InitShell::Zsh => include_str!("../init/zsh.zsh"),
        InitShell::Bash => include_str!("../init/bash.bash"),
        InitShell::Fish => include_str!("../init/fish.fish"),
        InitShell::Powershell => include_str!("../init/powershell.ps1"),
        InitShell::Nu => include_str!("../init/nu.nu"),
    };
    let bind = bind(shell, chord).ok_or_else(|| Failure::OneKey(chord.clone()))?;
    let mut kept = true;
    let lines = template.lines().filter(|line| match line.trim() {
        "#{enter" => {
            kept = with_enter;
            false
        }
        "#enter}" => {
            kept = true;
            false
        }
        _ => kept,
    });
    let text: String = lines.flat_map(|line| [line, "\n"]).collect();
    let next = quoted(shell, &next_line::prefix().to_string_lossy());
    Ok(text.replace("{key}", &chord.to_string()).replace("{bind}", &bind).replace("{next}", &next))
}

/// The text as a word of the shell that stands for itself.
fn quoted(shell: InitShell, text: &str) -> String {
    match shell {
        InitShell::Zsh | InitShell::Bash => format!("'{}'", text.replace('\'', r"'\''")),
        InitShell::Fish => format!("'{}'", text.replace('\\', r"\\").replace('\'', r"\'")),
        InitShell::Powershell => format!("'{}'", text.replace('\'', "''")),
        InitShell::Nu => format!("\"{}\"", text.replace('\\', r"\\").replace('"', r#"\""#)),
    }
}

/// The key as the shell writes it; `None` where it cannot bind so many strokes.
fn bind(shell: InitShell, chord: &Chord) -> Option<String> {
    let all = |each: fn(Stroke) -> String, between: &str| chord.strokes().map(each).collect::<Vec<_>>().join(between);
    Some(match shell {
        InitShell::Zsh => all(|stroke| written(stroke, "\\e", |key| format!("^{}", key.to_ascii_uppercase())), ""),
        InitShell::Bash => all(|stroke| written(stroke, "\\e", |key| format!("\\C-{key}")), ""),
        InitShell::Fish => all(|stroke| written(stroke, "\\e", |key| format!("\\c{key}")), ""),
        InitShell::Powershell => all(|stroke| written(stroke, "Alt+", |key| format!("Ctrl+{key}")), ","),
        InitShell::Nu => {
            let mut strokes = chord.strokes();
            let (stroke, None) = (strokes.next()?, strokes.next()) else { return None };
            match stroke {
                Stroke::Alt(key) => format!("modifier: alt, keycode: char_{key}"),
                Stroke::Control(key) => format!("modifier: control, keycode: char_{key}"),
                Stroke::Plain(_) => return None,
            }
        }
    })
}

fn written(stroke: Stroke, alt: &str, control: impl Fn(char) -> String) -> String {
    match stroke {
        Stroke::Alt(key) => format!("{alt}{key}"),
        Stroke::Control(key) => control(key),
        Stroke::Plain(key) => key.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::ValueEnum as _;

    #[test]
    fn keys_are_written_as_each_shell_writes_them() {
        for (chord, zsh, bash, fish, powershell, nu) in [
            ("alt-c", r"\ec", r"\ec", r"\ec", "Alt+c", Some("modifier: alt, keycode: char_c")),
            ("ctrl-g", "^G", r"\C-g", r"\cg", "Ctrl+g", Some("modifier: control, keycode: char_g")),
            ("ctrl-x ctrl-a", "^X^A", r"\C-x\C-a", r"\cx\ca", "Ctrl+x,Ctrl+a", None),
            ("ctrl-x 7", "^X7", r"\C-x7", r"\cx7", "Ctrl+x,7", None),
        ] {
            let chord: Chord = chord.parse().unwrap();
            for (shell, expected) in [
                (InitShell::Zsh, Some(zsh)),
                (InitShell::Bash, Some(bash)),
                (InitShell::Fish, Some(fish)),
                (InitShell::Powershell, Some(powershell)),
                (InitShell::Nu, nu),
            ] {
                assert_eq!(bind(shell, &chord).as_deref(), expected, "{chord} in {shell:?}");
                let made = script(shell, &chord, true);
                assert_eq!(made.is_ok_and(|script| script.contains(expected.unwrap_or_default())), expected.is_some());
            }
        }
    }

    #[test]
    fn nothing_is_left_to_fill_in_and_enter_can_be_left_alone() {
        for shell in InitShell::value_variants() {
            let [whole, less] = [true, false].map(|enter| script(*shell, &Chord::default(), enter).unwrap());
            for text in [&whole, &less] {
                assert!(
                    ["{key}", "{bind}", "{next}", "#{enter", "#enter}"].iter().all(|mark| !text.contains(mark)),
                    "{text}"
                );
                assert!(text.contains("alt-c") && text.contains("widget --shell"), "{shell:?}");
            }
            assert_eq!(whole == less, *shell == InitShell::Nu, "{shell:?}");
        }
    }
}
