//! Programs of other languages as a whole: what flows from the network, from secrets and from lists of files into what acts.
//!
//! Called by [`script_lang`](crate::script_lang) for each one-line program; the calls themselves are judged one by one in
//! [`calls`](crate::calls). No grammar and no order: that a program reads keys and talks to another machine is enough, because
//! one that needs both for something harmless is rare on a command line. Text in quotes is data here, so that printing the name
//! of a function is free; where quotes do not pair up, nothing counts as quoted.

use crate::calls::calls;
use crate::ir::Span;
use crate::many_words::Searched;
use crate::paths::Class;
use crate::program_text::{only_here, with_home, without_literals};
use crate::program_words::{COMMANDS, CONNECTS, DECODES, ENDLESS, EVALUATES, FETCHES, LISTS, PILES, WAITS};
use crate::run::Machine;
use crate::script_lang::literals;
use crate::value::{Arg, Taint};
use cmdai_core::assess::RiskLevel;

/// What a program is made of.
pub(crate) struct Program<'a> {
    pub(crate) text: &'a Searched<'a>,
    /// The same with blanks for what stands in quotes.
    pub(crate) bare: Searched<'a>,
    pub(crate) literals: Vec<String>,
    pub(crate) span: &'a Span,
}

/// Judges a program.
pub(crate) fn program(m: &mut Machine<'_>, code: &Arg) {
    let span = code.span.clone();
    if code.taint.has(Taint::NET) {
        from_network(m, &span);
        return;
    }
    let text = crate::imports::resolve(&with_home(&crate::value::unglob(&code.text), &m.home));
    if text.len() > 32 * 1024 || !m.burn(u32::try_from(text.len() / 32).unwrap_or(0)) {
        m.not_understood("the program is too long");
        return;
    }
    let all = literals(&text);
    let (text, bare) = (Searched::new(text.as_str()), Searched::new(without_literals(&text)));
    let program = Program { bare, text: &text, literals: all, span: &span };
    flows(m, &program);
    exhausts(m, &program);
    calls(m, &program);
}

fn from_network(m: &mut Machine<'_>, span: &Span) {
    m.finding(
        "network-to-interpreter",
        "execution",
        RiskLevel::Critical,
        span,
        "execute",
        "",
        "runs what the network sends without anybody having read it",
    );
}

