//! Languages and what hosts them: which option of which program holds code, and consoles of frameworks that are given some.
//!
//! Beside [`script_lang`](crate::script_lang), which runs scripts and modules.

use crate::by_name::Words;
use crate::opts;
use crate::program::program;
use crate::run::Machine;
use crate::session::Fact;
use crate::value::{Arg, Data, Taint};
use cmdai_core::request::ShellType;

/// Interpreter, the options whose value is a program.
pub(crate) const LANGUAGES: &[(&str, &[&str])] = &[
    ("python", &["-c"]),
    ("pypy", &["-c"]),
    ("pypy3", &["-c"]),
    ("jython", &["-c"]),
    ("micropython", &["-c"]),
    ("ipython", &["-c"]),
    ("ipython3", &["-c"]),
    ("bpython", &["-c"]),
    ("hy", &["-c"]),
    ("sage", &["-c"]),
    ("perl", &["-e", "-E"]),
    ("raku", &["-e"]),
    ("perl6", &["-e"]),
    ("ruby", &["-e"]),
    ("jruby", &["-e"]),
    ("truffleruby", &["-e"]),
    ("node", &["-e", "--eval", "-p", "--print", "-pe"]),
    ("nodejs", &["-e", "--eval", "-p"]),
    ("tsx", &["-e", "--eval"]),
    ("ts-node", &["-e", "--eval", "-p"]),
    ("coffee", &["-e", "--eval"]),
    ("zx", &["--eval", "-e"]),
    ("qjs", &["-e", "--eval"]),
    ("jsc", &["-e"]),
    ("d8", &["-e"]),
    ("gjs", &["-c"]),
    ("rhino", &["-e"]),
    ("jjs", &["-e"]),
    ("bun", &["-e", "--eval", "-p"]),
    ("deno", &["eval"]),
    ("php", &["-r"]),
    ("hhvm", &["-r"]),
    ("lua", &["-e"]),
    ("luajit", &["-e"]),
    ("luau", &["-e"]),
    ("texlua", &["-e"]),
    ("fennel", &["-e", "--eval"]),
    ("moon", &["-e"]),
    ("luac", &[]),
    ("Rscript", &["-e"]),
    ("littler", &["-e"]),
    ("osascript", &["-e"]),
    ("tclsh", &[]),
    ("expect", &["-c"]),
    ("groovy", &["-e"]),
    ("groovysh", &["-e"]),
    ("julia", &["-e", "-E", "--eval", "--print"]),
    ("elixir", &["-e", "--eval", "--rpc-eval"]),
    ("erl", &["-eval"]),
    ("guile", &["-c"]),
    ("gosh", &["-e"]),
    ("csi", &["-e", "-eval"]),
    ("gsi", &["-e"]),
    ("chez", &["-e"]),
    ("janet", &["-e"]),
    ("newlisp", &["-e"]),
    ("vim", &["-c", "--cmd", "+"]),
    ("vi", &["-c"]),
    ("view", &["-c"]),
    ("gvim", &["-c", "--cmd"]),
    ("nvim", &["-c", "--cmd"]),
    ("ex", &["-c"]),
    ("emacs", &["--eval", "-eval", "--execute", "-execute"]),
    ("emacsclient", &["-e", "--eval"]),
    ("jshell", &[]),
    ("irb", &[]),
    ("pry", &["-e"]),
    ("escript", &[]),
    ("ghci", &["-e"]),
    ("ghc", &["-e"]),
    ("runghc", &[]),
    ("runhaskell", &[]),
    ("stack", &["-e"]),
    ("ocaml", &["-e"]),
    ("scala", &["-e"]),
    ("amm", &["-c", "--code"]),
    ("kotlin", &["-e", "-expression"]),
    ("kotlinc", &["-e", "-expression"]),
    ("clojure", &["-e", "--eval"]),
    ("clj", &["-e", "--eval"]),
    ("bb", &["-e", "--eval"]),
    ("joker", &["-e", "--eval"]),
    ("nbb", &["-e"]),
    ("sbcl", &["--eval"]),
    ("ecl", &["-eval"]),
    ("clisp", &["-x"]),
    ("ccl", &["-e", "--eval"]),
    ("racket", &["-e"]),
    ("swift", &["-e"]),
    ("iex", &["-e", "--eval", "--rpc-eval"]),
    ("octave", &["--eval"]),
    ("octave-cli", &["--eval"]),
    ("matlab", &["-batch", "-r"]),
    ("scilab", &["-e", "-E"]),
    ("scilab-cli", &["-e", "-E"]),
    ("wolframscript", &["-code", "-c"]),
    ("maxima", &["--batch-string", "-r"]),
    ("gnuplot", &["-e"]),
    ("gp", &[]),
    ("R", &["-e"]),
    ("wish", &[]),
    ("jrunscript", &["-e"]),
    ("nim", &["--eval"]),
    ("crystal", &["eval"]),
    ("swipl", &["-g", "-t"]),
    ("pike", &["-e"]),
    ("gforth", &["-e"]),
    ("tcc", &[]),
    ("yaegi", &["-e"]),
    ("gomacro", &["-e"]),
    ("rust-script", &["-e"]),
    ("m4", &[]),
];

/// Where `'` is no quote.
const LISPS: &[&str] = &[
    "emacs",
    "emacsclient",
    "guile",
    "gosh",
    "csi",
    "gsi",
    "chez",
    "janet",
    "newlisp",
    "clojure",
    "clj",
    "bb",
    "joker",
    "nbb",
    "sbcl",
    "ecl",
    "clisp",
    "ccl",
    "racket",
    "hy",
    "fennel",
    "ghc",
    "ghci",
    "runghc",
    "ocaml",
    "scala",
    "julia",
];

