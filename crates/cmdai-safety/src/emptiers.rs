//! Editors in place whose script leaves nothing of a file: nobody empties a file that way on purpose.
//!
//! Beside [`writers`](crate::writers), which judges that a file is written at all.

use crate::effects::How;
use crate::opts;
use crate::paths::Class;
use crate::risk::Verb;
use crate::run::Machine;
use crate::value::{Arg, Data, unglob};
use cmdai_core::assess::RiskLevel;

/// What takes all there is, as editors of lines write it.
const ALL_LINES: &[&str] =
    &["%d", "1,$d", ",d", "g/./d", "g/^/d", "g/.*/d", "%d_", "%delete", "1,$delete", "0,$d", "g/$/d", "ggdG", "%d|x"];
/// Substitutions that leave nothing of a line.
const ALL_OF_A_LINE: &[&str] = &[
    "s/.*//",
    "s/.*//g",
    "s/.*//s",
    "s/.*//gs",
    "s/.*//sg",
    "s/^.*$//",
    "s/^.*$//g",
    "s/.+//",
    "s/.+//s",
    "s/.+//g",
    "s|.*||",
    "s#.*##",
    "$_=\"\"",
    "$_=''",
    "undef$_",
    "undef($_)",
    "$_=undef",
];
/// Expressions of tools for structured text after which there is no more structure.
const NO_VALUE: &[&str] =
    &["{}", "null", "empty", "[]", "del(.)", "del(..)", ".={}", ".=null", ".=[]", "del(.[])", "delpaths([[]])"];

/// Judges editors by their scripts.
pub(crate) fn watch(m: &mut Machine<'_>, name: &str, args: &[Arg], stdin: &Data) {
    match name {
        "awk" | "gawk" | "mawk" => awk(m, args),
        "perl" | "ruby" => each_line(m, args),
        "ex" | "vi" | "vim" | "nvim" | "ed" | "red" => lines(m, name, args, stdin),
        // The same in each of the files that there are.
        "tee" if !args.iter().any(|a| a.is_option() && a.text.contains('a')) => {
            let all = |a: &&Arg| a.text.contains(crate::value::STAR) && !a.text.starts_with("/dev/");
            for file in args.iter().filter(all).cloned().collect::<Vec<_>>() {
                leaves_nothing(m, &file);
            }
        }
        "sponge" if stdin.exact() == Some("") => {
            for file in args.iter().filter(|a| !a.is_option()).cloned().collect::<Vec<_>>() {
                leaves_nothing(m, &file);
            }
        }
        "yq" | "gojq" | "jaq" | "sd" | "mlr" => structured(m, name, args),
        _ => {}
    }
}

/// A file of which an editor leaves nothing.
pub(crate) fn leaves_nothing(m: &mut Machine<'_>, file: &Arg) {
    let class = m.place(&file.text).class;
    m.touch(Verb::Write, file, How::ONE);
    if !matches!(class, Class::Temp | Class::TempRoot | Class::Build | Class::Sink) {
        m.advise(
            "emptied",
            "files",
            RiskLevel::High,
            &file.span.clone(),
            "overwrite",
            &file.text,
            "leaves nothing of what was in the file",
            "",
            "git restore, if it was committed; else a backup",
        );
    }
}

/// `awk -i inplace '{}'`: what is not printed is gone.
fn awk(m: &mut Machine<'_>, args: &[Arg]) {
    if !args
        .windows(2)
        .any(|p| matches!(p, [i, v] if matches!(i.text.as_str(), "-i" | "--include") && v.text == "inplace"))
    {
        return;
    }
    let opts = opts::parse(args, &["-F", "-v", "-i", "-l", "-f", "--include", "--assign"]);
    if opts.has(&["-f", "--file"]) {
        return;
    }
    let code = unglob(opts.operand(0));
    let code = code.trim().trim_end_matches(';').trim_end();
    // A pattern without braces prints the lines it holds for.
    let silent = matches!(code, "" | "0") || code.ends_with('}') && !code.contains("print") && !code.contains("};");
    if silent {
        for file in opts.operands.iter().skip(1).cloned().collect::<Vec<_>>() {
            leaves_nothing(m, &file);
        }
    }
}

/// `perl -ni -e ''`, `perl -pi -e 's/.*//s'`.
fn each_line(m: &mut Machine<'_>, args: &[Arg]) {
    let letters = |arg: &&Arg| {
        let text = arg.text.strip_prefix('-').unwrap_or_default();
        !text.starts_with('-') && !text.is_empty() && !text.starts_with(['M', 'm', 'I', 'e', 'E', 'r'])
    };
    let short: String = args.iter().filter(letters).map(|a| a.text.split('.').next().unwrap_or_default()).collect();
    if !short.contains('i') || !short.contains(['n', 'p']) {
        return;
    }
    let at = args.iter().position(|a| a.is_option() && a.text.ends_with(['e', 'E']) && !a.text.starts_with("--"));
    let Some((code, files)) = at.and_then(|at| args.get(at + 1..)).and_then(<[Arg]>::split_first) else { return };
    let bare: String = unglob(&code.text).chars().filter(|c| !c.is_whitespace() && *c != ';').collect();
    let prints = ["print", "say", "puts", "$stdout", "write", "p$_", "putc"].iter().any(|w| bare.contains(w));
    let silent = !short.contains('p') && !prints;
    if silent || short.contains('p') && ALL_OF_A_LINE.contains(&bare.as_str()) {
        for file in files.iter().filter(|a| !a.is_option()).cloned().collect::<Vec<_>>() {
            leaves_nothing(m, &file);
        }
    }
}