/// What flows from one call into another.
fn flows(m: &mut Machine<'_>, p: &Program<'_>) {
    let web = |l: &String| ["http://", "https://", "ftp://"].iter().any(|s| l.trim_start().starts_with(s));
    let fetcher = |l: &String| l.starts_with("curl ") || l.starts_with("wget ");
    let here = only_here(&p.literals);
    let connects = !here
        && (CONNECTS.iter().any(|w| p.text.holds(w))
            || p.literals.iter().any(|l| l == "socket" || l == "net")
            || p.bare.holds("socket") && p.bare.holds("connect"));
    let url_opened = p.literals.iter().any(web)
        && [
            "file_get_contents",
            "open",
            "readfile",
            "include",
            "require",
            "import",
            "source",
            "url",
            "dofile",
            "from",
            "get",
            "getstore",
            "readLines",
            "URL",
            "load",
        ]
        .iter()
        .any(|w| has_word(&p.bare, w, true));
    let fetches = !here
        && (url_opened
            || FETCHES.iter().any(|w| has_word(&p.bare, w, true))
            || ["socket.http", "open-uri", "LWP", "urllib"].iter().any(|w| p.text.holds(w))
            || (p.bare.holds("require") || p.bare.holds("import"))
                && p.literals.iter().any(|l| {
                    matches!(l.trim_start_matches("node:"), "http" | "https" | "axios" | "got" | "node-fetch")
                })
            || p.literals.iter().any(fetcher));
    let marks = p.bare.matches('`').count() > 1 && !p.text.holds("require(");
    let commands =
        marks || COMMANDS.iter().any(|w| p.literals.iter().any(|l| l.contains(w)) || has_word(&p.bare, w, true));
    if connects && commands {
        m.finding(
            "reverse-shell",
            "remote-control",
            RiskLevel::Critical,
            p.span,
            "connect",
            "a shell",
            "gives another machine a shell on this one",
        );
    }
    let listens =
        ["createServer", "TCPServer", "HTTPServer", "listen(", "serve_forever", "Deno.serve", "Bun.serve", ".accept("]
            .iter()
            .any(|w| p.bare.holds(w));
    let open = runs_a_value(&p.bare)
        || p.bare.split("exec(").skip(1).any(|rest| variables(rest.split([';', ')']).next().unwrap_or_default()));
    let root_shell = [
        "setuid(0",
        "setreuid(0",
        "$<=$>=0",
        "$>=$<=0",
        "seteuid(0",
        "Process::Sys.setuid(0",
        "UID.change_privilege(0",
    ]
    .iter()
    .any(|w| p.bare.holds(w));
    if listens && commands && open || root_shell && commands {
        m.finding(
            if listens { "remote-shell" } else { "root-shell" },
            "remote-control",
            if listens { RiskLevel::Critical } else { RiskLevel::High },
            p.span,
            "privilege",
            "a shell",
            if listens { "runs what others send to it as commands" } else { "opens a shell as root" },
        );
    }
    let evaluates = EVALUATES.iter().any(|w| evaluated(p, w));
    if fetches && (evaluates || runs_a_value(&p.bare)) {
        from_network(m, p.span);
    }
    let runs = evaluates || runs_a_value(&p.bare) || p.text.holds("os.system") || p.text.holds("__import__");
    if runs && DECODES.iter().any(|w| has_word(&p.bare, w, true)) {
        m.finding(
            "decoded-to-interpreter",
            "execution",
            RiskLevel::Critical,
            p.span,
            "execute",
            "",
            "hides what it runs behind an encoding",
        );
    }
    if connects || fetches {
        sends(m, p);
    }
}

/// What leaves the machine in a program that talks to another one.
fn sends(m: &mut Machine<'_>, p: &Program<'_>) {
    let home = m.home.clone();
    let paths = p
        .literals
        .iter()
        .map(|l| l.trim_start_matches(['<', '>', '|', '+', ' ']))
        .filter(|l| l.contains(['/', '.', '~']) && !l.contains("://") && !l.contains(' '));
    let classes: Vec<Class> = paths
        .take(16)
        .map(|l| m.place(&l.strip_prefix('~').map_or_else(|| l.to_owned(), |r| format!("{home}{r}"))).class)
        .collect();
    let reads = [
        "open",
        "read",
        "readFile",
        "readFileSync",
        "slurp",
        "file_get_contents",
        "File",
        "fopen",
        "read_text",
        "createReadStream",
        "readAllBytes",
        "readString",
        "readLines",
        "ReadFile",
        "read_bytes",
        "readline",
        "readText",
    ]
    .iter()
    .any(|w| has_word(&p.bare, w, true));
    let whole_env = whole_environment(&p.bare);
    let secret = reads && classes.iter().any(|c| matches!(c, Class::Secret | Class::Accounts));
    let all = LISTS.iter().any(|w| has_word(&p.bare, w, true))
        && classes.iter().any(|c| matches!(c, Class::Home | Class::Root));
    let (rule, risk, why) = if secret {
        ("secret-to-network", RiskLevel::Critical, "sends keys or passwords to another machine")
    } else if whole_env {
        ("variable-to-network", RiskLevel::High, "sends the environment, with the secrets in it, to another machine")
    } else if all {
        ("home-to-network", RiskLevel::High, "sends a whole home directory, with the keys in it, to another machine")
    } else if reads && private_goes_away(m, p) {
        ("private-to-network", RiskLevel::High, "sends private data to a place that is not the user's own")
    } else if reads && ["post", "put", "sendall", "data=", "send", "POST", "PUT"].iter().any(|w| p.text.holds(w)) {
        ("file-to-network", RiskLevel::Moderate, "sends local data to another machine")
    } else {
        return;
    };
    m.finding(rule, "exfiltration", risk, p.span, "send", "", why);
}

