//! Commands that write to the file they read: the shell, or `tee`, empties it before anything of it is read.
//!
//! Part of the walk in [`run`](crate::run), by how the words are written: the same variable or the same name on both sides.
//! Only programs that read the files among their words count, since `git log > log` names a file that it does not read.

use crate::by_name::Words;
use crate::ir::{Node, Part, RedirectKind, Stmt, VarOp, Word};
use crate::loops::literal;
use crate::run::Machine;
use cmdai_core::assess::RiskLevel;

/// Programs whose operands are files that they read to print something else.
static FILTERS: Words = Words::new(
    "cat tac head tail cut sort gsort uniq tr rev nl fold fmt pr paste join column expand unexpand grep egrep fgrep \
    rg sed gsed awk gawk mawk nawk perl ruby python python3 jq gojq jaq yq xq tomlq mlr csvcut csvsort csvformat csvgrep xsv qsv iconv \
    recode uconv indent astyle clang-format xmllint xsltproc xmlstarlet tidy gzip gunzip zcat bzip2 bzcat xz xzcat zstd zstdcat \
    base64 base32 xxd openssl gpg age envsubst m4 cpp prettier pandoc html2text strings od hexdump dos2unix unix2dos comm diff shuf \
    gshuf numfmt datamash sqlformat pg_format rustfmt gofmt shfmt black autopep8 isort terser uglifyjs cleancss minify ts \
    unifdef asciidoctor nroff groff nkf convmv colrm tsort look ptx enconv bat jsonlint python2 node",
);

/// Looks at the statements of one pipe, of which the last ones write.
pub(crate) fn watch(m: &mut Machine<'_>, stages: &[Stmt]) {
    for (at, stage) in stages.iter().enumerate().take(12) {
        let redirected = stage.redirects.iter().filter(|r| r.kind == RedirectKind::Write && r.fd != Some(2));
        // A redirection is carried out before the command starts, `tee` opens its files at once.
        let redirected = redirected.map(|r| (&r.target, at + 1));
        let named = tee_files(stage).iter().map(|word| (word, at));
        for (target, readers) in redirected.chain(named).take(8).collect::<Vec<_>>() {
            let Some(name) = written(target) else { continue };
            let reads = stages.get(..readers).unwrap_or_default().iter().any(|stage| reads(stage, &name));
            if reads && !name.starts_with("/dev/") {
                let shown = crate::value::unglob(&name);
                m.finding(
                    "empties-own-input",
                    "files",
                    RiskLevel::High,
                    &target.span.clone(),
                    "overwrite",
                    &shown,
                    "empties the file before it is read, so that nothing of it is left",
                );
            }
        }
    }
}

/// The files of `tee`, also behind `sudo`; none where it adds to them.
fn tee_files(stage: &Stmt) -> &[Word] {
    let Node::Simple { words, .. } = &stage.node else { return &[] };
    let at = words.iter().take(3).position(|w| literal(w) == "tee");
    let rest = at.and_then(|at| words.get(at + 1..)).unwrap_or_default();
    let adds = rest.iter().any(|w| matches!(literal(w), "-a" | "--append" | "-ai" | "-ia"));
    if adds { &[] } else { rest }
}

fn reads(stage: &Stmt, name: &str) -> bool {
    let given = stage
        .redirects
        .iter()
        .any(|r| r.kind == RedirectKind::Read && written(&r.target).is_some_and(|text| text == name));
    let Node::Simple { words, .. } = &stage.node else { return given };
    let at = words.iter().take(2).position(|w| literal(w) != "sudo").unwrap_or_default();
    let program = words.get(at).map_or("", literal);
    let program = program.rsplit('/').next().unwrap_or_default();
    given
        || !program.is_empty()
            && FILTERS.has(program)
            && words.iter().skip(at + 1).any(|word| written(word).is_some_and(|text| text == name))
}

/// A word as it is written, whatever its quotes; nothing where it may be another text each time, or no file.
fn written(word: &Word) -> Option<String> {
    let mut text = String::new();
    add(&word.parts, &mut text)?;
    let file = text.len() > 1 && !text.starts_with('-') && !text.contains(['*', '?', '{', '\n']);
    file.then_some(text)
}

fn add(parts: &[Part], text: &mut String) -> Option<()> {
    for part in parts {
        match part {
            Part::Bare(t) | Part::Quoted(t) => text.push_str(t),
            Part::Double(inner) => add(inner, text)?,
            Part::Var { name, op: VarOp::Plain, .. } => {
                text.push('$');
                text.push_str(name);
            }
            _ => return None,
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use crate::trial::risk;
    use cmdai_core::assess::RiskLevel;

    #[test]
    fn a_file_on_both_sides_is_lost_and_another_is_not() {
        for lost in [
            "column -t rows.tsv > rows.tsv",
            "for f in *.log; do cat \"$f\" > $f; done",
            "while read -r f; do indent < \"$f\" | fold > \"$f\"; done < list",
            "expand -t4 main.c | tee main.c",
            "jq . data.json | sudo tee data.json",
        ] {
            assert!(risk(lost) >= RiskLevel::High, "{lost}");
        }
        for kept in [
            "column -t rows.tsv > table.txt",
            "for f in *.log; do sort \"$f\" > \"$f.sorted\"; done",
            "git log > log",
            "sort a.txt | tee -a a.txt.log",
            "jq . data.json | sponge data.json",
        ] {
            assert!(risk(kept) < RiskLevel::High, "{kept}");
        }
    }
}
