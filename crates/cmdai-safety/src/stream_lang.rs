//! awk and sed: programs on lines that can also run commands and write files.

use crate::effects::How;
use crate::opts;
use crate::risk::Verb;
use crate::run::Machine;
use crate::script_lang::{MAX_CALL, literals, start_of};
use crate::value::{Arg, Data, Taint};
use cmdai_core::assess::RiskLevel;
use cmdai_core::request::ShellType;

#[allow(clippy::too_many_lines, reason = "one act of the language after the other")]
pub(crate) fn awk(m: &mut Machine<'_>, head: &Arg, args: &[Arg], stdin: &Data) -> Data {
    let opts =
        opts::parse(args, &["-F", "-v", "-f", "-i", "-l", "--field-separator", "--assign", "--file", "--include"]);
    let in_place = opts.values(&["-i", "--include"]).any(|a| a.text == "inplace");
    let (code, files) = if opts.has(&["-f", "--file"]) {
        (None, opts.operands.as_slice())
    } else {
        (opts.operands.first(), opts.operands.get(1..).unwrap_or_default())
    };
    let mut taint = stdin.taint;
    for file in files {
        taint = taint.with(m.read_file(file).taint);
        if in_place {
            m.touch(Verb::Write, file, How::ONE);
        }
    }
    // Commands that are read from within count as what is printed.
    let secrets = m.facts.iter().filter(|f| matches!(f, crate::session::Fact::SecretRead)).count();
    if let Some(code) = code.cloned() {
        let text = crate::value::unglob(&code.text);
        for (at, _) in text.match_indices("system(") {
            if !m.burn(1) {
                break;
            }
            let call = start_of(text.get(at + 7..).unwrap_or_default(), MAX_CALL);
            let end = call.find(')').unwrap_or(call.len());
            let joined = literals(call.get(..end).unwrap_or_default()).join(" ");
            if joined.is_empty() {
                m.finding(
                    "interpreter-runs-unknown",
                    "execution",
                    RiskLevel::High,
                    &code.span,
                    "execute",
                    "system",
                    "runs a command that is not known before",
                );
            } else {
                let open = call.get(..end).unwrap_or_default().contains('$');
                let line = if open { format!("{joined} \"$_gap_\"") } else { joined };
                let listed = taint.has(Taint::LIST);
                m.in_mass(listed, |m| m.inner_text(&line, ShellType::Sh, &Data::default(), &code.span));
            }
        }
        let endless = ["while(1)", "while (1)", "for(;;)", "for (;;)", "while(true)"].iter().any(|w| text.contains(w));
        if endless && text.contains("print") && text.contains('>') {
            m.finding(
                "fill-disk",
                "resources",
                RiskLevel::High,
                &code.span,
                "exhaust",
                "the disk",
                "writes without end until the disk is full",
            );
        }
        if endless && text.contains("system(") {
            m.finding(
                "fork-bomb",
                "resources",
                RiskLevel::Critical,
                &code.span,
                "exhaust",
                "the machine",
                "starts programs without end, until the machine stops answering",
            );
        }
        for (mark, verb) in [(">>", Verb::Append), ("> ", Verb::Write), (">\"", Verb::Write)] {
            if let Some(at) = text.find(mark) {
                let tail = text.get(at..).unwrap_or_default().trim_start_matches(['>', ' ']);
                if tail.starts_with('"')
                    && let Some(path) = literals(tail).first()
                {
                    m.touch(verb, &Arg::known(path.clone(), code.span.clone()), How::ONE);
                }
            }
        }
        let pipes = text
            .match_indices('|')
            .filter(|(at, _)| text.get(at + 1..).is_some_and(|t| t.trim_start().starts_with('"')));
        for (at, _) in pipes.collect::<Vec<_>>() {
            if !m.burn(1) {
                break;
            }
            if let Some(command) = literals(start_of(text.get(at + 1..).unwrap_or_default(), MAX_CALL)).first() {
                let before = m.findings.len();
                for read in literals(&text).iter().filter(|_| text.contains("getline")).take(8) {
                    m.inner_text(read, ShellType::Sh, &Data::default(), &code.span);
                }
                let read = m.facts.iter().filter(|f| matches!(f, crate::session::Fact::SecretRead)).count() > secrets;
                let _ = before;
                let data = Data::unknown(if read { Taint::SECRET } else { Taint::FILE }, "awk");
                m.inner_text(command, ShellType::Sh, &data, &code.span);
            }
        }
        let finds = ["\"find ", "\"ls ", "\"fd ", "\"locate "].iter().any(|w| text.contains(w));
        let into = text.split("> ").skip(1).any(|t| t.starts_with(|c: char| c.is_ascii_alphabetic() || c == '$'));
        if finds && text.contains("getline") && into && text.contains("print") {
            let why = "overwrites every file of a list that nobody wrote down";
            m.finding("emptied", "files", RiskLevel::High, &code.span, "overwrite", "what is found", why);
        }
        if text.contains("/inet/") {
            inet(m, &text, &code);
        }
        if text.contains("| getline") || text.contains("|getline") {
            for command in literals(&text).iter().filter(|_| text.contains("getline")) {
                m.inner_text(command, ShellType::Sh, &Data::default(), &code.span);
            }
        }
    }
    let _ = head;
    let printed = code.and_then(|code| crate::sql::printed(&crate::value::unglob(&code.text)));
    Data { text: printed, taint, from: "awk".to_owned() }
}