/// Personal files or files of the system, and an address that is not of the own network.
fn private_goes_away(m: &Machine<'_>, p: &Program<'_>) -> bool {
    use crate::outward::{Reach, is_private, reach};
    let away = p.literals.iter().filter(|l| l.contains("://")).any(|l| !matches!(reach(l), Reach::Here | Reach::Near));
    away && p.literals.iter().filter(|l| l.starts_with(['/', '~']) || l.contains('.')).take(16).any(|l| {
        let path = l.strip_prefix('~').map_or_else(|| l.clone(), |r| format!("{}{r}", m.home));
        !l.contains("://") && !l.contains(' ') && is_private(&m.place(&path), &m.home)
    })
}

/// All variables at once, not one by its name.
fn whole_environment(bare: &Searched<'_>) -> bool {
    ["os.environ", "process.env"].iter().any(|name| {
        bare.places_of(name).any(|at| {
            let rest = bare.get(at + name.len()..).unwrap_or_default();
            !rest.starts_with(['[', '.', '\'']) || rest.starts_with(".items") || rest.starts_with(".copy")
        })
    }) || [
        "%ENV",
        "ENV.to_h",
        "ENV.inspect",
        "ENV.each",
        "ENV.map",
        "$_ENV",
        "getenv()",
        "env.toObject",
        "Sys.getenv()",
    ]
    .iter()
    .any(|w| bare.holds(w))
}

/// Programs that eat the machine.
fn exhausts(m: &mut Machine<'_>, p: &Program<'_>) {
    let endless = ENDLESS.iter().any(|w| p.bare.holds(w));
    let starts =
        ["fork", "spawn", "Popen", "popen", "exec", "execFile", "Thread", "subprocess", "Process", "system", "clone"];
    let waits = WAITS.iter().any(|w| has_word(&p.bare, w, true));
    let forks = (has_word(&p.bare, "fork", true) || p.bare.holds("_fork("))
        && (endless
            || p.bare.holds("while")
            || p.bare.holds("loop")
            || p.bare.holds("iter(int")
            || p.bare.holds("cycle(")
            || p.bare.holds("for(;;)"));
    let huge = ["10**9", "10**1", "1e9", "1e1", "1<<3", "1 << 3", "2**3", "2**4", "9999999999"]
        .iter()
        .any(|n| p.bare.holds(&format!("*{n}")) || p.bare.holds(&format!("* {n}")) || p.bare.holds(&format!("x{n}")));
    let opens = CONNECTS.iter().any(|w| p.text.holds(w)) || has_word(&p.bare, "sendmail", true);
    if opens
        && !waits
        && (endless
            || ["range(10000", "range(100000", "times", "1..10000"].iter().any(|w| p.bare.holds(w))
                && has_word(&p.bare, "sendmail", true))
        && !only_here(&p.literals)
    {
        m.finding(
            "flood",
            "network",
            RiskLevel::High,
            p.span,
            "exhaust",
            "another machine",
            "sends another machine very many requests, which may stop it for everybody",
        );
    }
    let (rule, risk, why) = if forks || endless && !waits && starts.iter().any(|w| has_word(&p.bare, w, true)) {
        ("fork-bomb", RiskLevel::Critical, "starts copies of itself without end, until the machine stops answering")
    } else if endless && !waits && PILES.iter().any(|w| has_word(&p.bare, w, true))
        || endless && !waits && ["+=", ".=", "*="].iter().any(|w| p.bare.holds(w)) && !p.bare.holds("break")
        || huge && p.bare.contains(['[', '\'', '"'])
    {
        ("memory-eater", RiskLevel::High, "takes memory or disk without end, until the machine stops answering")
    } else {
        return;
    };
    m.finding(rule, "resources", risk, p.span, "exhaust", "the machine", why);
}