/// `ex -sc '%d|x' f`, `vim -es -c 'g/./d' -c wq f`, `ed -s f <<< $',d\nw'`.
fn lines(m: &mut Machine<'_>, name: &str, args: &[Arg], stdin: &Data) {
    let mut files = Vec::new();
    let mut told: Vec<String> = Vec::new();
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        let text = arg.text.as_str();
        if let Some(command) = text.strip_prefix('+') {
            told.push(unglob(command));
        } else if text.len() < 8 && arg.is_option() && text.ends_with('c') && !name.ends_with("ed") {
            told.extend(rest.next().map(|a| unglob(&a.text)));
        } else if matches!(text, "-u" | "-i" | "-p" | "-T" | "-w") {
            rest.next();
        } else if !arg.is_option() {
            files.push(arg.clone());
        }
    }
    told.extend(stdin.text.iter().filter(|_| matches!(name, "ed" | "red" | "ex")).map(|t| unglob(t)));
    let commands: Vec<&str> =
        told.iter().flat_map(|t| t.split(['\n', '|'])).map(|c| c.trim_matches([':', ' '])).collect();
    let takes = commands.iter().position(|c| {
        let c = c.trim_start_matches("argdo ").trim_start_matches("bufdo ").trim_start_matches("silent ");
        let c = c.trim_start_matches("normal! ").trim_start_matches("normal ").trim_end_matches('!');
        ALL_LINES.contains(&c) || c == "%s/.*//" || c == "%s/.*//g"
    });
    let Some(takes) = takes else { return };
    let after = commands.get(takes + 1..).unwrap_or_default();
    // What is put there instead is a change, not a loss.
    let puts = after.iter().any(|c| {
        ["a", "i", "r ", "read ", "put", "append", "0r"]
            .iter()
            .any(|w| *c == w.trim() || c.starts_with(w) && w.ends_with(' '))
    });
    let writes = after.iter().any(|c| {
        matches!(
            c.trim_end_matches(['!', ' ']),
            "w" | "x" | "wq" | "up" | "update" | "xa" | "wqa" | "wall" | "wa" | "xit" | "exit"
        )
    });
    if writes && !puts {
        for file in files {
            leaves_nothing(m, &file);
        }
    }
}

/// `yq -i '{}' f`, `sd -f s '.*' '' f`, `mlr -I filter false f`.
fn structured(m: &mut Machine<'_>, name: &str, args: &[Arg]) {
    let words: Vec<&Arg> = args.iter().filter(|a| !a.is_option()).collect();
    let first = words.first().map_or(String::new(), |a| unglob(&a.text).replace(' ', ""));
    let second = words.get(1).map_or("", |a| a.text.as_str());
    let switched = |names: &[&str]| args.iter().any(|a| names.contains(&a.text.as_str()));
    let (nothing, skip) = match name {
        "sd" => (matches!(first.as_str(), ".*" | "(?s).*" | ".+" | "(?s).+" | "^.*$") && second.is_empty(), 2),
        "mlr" => (switched(&["-I"]) && (first == "nothing" || first == "filter" && second == "false"), 1),
        _ => (switched(&["-i", "--inplace", "--in-place"]) && NO_VALUE.contains(&first.as_str()), 1),
    };
    if nothing && words.len() > skip {
        for file in words.into_iter().skip(skip).filter(|a| a.text != "false").cloned().collect::<Vec<_>>() {
            leaves_nothing(m, &file);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::trial::risk;
    use cmdai_core::assess::RiskLevel;

    #[test]
    fn a_script_that_leaves_nothing_is_told_from_one_that_edits() {
        for empties in [
            "awk -i inplace '{}' data.csv",
            "gawk -i inplace '{ n++ }' a.txt b.txt",
            "perl -ni -e '$n++' notes.txt",
            "perl -pi -e 's/.*//s' *.txt",
            "ex -sc '%d|x' chapter.tex",
            "vim -es -c 'g/./d' -c wq thesis.tex",
            "printf ',d\\nw\\n' | ed -s notes.txt",
            "sed -i '1,$d' src/main.rs",
            "true | sponge notes.txt",
            "yq -i '{}' values.yaml",
        ] {
            assert!(risk(empties) >= RiskLevel::High, "{empties}");
        }
        for edits in [
            "awk -i inplace '{ print $1 }' data.csv",
            "awk -i inplace '{ gsub(/a/, \"b\") } 1' data.csv",
            "perl -pi -e 's/foo/bar/' notes.txt",
            "perl -ni -e 'print unless /foo/' notes.txt",
            "ex -sc '1d|x' chapter.tex",
            "sed -i 1d src/main.rs",
            "yq -i '.a = 1' values.yaml",
        ] {
            assert!(risk(edits) < RiskLevel::High, "{edits}");
        }
    }
}