/// Runs one program of a language; the taint of what it prints.
pub(crate) fn run(m: &mut Machine<'_>, name: &str, code: &Arg) -> Taint {
    let secrets = |m: &Machine<'_>| m.facts.iter().filter(|f| matches!(f, Fact::SecretRead)).count();
    let before = secrets(m);
    crate::script_files::bare_commands(m, name, code);
    let lisp = LISPS.contains(&name);
    let plain = if lisp { Arg { text: code.text.replace('\'', " "), ..code.clone() } } else { code.clone() };
    match name {
        "vim" | "vi" | "nvim" | "ex" | "view" | "gvim" => {}
        _ => program(m, &plain),
    }
    let keeper = ["keyring", "get_secret_value", "get_password", "secretsmanager", "hvac", "spwd"]
        .iter()
        .any(|w| code.text.contains(w));
    if secrets(m) > before || keeper { Taint::SECRET } else { Taint::default() }
}

/// Tools that hand code to the language they are written in: consoles of frameworks, build tools, debuggers.
pub(crate) fn hosted(m: &mut Machine<'_>, name: &str, head: &Arg, args: &[Arg], stdin: &Data) -> Option<Data> {
    static HOSTS: Words = Words::new(
        "rails flask hanami wp drush crystal mix django-admin scala-cli jbang kscript stack mysqlsh maxima nim go zig dart tcc",
    );
    if !HOSTS.has(name) {
        return None;
    }
    let operands: Vec<&Arg> = args.iter().filter(|a| !a.is_option()).collect();
    let sub = operands.first().map_or("", |a| a.text.as_str());
    let code: Vec<Arg> = match (name, sub) {
        ("rails", "runner" | "r") => operands.get(1..2)?.iter().map(|a| (*a).clone()).collect(),
        ("rails" | "flask" | "hanami" | "wp" | "drush", "console" | "c" | "shell" | "php" | "php:cli") => {
            fed(stdin, head)?
        }
        ("wp" | "crystal" | "drush", "eval" | "php:eval" | "ev" | "php-eval") => {
            operands.get(1..2)?.iter().map(|a| (*a).clone()).collect()
        }
        ("mix", "run" | "eval") => {
            let given = opts::parse(args.get(1..)?, &["-e", "--eval"]);
            given.values(&["-e", "--eval"]).chain(given.operands.iter().filter(|_| sub == "eval")).cloned().collect()
        }
        ("django-admin", "shell") => {
            opts::parse(args, &["-c", "--command"]).values(&["-c", "--command"]).cloned().collect()
        }
        ("scala-cli" | "jbang" | "kscript" | "stack", _) => {
            opts::parse(args, &["-e", "-c", "--script-snippet", "--execute-script"])
                .values(&["-e", "-c", "--script-snippet", "--execute-script"])
                .cloned()
                .collect()
        }
        ("mysqlsh", _)
            if args.iter().any(|a| matches!(a.text.as_str(), "--js" | "--py" | "--javascript" | "--python")) =>
        {
            opts::parse(args, &["-e", "--execute"]).values(&["-e", "--execute"]).cloned().collect()
        }
        ("maxima" | "nim", _) => args
            .iter()
            .filter_map(|a| {
                let text = a.text.strip_prefix("--batch-string=").or_else(|| a.text.strip_prefix("--eval:"))?;
                Some(Arg { text: text.to_owned(), ..a.clone() })
            })
            .collect(),
        ("go" | "zig" | "dart", "run") | ("tcc", _) => {
            let known = operands.iter().rev().find_map(|file| {
                let data = m.files.get(&m.place(&file.text).path)?;
                Some(Arg { text: data.exact()?.to_owned(), taint: data.taint, span: file.span.clone() })
            });
            let piped = args.iter().any(|a| a.text == "-").then(|| fed(stdin, head)).flatten();
            known.map(|code| vec![code]).or(piped)?
        }
        _ => return None,
    };
    if code.is_empty() {
        return None;
    }
    // A file of code is a script like any other.
    if name == "rails" && code.iter().all(|c| c.text.rsplit('.').next() == Some("rb") && !c.text.contains(' ')) {
        return None;
    }
    let taint = code.iter().fold(Taint::default(), |all, code| all.with(run(m, name, code)));
    Some(Data::unknown(taint, name))
}

/// The code that flows in.
fn fed(stdin: &Data, head: &Arg) -> Option<Vec<Arg>> {
    let text = stdin.text.clone()?;
    Some(vec![Arg { text, taint: stdin.taint, span: head.span.clone() }])
}

/// What a program types into another one that it started, as `expect` does.
pub(crate) fn typed(m: &mut Machine<'_>, code: &Arg) {
    let lines: Vec<String> = code
        .text
        .split("send")
        .skip(1)
        .filter_map(|rest| {
            crate::script_lang::literals(rest.get(..rest.len().min(400)).unwrap_or(rest)).into_iter().next()
        })
        .collect();
    for line in lines.iter().take(32) {
        let line = line
            .trim_end_matches(['\r', '\n'])
            .trim_end_matches("\\r")
            .trim_end_matches("\\n")
            .trim_end_matches(['r', 'n']);
        crate::program_calls::weakly(m, |m| {
            m.aside(|m| m.inner_text(line, ShellType::Sh, &Data::default(), &code.span));
        });
    }
    if code.text.contains("spawn passwd root") || code.text.contains("spawn sudo passwd root") {
        m.finding(
            "change-password",
            "users",
            cmdai_core::assess::RiskLevel::High,
            &code.span.clone(),
            "configure",
            "root",
            "changes the password of root",
        );
    }
}
