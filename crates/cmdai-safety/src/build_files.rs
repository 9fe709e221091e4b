//! Build files that tools carry out: those that came from the network are programs that nobody has read.

use crate::by_name::ByName;
use crate::doors::{network, option_values};
use crate::opts;
use crate::run::Machine;
use crate::shells::{run_data, shell_of};
use crate::value::{Arg, Data, Taint};
use cmdai_core::assess::RiskLevel;
use cmdai_core::request::ShellType;

/// Build files that a tool reads without being told.
const BUILD_FILES: &[(&str, &[&str], &[&str])] = &[
    ("make", &["Makefile", "makefile", "GNUmakefile"], &[]),
    (
        "gradle",
        &["build.gradle", "build.gradle.kts", "settings.gradle"],
        &["-b", "-I", "--build-file", "--init-script"],
    ),
    ("mvn", &["pom.xml"], &["-f", "--file"]),
    ("ant", &["build.xml"], &["-f", "-buildfile"]),
    ("npm", &["package.json"], &[]),
    ("yarn", &["package.json"], &[]),
    ("pnpm", &["package.json"], &[]),
    ("cargo", &["build.rs", "Cargo.toml"], &["--manifest-path"]),
    ("cmake", &["CMakeLists.txt"], &["-P", "-C"]),
    ("just", &["justfile", "Justfile"], &["-f", "--justfile"]),
    ("task", &["Taskfile.yml"], &["-t", "--taskfile"]),
    ("rake", &["Rakefile"], &["-f", "--rakefile"]),
    ("invoke", &["tasks.py"], &["-c"]),
    ("fab", &["fabfile.py"], &["-f"]),
    ("scons", &["SConstruct"], &["-f"]),
    ("vagrant", &["Vagrantfile"], &[]),
    ("docker-compose", &["docker-compose.yml", "compose.yaml"], &["-f"]),
    ("terraform", &["main.tf"], &["-var-file"]),
    ("tox", &["tox.ini"], &["-c"]),
    ("nox", &["noxfile.py"], &["-f"]),
    ("pytest", &["conftest.py"], &["-c"]),
    ("gulp", &["gulpfile.js"], &["-f"]),
    ("webpack", &["webpack.config.js"], &["-c", "--config"]),
    ("bazel", &["WORKSPACE", "BUILD"], &[]),
    ("meson", &["meson.build"], &[]),
    ("nix-build", &["default.nix"], &[]),
    ("nix-shell", &["shell.nix"], &[]),
    ("procmail", &[], &["-m"]),
    ("logrotate", &[], &["-f"]),
    ("vim", &[], &["-S", "-u"]),
    ("nvim", &[], &["-S", "-u"]),
    ("emacs", &[], &["-l", "--load", "--script"]),
    ("gdb", &[], &["-x", "--command"]),
    ("node", &[], &["-r", "--require", "--import"]),
    ("ruby", &[], &["-r"]),
];

/// A build file that came from the network.
pub(crate) fn watch(m: &mut Machine<'_>, name: &str, args: &[Arg]) {
    static INDEX: ByName = ByName::new();
    let Some((_, own, options)) = INDEX.rows(BUILD_FILES, |row| std::slice::from_ref(&row.0), name).next() else {
        return;
    };
    let named = option_values(args, options);
    let own: Vec<Arg> = own.iter().map(|f| Arg::known(*f, args.first().map_or(0..0, |a| a.span.clone()))).collect();
    for file in if named.is_empty() { own } else { named } {
        let path = m.place(&file.text).path;
        if m.files.get(&path).is_some_and(|d| d.taint.has(Taint::NET)) || file.text.contains("://") {
            network(m, &file, "runs a build file from the network without anybody having read it", RiskLevel::Critical);
        }
    }
}

/// A makefile in an option, from a pipe or written by this text.
pub(crate) fn make(m: &mut Machine<'_>, args: &[Arg], stdin: &Data) -> Option<Data> {
    let opts =
        opts::parse(args, &["-f", "-C", "-I", "-o", "-W", "--file", "--makefile", "--directory", "--eval", "-E"]);
    for text in opts.values(&["--eval", "-E"]).cloned().collect::<Vec<_>>() {
        recipes(m, &text);
    }
    for set in opts.operands.iter().filter(|a| a.text.starts_with("SHELL=")).cloned().collect::<Vec<_>>() {
        let shell = set.text.trim_start_matches("SHELL=").to_owned();
        if shell_of(shell.rsplit('/').next().unwrap_or_default()).is_none() {
            m.inner_text(&shell, ShellType::Sh, &Data::default(), &set.span);
        }
    }
    let mut known = !opts.values(&["--eval", "-E"]).collect::<Vec<_>>().is_empty();
    for file in opts.values(&["-f", "--file", "--makefile"]).cloned().collect::<Vec<_>>() {
        let piped = matches!(file.text.as_str(), "-" | "/dev/stdin");
        let path = m.place(&file.text).path;
        let data = if piped { Some(stdin.clone()) } else { m.files.get(&path).cloned() };
        let Some(data) = data else { continue };
        known = true;
        if data.taint.has(Taint::NET) {
            network(m, &file, "runs a build file from the network without anybody having read it", RiskLevel::Critical);
        } else if let Some(text) = data.text {
            recipes(m, &Arg { text, ..file });
        } else {
            run_data(m, &data, ShellType::Sh, &file.span.clone(), &Data::default());
        }
    }
    known.then(Data::default)
}

/// Each recipe line of a makefile, and what its variables run.
pub(crate) fn recipes(m: &mut Machine<'_>, text: &Arg) {
    let plain = text.text.replace("$(HOME)", "$HOME").replace("${HOME}", "$HOME").replace("$$", "$");
    for line in plain.lines().take(200) {
        let recipe = match line.strip_prefix('\t') {
            Some(recipe) => Some(recipe),
            // `target: prerequisites ; recipe`
            None => line.split_once(':').and_then(|(_, rest)| rest.split_once(';')).map(|(_, recipe)| recipe),
        };
        // These run also where make only shows what it would do.
        let always =
            recipe.is_none_or(|r| r.trim_start_matches(['@', '-', ' ']).starts_with('+') || r.contains("$(MAKE)"));
        let dry = m.actor.dry;
        m.actor.dry = dry && !always;
        if let Some(recipe) = recipe {
            m.aside(|m| {
                m.inner_text(
                    recipe.trim_start_matches(['@', '-', '+', ' ']),
                    ShellType::Sh,
                    &Data::default(),
                    &text.span,
                )
            });
        } else if let Some((_, command)) = line.split_once("$(shell ").or_else(|| line.split_once("!=")) {
            m.aside(|m| m.inner_text(command.trim_end_matches(')'), ShellType::Sh, &Data::default(), &text.span));
        }
        m.actor.dry = dry;
    }
}
