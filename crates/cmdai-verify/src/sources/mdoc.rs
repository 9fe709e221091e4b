//! Lines of the mdoc macros, in which the manual pages of BSD and macOS are written, as text.
//!
//! Under [`man`](super::man): `.It Fl a , Fl -all Ar n` is `-a, --all <n>`.

/// Macros that mean nothing to us but their arguments.
const PLAIN: &[&str] = &[
    "Cm", "Ic", "Li", "Sy", "Em", "Ql", "Pa", "Va", "Ev", "Dv", "Er", "Fa", "Fn", "Ms", "No", "Tn", "Ad", "An", "At",
    "Xr", "Lk", "Mt", "Nm", "In", "Vt", "Cd", "Bx", "Nx", "Fx", "Ox", "Ux", "Xo", "Xc", "Oc", "Oo", "Ao", "Ac", "Bo",
    "Bc", "Bro", "Brc", "Do", "Dc", "Po", "Pc", "Qo", "Qc", "So", "Sc", "Eo", "Ec", "Aq", "Bq", "Brq", "Dq", "Pq",
    "Qq", "Sq",
];

/// Whether `name` is a macro that stands for text.
pub(super) fn is_inline(name: &str) -> bool {
    matches!(name, "Fl" | "Ar" | "Op" | "Ns" | "Pf" | "It") || PLAIN.contains(&name)
}

/// The text of a macro line.
pub(super) fn text(name: &str, arguments: &[String]) -> String {
    let mut out = Out::default();
    let mut closing = 0;
    let mut words = std::iter::once(name).chain(arguments.iter().map(String::as_str)).peekable();
    while let Some(word) = words.next() {
        match word {
            "It" => {}
            "Ns" => out.tight = true,
            "Pf" => {
                out.push(words.next().unwrap_or_default());
                out.tight = true;
            }
            "Op" => {
                out.push("[");
                closing += 1;
            }
            "Fl" => {
                let mut any = false;
                while let Some(flag) = words.next_if(|next| !is_inline(next) && !is_mark(next)) {
                    out.push(&format!("-{flag}"));
                    any = true;
                }
                if !any {
                    out.push("-");
                    out.tight = true;
                }
            }
            "Ar" => {
                let mut any = false;
                while let Some(value) = words.next_if(|next| !is_inline(next) && !is_mark(next)) {
                    out.push(&format!("<{value}>"));
                    any = true;
                }
                if !any {
                    out.push("<file>");
                }
            }
            plain if PLAIN.contains(&plain) => {}
            other => out.push(other),
        }
    }
    for _ in 0..closing {
        out.tight = true;
        out.push("]");
    }
    out.text
}

fn is_mark(word: &str) -> bool {
    matches!(word, "," | "." | ";" | ":" | ")" | "]" | "(" | "[" | "|" | "?" | "!") && word != "?"
}

#[derive(Default)]
struct Out {
    text: String,
    /// The next word follows without a space.
    tight: bool,
}

impl Out {
    fn push(&mut self, word: &str) {
        let closes = matches!(word, "," | "." | ";" | ":" | ")" | "]");
        if !self.text.is_empty() && !self.tight && !closes {
            self.text.push(' ');
        }
        self.text.push_str(word);
        self.tight = matches!(word, "(" | "[");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn macros_are_text() {
        let check = |line: &str, expected: &str| {
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            assert_eq!(text(&words[0], &words[1..]), expected, "{line}");
        };
        check("It Fl a", "-a");
        check("It Fl d Ar depth , Fl -max-depth Ns = Ns Ar depth", "-d <depth>, --max-depth=<depth>");
        check("Op Fl ABCF", "[-ABCF]");
        check("It Ic -name Ar pattern", "-name <pattern>");
        check("Fl Fl long", "--long");
    }
}