/// A connection of awk's own: to this machine it is a test, with commands a way in.
fn inet(m: &mut Machine<'_>, text: &str, code: &Arg) {
    let hosts = text.match_indices("/inet").filter_map(|(at, _)| text.get(at..)?.split('/').nth(4));
    let away = hosts.map(|h| h.split(['"', ' ', ';']).next().unwrap_or_default()).any(|h| !crate::network::is_here(h));
    let runs =
        text.contains("system(") || text.contains("|getline") || text.contains("| getline") || text.contains("close(");
    let commands = text.contains("cmd") || text.contains("sh") && text.contains("|&");
    if away || runs && commands {
        m.finding(
            "reverse-shell",
            "remote-control",
            if runs || commands { RiskLevel::Critical } else { RiskLevel::High },
            &code.span,
            "connect",
            "the network",
            "opens a network connection from awk",
        );
    }
}

pub(crate) fn sed(m: &mut Machine<'_>, args: &[Arg], stdin: &Data) -> Data {
    use cmdai_core::context::Userland;
    // On BSD `-i` takes the ending of the copy that is kept, in an argument of its own; nothing keeps none.
    let bsd = matches!(m.ctx.userland, Userland::Bsd) || m.ctx.platform == cmdai_core::request::Platform::MacOs;
    let at = args
        .iter()
        .position(|arg| arg.text == "-i")
        .filter(|at| args.get(at + 1).is_some_and(|next| next.text.is_empty() || bsd && next.text.starts_with('.')));
    let kept: Vec<Arg> = args
        .iter()
        .enumerate()
        .filter(|(index, _)| at.is_none_or(|at| *index != at + 1))
        .map(|(_, arg)| arg.clone())
        .collect();
    let args = kept.as_slice();
    let opts = opts::parse(args, &["-e", "-f", "--expression", "--file", "-l"]);
    let scripts: Vec<Arg> = opts.values(&["-e", "--expression"]).cloned().collect();
    let (script, files) = if scripts.is_empty() && !opts.has(&["-f", "--file"]) {
        (opts.operands.first().cloned().into_iter().collect(), opts.operands.get(1..).unwrap_or_default().to_vec())
    } else {
        (scripts, opts.operands.clone())
    };
    let in_place = opts.flags.iter().any(|(f, _)| f == "-i" || f.starts_with("--in-place") || f.starts_with("-i"));
    let mut copies: Vec<Arg> = Vec::new();
    for text in &script {
        for line in text.text.split([';', '\n']) {
            if let Some((_, path)) =
                line.trim().rsplit_once("/w ").filter(|(_, path)| !path.contains(['/', ' ']) || path.starts_with('/'))
            {
                copies.push(Arg::known(path.trim(), text.span.clone()));
            }
            let line = line.trim().trim_start_matches(|c: char| c.is_ascii_digit() || c == '$' || c == ',');
            if let Some(command) = line.strip_prefix("e ") {
                m.inner_text(command, ShellType::Sh, &Data::default(), &text.span);
            } else if let Some(path) = line.strip_prefix("w ") {
                m.touch(Verb::Write, &Arg::known(path.trim(), text.span.clone()), How::ONE);
            } else if line.starts_with('s')
                && line.rsplit(['/', '|', '#', ',']).next().is_some_and(|flags| flags.len() < 4 && flags.contains('e'))
            {
                m.finding(
                    "sed-executes",
                    "execution",
                    RiskLevel::High,
                    &text.span,
                    "execute",
                    "sed",
                    "runs every line it changed as a command",
                );
            }
        }
    }
    // Scripts that leave nothing of a line.
    let empties = script.iter().any(|text| {
        let script: String = text.text.chars().filter(|c| !c.is_whitespace()).collect();
        let whole = ["s/.*//", "s/.*//g", "s/^.*$//", "s/^.*$//g", "s|.*||", "s#.*##"];
        matches!(script.as_str(), "d" | "1,$d" | "/./d" | "/.*/d" | "/^/d" | "Q" | "1Q")
            || whole.contains(&script.as_str())
    });
    let mut taint = stdin.taint;
    for file in &files {
        if in_place && empties {
            m.call(
                &[Arg::known("truncate", file.span.clone()), Arg::known("-s0", file.span.clone()), file.clone()],
                &Data::default(),
            );
            crate::emptiers::leaves_nothing(m, file);
        } else if in_place {
            m.touch(Verb::Write, file, How::ONE);
            // Every file below the project, also what version control keeps.
            if file.taint.has(Taint::LIST) && file.text == format!("./{}", crate::value::UNKNOWN) {
                m.finding(
                    "rewrites-everything",
                    "files",
                    RiskLevel::High,
                    &file.span.clone(),
                    "overwrite",
                    ".",
                    "rewrites every file, also what version control keeps and what is no text",
                );
            }
        } else {
            taint = taint.with(m.read_file(file).taint);
        }
    }
    for copy in copies {
        m.write_file(&copy, &Data::unknown(taint, "sed"), Verb::Write);
    }
    if in_place {
        Data::known("")
    } else {
        crate::text_tools::sed(&script, stdin).unwrap_or_else(|| Data::unknown(taint, "sed"))
    }
}
