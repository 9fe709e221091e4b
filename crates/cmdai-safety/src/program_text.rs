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
    if !["HOME", "home", "expand"].iter().any(|w| text.contains(w)) {
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
        "System.getProperty(\"user.home\")",
        "System.getProperty('user.home')",
        "System.getenv(\"HOME\")",
        "os.Getenv(\"HOME\")",
        "Sys.getenv(\"HOME\")",
        "path.expand(\"~\")",
        "os.path.expanduser(\"~\")",
        "os.path.expanduser('~')",
        "expanduser(\"~\")",
        "expand('~')",
        "(getenv \"HOME\")",
        "System.user_home!()",
        "System.user_home()",
        "sys.props(\"user.home\")",
        "ENV['HOME']",
        "*ENV<HOME>",
        "homedir()",
    ] {
        text = text.replace(outside, &literal);
    }
    text
}

/// `removePathForcibly`, `delete-tree`, `rm_rf` in their words, in lower case.
pub(crate) fn words(name: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut upper = false;
    for c in name.chars() {
        let breaks = !c.is_alphanumeric() || c.is_uppercase() && !upper;
        if breaks && !word.is_empty() {
            out.push(std::mem::take(&mut word));
        }
        upper = c.is_uppercase();
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        }
    }
    if !word.is_empty() {
        out.push(word);
    }
    out
}

/// A literal that names a file and nothing else could be.
pub(crate) fn is_path(text: &str) -> bool {
    let text = text.trim_start_matches(['>', '<', '+', ' ']);
    text.len() > 1
        && (text.starts_with(['/', '~']) || text.starts_with("./") || text.starts_with("../"))
        && !text.starts_with("//")
        && !text.contains(['\n', '\'', '"'])
}

/// The command line that a call's arguments make: literals as they are, gaps for what is put to them.
pub(crate) fn command_of(call: &str) -> String {
    let mut out = String::new();
    let mut open = true;
    let mut chars = call.chars().peekable();
    let mut before = String::new();
    while let Some(c) = chars.next() {
        if c != '"' && c != '\'' {
            before.push(c);
            continue;
        }
        let joined = before.trim().trim_end_matches(['f', 'r', 'b']);
        let glued = ["+", ".", "..", "++", "<>", "&", "^", "~"].contains(&joined);
        if !glued && !open {
            out.push(' ');
        }
        if !glued && !open && joined.ends_with(['+', '.', '&', '>']) && joined.len() > 2 {
            out.push_str("${_gap_}");
        }
        before.clear();
        open = false;
        let quote = c;
        while let Some(inner) = chars.next() {
            match inner {
                '\\' => match chars.next() {
                    Some('n' | 'r' | 't') => out.push(' '),
                    Some('(') => {
                        skip_to(&mut chars, ')');
                        out.push_str("${_gap_}");
                    }
                    other => out.extend(other),
                },
                '#' if chars.peek() == Some(&'{') => {
                    skip_to(&mut chars, '}');
                    out.push_str("${_gap_}");
                }
                '{' => {
                    let name: String =
                        std::iter::from_fn(|| chars.next_if(|c| *c != '}' && *c != quote)).take(40).collect();
                    chars.next_if(|c| *c == '}');
                    let expands = name.contains(',') || name.is_empty();
                    if expands {
                        out.push('{');
                        out.push_str(&name);
                        out.push('}');
                    } else {
                        out.push_str(if out.ends_with('$') { "{_gap_}" } else { "${_gap_}" });
                    }
                }
                end if end == c => break,
                other => out.push(other),
            }
        }
        if out.len() > 4096 {
            break;
        }
    }
    // Something is put to the last literal, or follows it as an argument of its own.
    let rest = before.trim_start_matches([']', '}']).trim_start();
    let named = rest.trim_start_matches(['.', '+', ',', '&', '<', '>', ' ', '*', '[']).chars().next();
    let value = named.is_some_and(|c| c.is_alphabetic() || matches!(c, '$' | '@' | '_'));
    let option = ["shell=", "check=", "stdio", "{", "encoding", "cwd", "capture", "stdout", "text=", "timeout"];
    if value && !out.is_empty() {
        if rest.starts_with(['+', '&'])
            || rest.starts_with("..")
            || rest.starts_with("<>")
            || rest.starts_with(". ")
            || rest.starts_with(".$")
        {
            out.push_str("${_gap_}");
        } else if rest.starts_with(',')
            && !option.iter().any(|o| rest.contains(o))
            && !out.trim_end().ends_with(['\n', ';'])
        {
            out.push_str(" ${_gap_}");
        }
    }
    out
}

/// Takes the text up to `end` away.
fn skip_to(chars: &mut std::iter::Peekable<std::str::Chars<'_>>, end: char) {
    for c in chars.by_ref() {
        if c == end {
            break;
        }
    }
}