/// Whether one of these names is called with something that is not a literal.
fn runs_a_value(bare: &Searched<'_>) -> bool {
    let names = [
        "os.system",
        "system",
        "popen",
        "Popen",
        "check_output",
        "getoutput",
        "execSync",
        "spawnSync",
        "shell_exec",
        "passthru",
        "os.execute",
        "io.popen",
        "subprocess.run",
        "subprocess.call",
        "qx",
    ];
    names.iter().any(|name| {
        bare.places_of(name).any(|at| {
            let before = bare.get(..at).and_then(|t| t.chars().next_back());
            let call = bare.get(at + name.len()..).unwrap_or_default();
            let inside = call.split([';', '\n']).next().unwrap_or_default();
            !before.is_some_and(is_word) && inside.starts_with(['(', ' ', '$', '{']) && variables(inside)
        })
    })
}

/// Names in an argument list that are no keywords of one.
fn variables(call: &str) -> bool {
    call.split(|c: char| !is_word(c) && c != '$').any(|word| {
        !matches!(
            word,
            "" | "shell"
                | "True"
                | "False"
                | "check"
                | "text"
                | "capture_output"
                | "stdio"
                | "None"
                | "encoding"
                | "true"
                | "false"
                | "null"
                | "r"
                | "w"
                | "b"
                | "f"
                | "read"
                | "stdout"
                | "stderr"
                | "PIPE"
                | "subprocess"
        ) && !word.starts_with(|c: char| c.is_ascii_digit())
    })
}

/// A name that evaluates text, called as a function or statement and not as a method of something else.
fn evaluated(p: &Program<'_>, name: &str) -> bool {
    p.bare.places_of(name).any(|at| {
        let before = p.bare.get(..at).unwrap_or_default();
        let after = p.bare.get(at + name.len()..).unwrap_or_default();
        let method = before.ends_with('.')
            && !["builtins.", "global.", "globalThis.", "window.", "Kernel.", "vm."]
                .iter()
                .any(|o| before.ends_with(o));
        let whole = !before.chars().next_back().is_some_and(is_word) && !before.ends_with('$');
        let passed = after.starts_with(')') && before.ends_with(['(', ',', ' ']);
        let called =
            passed || after.starts_with('(') || after.starts_with(' ') && !after.trim_start().starts_with(['=', '{']);
        let argument: &str = after.split([';', '\n']).next().unwrap_or_default();
        // `import x` and `require "x"` name a module; only with more than a literal they load text.
        let module =
            matches!(name, "import" | "require" | "include" | "source" | "load" | "parse" | "assert" | "dofile");
        let quoted =
            after.trim_start().starts_with(['"', '\'']) && matches!(name, "include" | "require" | "dofile" | "source");
        let loads = p.literals.iter().any(|l| l.contains("://"))
            && (after.starts_with('(') || quoted)
            && !matches!(name, "parse" | "load")
            || module
                && matches!(name, "include" | "source" | "load" | "dofile" | "assert")
                && variables(argument)
                && after.starts_with('(')
            || name == "parse" && before.ends_with("Meta.");
        whole && called && !(method && name != "parse") && (!module || loads)
    })
}

/// Whether `word` stands in the text as a name of its own; with `methods` also behind a dot.
pub(crate) fn has_word(text: &Searched<'_>, word: &str, methods: bool) -> bool {
    text.places_of(word).any(|at| {
        let before = text.get(..at).and_then(|t| t.chars().next_back());
        let after = text.get(at + word.len()..).and_then(|t| t.chars().next());
        !before.is_some_and(|c| is_word(c) || !methods && c == '.')
            && (word.ends_with(['.', ';']) || !after.is_some_and(is_word))
    })
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}
