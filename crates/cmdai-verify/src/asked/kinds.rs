//! Kinds of files that have an ending.

use super::Asked;
use crate::check::Edit;
use crate::pitfalls::{first_test, has_flag, is_name_test, name_of, operands};

/// How a request calls them, and how their names end.
const KINDS: &[(&[&str], &str)] = &[
    (&["python files", "python scripts", "python sources", "py files"], "py"),
    (&["shell scripts", "sh files"], "sh"),
    (&["rust files", "rust sources", "rs files"], "rs"),
    (&["javascript files", "js files"], "js"),
    (&["typescript files", "ts files"], "ts"),
    (&["java files", "java sources"], "java"),
    (&["go files", "go sources"], "go"),
    (&["ruby files"], "rb"),
    (&["markdown files", "md files"], "md"),
    (&["text files", "txt files"], "txt"),
    (&["csv files"], "csv"),
    (&["json files"], "json"),
    (&["xml files"], "xml"),
    (&["html files"], "html"),
    (&["css files"], "css"),
    (&["log files", "logfiles"], "log"),
    (&["pdf files", "pdfs"], "pdf"),
    (&["mp3 files", "mp3s"], "mp3"),
    (&["png files", "pngs"], "png"),
    (&["zip files", "zips"], "zip"),
    (&["tmp files"], "tmp"),
    (&["bak files"], "bak"),
    (&["sql files"], "sql"),
];

impl Asked<'_> {
    pub(super) fn kinds(&mut self) {
        let named: Vec<&str> = KINDS.iter().filter(|(words, _)| self.says(words)).map(|(_, end)| *end).collect();
        let [ending] = named.as_slice() else { return };
        // `log files` need not end in `.log`, and neither need what is called otherwise by the request itself.
        let lower = self.look.command.to_lowercase();
        if lower.contains(&format!(".{ending}"))
            || lower.contains("--type")
            || lower.contains("{}.")
            || self.says(&["called", "named", "not "])
        {
            return;
        }
        let parsed = self.look.parsed;
        let Some(simple) = parsed.commands.first() else { return };
        let complaint = format!("the request is about .{ending} files, and the command about all");
        match name_of(simple) {
            Some("find") if !simple.words.iter().any(is_name_test) && !self.look.command.contains("-regex") => {
                let at = simple
                    .words
                    .windows(2)
                    .find(|pair| pair.first().is_some_and(|word| word.text == "-type"))
                    .and_then(|pair| pair.get(1))
                    .or_else(|| simple.words.get(first_test(simple).saturating_sub(1)));
                let directories =
                    simple.words.windows(2).any(|p| matches!(p, [t, d] if t.text == "-type" && d.text == "d"));
                let Some(word) = at.filter(|_| !directories) else { return };
                self.fail("find", complaint, vec![Edit::insert(word.span.end, format!(" -name '*.{ending}'"))]);
            }
            Some("grep")
                if (has_flag(simple, 'r', "--recursive") || has_flag(simple, 'R', ""))
                    && !self.look.command.contains("--include")
                    && operands(simple).count() <= 2 =>
            {
                let end = simple.words.first().map_or(0, |word| word.span.end);
                self.fail("grep", complaint, vec![Edit::insert(end, format!(" --include='*.{ending}'"))]);
            }
            _ => {}
        }
    }
}
