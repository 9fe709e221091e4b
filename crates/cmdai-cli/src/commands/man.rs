//! `cmdai man`: the manual pages, made from the definition of the command line, so that they say what `--help` says.
//!
//! Hidden: packagers call it once, and people read the pages. What stands below the options of `--help` keeps its lines.

use crate::errors::Failure;
use crate::exit_code::ExitCode;
use crate::flags::Cli;
use crate::flags_man::ManArgs;
use crate::say;
use clap::{Command, CommandFactory};
use clap_mangen::Man;
use std::fs;
use std::io;
use std::path::Path;

/// Prints the page of cmdai, or writes all.
///
/// # Errors
/// The directory cannot be written to, or standard output is gone.
pub fn run(args: &ManArgs) -> Result<ExitCode, Failure> {
    let pages = pages().map_err(Failure::Stdout)?;
    if let Some(dir) = &args.dir {
        for (name, text) in &pages {
            write(dir, name, text).map_err(|source| Failure::Man { dir: dir.clone(), source })?;
        }
        say::line(&format!("{} pages are in {}", pages.len(), dir.display()))?;
    } else if let Some((_, text)) = pages.first() {
        say::line(text.trim_end())?;
    }
    Ok(ExitCode::Ok)
}

fn write(dir: &Path, name: &str, text: &str) -> io::Result<()> {
    fs::create_dir_all(dir)?;
    fs::write(dir.join(format!("{name}.1")), text)
}

/// Each page with its name, that of cmdai itself first.
fn pages() -> io::Result<Vec<(String, String)>> {
    let mut command = Cli::command().disable_help_flag(true);
    command.build();
    let mut pages = Vec::new();
    add(&command, "cmdai", &mut pages)?;
    Ok(pages)
}

fn add(command: &Command, name: &str, pages: &mut Vec<(String, String)>) -> io::Result<()> {
    let mut page = Vec::new();
    let below = command.get_after_help().map(ToString::to_string);
    let title = name.replace(' ', "-");
    // clap wants names that last; there are as many as pages.
    let lasting: &'static str = title.clone().leak();
    let named = command.clone().name(lasting).bin_name(name.to_owned()).after_help("");
    Man::new(named).render(&mut page)?;
    let mut text = String::from_utf8_lossy(&page).into_owned();
    if let Some(below) = below {
        text.push_str(&verbatim(&below));
    }
    pages.push((title, text));
    for inner in command.get_subcommands().filter(|inner| !inner.is_hide_set() && inner.get_name() != "help") {
        add(inner, &format!("{name} {}", inner.get_name()), pages)?;
    }
    Ok(())
}

/// A section whose lines stay as they are.
fn verbatim(text: &str) -> String {
    let line = |line: &str| {
        let escaped = line.replace('\\', "\\e").replace('-', "\\-");
        // What begins with these would be a request to the formatter.
        if escaped.starts_with(['.', '\'']) { format!("\\&{escaped}") } else { escaped }
    };
    let lines: Vec<String> = text.lines().map(line).collect();
    format!(".SH NOTES\n.nf\n{}\n.fi\n", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_subcommand_has_a_page_with_its_examples() {
        let pages = pages().unwrap();
        let of = |name: &str| &pages.iter().find(|(found, _)| found == name).unwrap_or_else(|| panic!("{name}")).1;
        assert!(of("cmdai").contains(".SH NAME") && of("cmdai").contains("Exit status: 0 done"));
        assert!(of("cmdai-history-search").contains("SYNOPSIS"));
        assert!(of("cmdai-check").contains("\n  cmdai check \\-\\-json < install.sh\n"));
        assert!(
            pages.iter().all(|(name, _)| !name.contains("serve") && name != "cmdai-man"),
            "what is hidden has none"
        );
    }

    #[test]
    fn no_line_is_a_request_to_the_formatter() {
        assert_eq!(verbatim(".SH x\n'y\\z"), ".SH NOTES\n.nf\n\\&.SH x\n\\&'y\\ez\n.fi\n");
    }
}
