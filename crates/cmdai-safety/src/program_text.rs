//! The text of a program in another language: without its literals, with the home directory written out, and the hosts in it.
//!
//! For [`program`](crate::program).

/// Every host that is named is this machine.
pub(crate) fn only_here(literals: &[String]) -> bool {
    let hosts = literals.iter().filter(|l| {
        l.contains("://")
            || l.as_str() == "localhost"
            || l.starts_with("/inet/")
            || l.contains('.')
                && l.len() > 3
                && l.chars().all(|c| c.is_ascii_alphanumeric() || ".-:".contains(c))
                && ![".txt", ".json", ".csv"].iter().any(|end| l.ends_with(end))
    });
    let mut any = false;
    for host in hosts {
        let host = host.strip_prefix("/inet/").map_or(host.as_str(), |r| r.splitn(3, '/').nth(2).unwrap_or_default());
        if !crate::network::is_here(host) {
            return false;
        }
        any = true;
    }
    any
}

/// The text with blanks where something stands in quotes; as it is where the quotes do not pair up.
pub(crate) fn without_literals(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut quote: Option<char> = None;
    let mut chars = text.chars().peekable();
    let mut inner = 0usize;
    while let Some(c) = chars.next() {
        match quote {
            Some(_) if inner > 0 => {
                inner = if c == '}' { inner - 1 } else { inner + usize::from(c == '{') };
                out.push(c);
            }
            Some(q) => {
                if c == '\\' {
                    out.push(' ');
                    if let Some(next) = chars.next() {
                        out.extend(std::iter::repeat_n(' ', next.len_utf8()));
                    }
                } else if c == q {
                    quote = None;
                    out.push(c);
                } else if c == '#' && q == '"' && chars.peek() == Some(&'{') {
                    inner = 1;
                    chars.next();
                    out.push_str("#{");
                } else {
                    out.extend(std::iter::repeat_n(' ', c.len_utf8()));
                }
            }
            None => {
                quote = (c == '"' || c == '\'').then_some(c);
                out.push(c);
            }
        }
    }
    if quote.is_some() { text.to_owned() } else { out }
}

/// The languages' ways to write the home directory, as a literal.
pub(crate) fn with_home(text: &str, home: &str) -> String {
    if !["HOME", "home", "expanduser"].iter().any(|w| text.contains(w)) {
        return text.to_owned();
    }
    let mut text = text.to_owned();
    let literal = format!("\"{home}\"");
    for inside in [
        "$ENV{HOME}",
        "$ENV{'HOME'}",
        "#{ENV[\"HOME\"]}",
        "#{ENV['HOME']}",
        "#{Dir.home}",
        "${process.env.HOME}",
        "${os.homedir()}",
        "{os.environ['HOME']}",
        "{os.environ[\"HOME\"]}",
        "{Path.home()}",
        "$env(HOME)",
        "$HOME",
    ] {
        while let Some(at) = text.find(inside) {
            // Outside of quotes it stands for a value of its own.
            let quoted = text.get(..at).is_some_and(|t| t.matches('"').count() % 2 == 1) || !inside.starts_with("$ENV");
            text.replace_range(at..at + inside.len(), if quoted { home } else { &literal });
        }
    }
    for outside in [
        "os.environ[\"HOME\"]",
        "os.environ['HOME']",
        "os.environ.get(\"HOME\")",
        "os.environ.get('HOME')",
        "os.getenv(\"HOME\")",
        "os.getenv('HOME')",
        "ENV[\"HOME\"]",
        "ENV['HOME']",
        "ENV.fetch(\"HOME\")",
        "Dir.home",
        "pathlib.Path.home()",
        "Path.home()",
        "require(\"os\").homedir()",
        "require('os').homedir()",
        "os.homedir()",
        "process.env.HOME",
        "$_SERVER[\"HOME\"]",
        "$_SERVER['HOME']",
        "getenv(\"HOME\")",
        "getenv('HOME')",
        "Deno.env.get(\"HOME\")",
        "homedir()",
    ] {
        text = text.replace(outside, &literal);
    }
    text
}
