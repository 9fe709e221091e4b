//! The table behind [`rules`](crate::rules): text files, one line a rule, and how much a rule says.
//!
//! The first judgement only finds out which lines speak of which program; the lines of a program are read when it is first met,
//! because a process that judges one command meets few of the thousands.
//! `rules/*.txt` says how the lines read. The rules of a program stand in one file (held by `a_program_stands_in_one_file`), so
//! that who changes one sees all of them.

use crate::by_name::ForNames;
use crate::first_word::FirstWords;
use cmdai_core::assess::RiskLevel;
use std::collections::HashMap;
use std::sync::OnceLock;

const SOURCES: &[&str] = &[
    include_str!("rules/plain.txt"),
    include_str!("rules/disks.txt"),
    include_str!("rules/accounts.txt"),
    include_str!("rules/net.txt"),
    include_str!("rules/firewall.txt"),
    include_str!("rules/power.txt"),
    include_str!("rules/system.txt"),
    include_str!("rules/kernel.txt"),
    include_str!("rules/startup.txt"),
    include_str!("rules/packages.txt"),
    include_str!("rules/mail.txt"),
    include_str!("rules/develop.txt"),
    include_str!("rules/javascript.txt"),
    include_str!("rules/languages.txt"),
    include_str!("rules/tools.txt"),
    include_str!("rules/texts.txt"),
    include_str!("rules/vcs.txt"),
    include_str!("rules/forges.txt"),
    include_str!("rules/containers.txt"),
    include_str!("rules/databases.txt"),
    include_str!("rules/stores.txt"),
    include_str!("rules/migrate.txt"),
    include_str!("rules/cloud.txt"),
    include_str!("rules/aws.txt"),
    include_str!("rules/google.txt"),
    include_str!("rules/azure.txt"),
    include_str!("rules/hosting.txt"),
    include_str!("rules/monitoring.txt"),
    include_str!("rules/infra.txt"),
    include_str!("rules/kubernetes.txt"),
    include_str!("rules/windows.txt"),
    include_str!("rules/secrets.txt"),
    include_str!("rules/abuse.txt"),
    include_str!("rules/servers.txt"),
    include_str!("rules/platforms.txt"),
];

/// One condition on the arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Need {
    /// The next operand is one of these.
    Word(Vec<String>),
    /// One of these options was given.
    Flag(Vec<String>),
    /// None of these options was given.
    NoFlag(Vec<String>),
    /// Some argument contains one of these, case-blind.
    Contains(Vec<String>),
    /// No argument contains any of these.
    Without(Vec<String>),
    /// There is a further operand.
    More,
    /// No further operand.
    End,
    /// Something about the whole command that no word says: `@root`, `@vital`, `@keeper`, `@group`, `@fed`.
    Fact(Fact),
}

/// What a rule may ask beside words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fact {
    /// Runs as root.
    Root,
    /// An argument names what others depend on.
    Vital,
    /// An argument names a program that holds passwords.
    Keeper,
    /// Acts on many at once.
    Group,
    /// What it does comes through its input.
    Fed,
}

/// One line.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    pub(crate) id: String,
    pub(crate) category: &'static str,
    pub(crate) needs: Vec<Need>,
    pub(crate) risk: RiskLevel,
    pub(crate) effect: &'static str,
    pub(crate) why: &'static str,
    pub(crate) safer: &'static str,
    pub(crate) undo: &'static str,
}

impl Rule {
    /// How much it says about what is done: a word, an option or a text one each; a fact about the whole command says more than a
    /// word. How many operands there are is no word, so `NAME * $ => S` never outdoes what is said of an option of NAME.
    fn said(&self) -> usize {
        self.needs
            .iter()
            .map(|need| match need {
                Need::More | Need::End => 0,
                Need::Fact(_) => 3,
                _ => 1,
            })
            .sum()
    }

    /// How much it says about the number of operands.
    fn shape(&self) -> usize {
        self.needs.iter().filter(|need| need.is_shape()).count()
    }

    /// Whether it says the same as `other`, perhaps of fewer words.
    fn narrows<'a>(&'a self, other: &'a Self) -> bool {
        let said = |rule: &'a Self| rule.needs.iter().filter(|need| !need.is_shape());
        let (own, theirs) = (said(self), said(other));
        own.clone().count() == theirs.clone().count() && own.zip(theirs).all(|(own, theirs)| own.narrows(theirs))
    }
}

impl Need {
    fn is_shape(&self) -> bool {
        matches!(self, Self::More | Self::End)
    }

    /// Whether it holds only where `other` holds.
    fn narrows(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Word(own), Self::Word(theirs))
            | (Self::Flag(own), Self::Flag(theirs))
            | (Self::Contains(own), Self::Contains(theirs)) => own.iter().all(|word| theirs.contains(word)),
            _ => self == other,
        }
    }
}

/// Which of the rules that hold counts: of those that say most about what is done the worst. Only where one says the same as another,
/// and more about the number of operands, does it count instead of that one.
pub(crate) fn decisive<'a>(holding: &[&'a Rule]) -> Option<&'a Rule> {
    if let [only] = holding {
        return Some(only);
    }
    let most = holding.iter().map(|rule| rule.said()).max()?;
    let told: Vec<&'a Rule> = holding.iter().copied().filter(|rule| rule.said() == most).collect();
    let outdone = |rule: &Rule| told.iter().any(|other| other.shape() > rule.shape() && other.narrows(rule));
    told.iter().copied().filter(|rule| !outdone(rule)).max_by_key(|rule| rule.risk)
}

/// What `/` separates; `\/` is a slash of the text itself.
fn alternatives(text: &str) -> Vec<String> {
    let kept = text.replace("\\/", "\u{0}");
    kept.split('/').filter(|t| !t.is_empty()).map(|t| t.replace('\u{0}', "/")).collect()
}

/// What is known about one program.
#[derive(Debug, Default)]
pub(crate) struct Program {
    pub(crate) rules: Vec<Rule>,
    pub(crate) by_word: FirstWords,
    pub(crate) valued: Vec<&'static str>,
    /// Operands are files that are read.
    pub(crate) reads: bool,
    /// Options that make it show only.
    pub(crate) dry: Vec<&'static str>,
}

/// The lines that speak of one program, each with the category it stands under, and what they say once that was asked for.
#[derive(Debug, Default)]
struct Listed {
    lines: Vec<(&'static str, &'static str)>,
    program: OnceLock<Program>,
}

/// What is known of `name`.
pub(crate) fn program(name: &str) -> Option<&'static Program> {
    let listed = table().get(name)?;
    Some(listed.program.get_or_init(|| Program::read(&listed.lines)))
}

/// Whether anything is known of `name`.
pub(crate) fn is_listed(name: &str) -> bool {
    table().contains_key(name)
}

fn table() -> &'static HashMap<&'static str, Listed, ForNames> {
    static TABLE: OnceLock<HashMap<&'static str, Listed, ForNames>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut table: HashMap<&'static str, Listed, ForNames> =
            HashMap::with_capacity_and_hasher(PROGRAMS, ForNames::default());
        for (category, line) in lines() {
            each_name(line, |name| table.entry(name).or_default().lines.push((category, line)));
        }
        table
    })
}

/// About as many programs as there are, so that the table does not grow while it is filled.
const PROGRAMS: usize = 8192;

/// The lines of all files that say something, with the category they stand under.
fn lines() -> impl Iterator<Item = (&'static str, &'static str)> {
    SOURCES.iter().flat_map(|source| {
        let mut category = "";
        source.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).filter_map(
            move |line| match line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                Some(name) => {
                    category = name;
                    None
                }
                None => Some((category, line)),
            },
        )
    })
}

/// The programs that a line speaks of.
fn each_name(line: &'static str, each: impl FnMut(&'static str)) {
    let Some((key, rest)) = line.split_once(' ') else { return };
    match key {
        "safe:" | "known:" | "reads:" => rest.split_whitespace().for_each(each),
        "valued:" | "dry:" => rest.split(' ').next().unwrap_or_default().split('/').for_each(each),
        names => names.split('/').for_each(each),
    }
}

impl Program {
    fn read(lines: &[(&'static str, &'static str)]) -> Self {
        let mut program = Self::default();
        for (category, line) in lines {
            let Some((key, rest)) = line.split_once(' ') else { continue };
            let options = || rest.split_whitespace().skip(1);
            match key {
                "safe:" => program.rules.push(Rule::safe(category)),
                "known:" => {}
                "reads:" => program.reads = true,
                "valued:" => program.valued.extend(options()),
                "dry:" => program.dry.extend(options()),
                _ => program.rules.extend(Rule::read(category, line)),
            }
        }
        program.by_word = FirstWords::of(&program.rules);
        program
    }
}

impl Rule {
    pub(crate) fn safe(category: &'static str) -> Self {
        Self {
            id: String::new(),
            category,
            needs: Vec::new(),
            risk: RiskLevel::Safe,
            effect: "",
            why: "",
            safer: "",
            undo: "",
        }
    }

    fn read(category: &'static str, line: &'static str) -> Option<Self> {
        let (pattern, effect) = line.split_once(" => ")?;
        let mut fields = effect.split(" |").map(str::trim);
        let head = fields.next().unwrap_or_default();
        let (level, effect) = head.split_once(' ').unwrap_or((head, ""));
        let id: Vec<&str> = pattern
            .split_whitespace()
            .take(3)
            .map(|w| w.trim_matches(['-', '~', '*', '!']))
            .filter(|w| !w.is_empty())
            .map(|w| w.split('/').next().unwrap_or(w))
            .collect();
        let mut field = || fields.next().unwrap_or_default();
        Some(Self {
            id: id.join("-").to_lowercase(),
            category,
            needs: pattern.split_whitespace().skip(1).map(need).collect(),
            risk: match level {
                "S" => RiskLevel::Safe,
                "M" => RiskLevel::Moderate,
                "C" => RiskLevel::Critical,
                _ => RiskLevel::High,
            },
            effect,
            why: field(),
            safer: field(),
            undo: field(),
        })
    }
}

fn need(word: &str) -> Need {
    let list = alternatives;
    let texts = |text: &str| alternatives(text).iter().map(|t| t.replace('_', " ").to_lowercase()).collect();
    match (word, word.strip_prefix('!'), word.strip_prefix('~')) {
        ("*", ..) => Need::More,
        ("$", ..) => Need::End,
        ("@root", ..) => Need::Fact(Fact::Root),
        ("@vital", ..) => Need::Fact(Fact::Vital),
        ("@keeper", ..) => Need::Fact(Fact::Keeper),
        ("@group", ..) => Need::Fact(Fact::Group),
        ("@fed", ..) => Need::Fact(Fact::Fed),
        (_, Some(flags), _) => {
            flags.strip_prefix('~').map_or_else(|| Need::NoFlag(list(flags)), |text| Need::Without(texts(text)))
        }
        (_, _, Some(text)) => Need::Contains(texts(text)),
        _ if word.starts_with('/') => Need::Flag(vec![word.to_owned()]),
        _ if word.starts_with("\\/") => Need::Flag(list(word)),
        _ if word.starts_with(['-', '+']) => Need::Flag(list(word)),
        _ => Need::Word(list(word)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A level that is no level would count as High.
    #[test]
    fn every_rule_has_a_level_and_every_word_a_program() {
        for line in SOURCES.iter().flat_map(|s| s.lines()).filter(|l| !l.starts_with('#')) {
            let Some((pattern, effect)) = line.split_once(" => ") else { continue };
            let level = effect.split(' ').next().unwrap_or_default();
            assert!(matches!(level, "S" | "M" | "H" | "C"), "{line}");
            assert!(!effect.contains(" => ") && !pattern.starts_with(['-', '~', '@']), "{line}");
        }
    }

    /// Who changes the rules of a program must see all of them.
    #[test]
    fn a_program_stands_in_one_file() {
        let mut places: HashMap<&str, usize> = HashMap::new();
        for (file, source) in SOURCES.iter().enumerate() {
            for line in source.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with(['#', '['])) {
                each_name(line, |name| {
                    let place = *places.entry(name).or_insert(file);
                    assert_eq!(place, file, "{name} stands in two files, once in `{line}`");
                });
            }
        }
    }

    /// `~/etc/hosts` would be read as `etc` or `hosts`, and `~a/_/b` as anything with a blank in it.
    #[test]
    fn no_text_is_cut_at_a_slash_that_belongs_to_it() {
        assert_eq!(need("~\\/etc\\/hosts/x_y"), Need::Contains(vec!["/etc/hosts".to_owned(), "x y".to_owned()]));
        assert_eq!(need("\\/delete/\\/change"), Need::Flag(vec!["/delete".to_owned(), "/change".to_owned()]));
        for line in SOURCES.iter().flat_map(|s| s.lines()).filter(|l| !l.starts_with('#')) {
            let Some((pattern, _)) = line.split_once(" => ") else { continue };
            for word in pattern.split_whitespace().skip(1) {
                let Some(text) = word.trim_start_matches('!').strip_prefix('~') else { continue };
                let kept = text.replace("\\/", "\u{0}");
                let cut = kept.starts_with('/') || kept.ends_with('/') || kept.contains("//");
                let blank = kept.contains('/') && kept.split('/').any(|t| t.chars().all(|c| c == '_'));
                assert!(!cut && !blank, "{line}");
            }
        }
    }

    #[test]
    fn the_number_of_operands_outdoes_no_word_and_no_option() {
        let told = |lines: &[&'static str]| {
            let program = Program::read(&lines.iter().map(|line| ("", *line)).collect::<Vec<_>>());
            let holding: Vec<&Rule> = program.rules.iter().collect();
            decisive(&holding).unwrap().risk
        };
        let (all, wipe) = ("tool * $ => S", "tool -w => H delete | |");
        assert_eq!(told(&[all, wipe]), RiskLevel::High);
        assert_eq!(told(&[wipe, all]), RiskLevel::High);
        assert_eq!(told(&[wipe, "tool show * * $ => S"]), RiskLevel::High);
        // What is said of a word with one more operand is said of that, and an exception says more.
        assert_eq!(told(&["tool show => M change | |", "tool show $ => S"]), RiskLevel::Safe);
        assert_eq!(told(&["tool => M change | |", all]), RiskLevel::Safe);
        assert_eq!(told(&["tool grant/revoke => H access | |", "tool grant * $ => S"]), RiskLevel::Safe);
        assert_eq!(told(&["tool grant => H access | |", "tool grant/show * $ => S"]), RiskLevel::High);
        assert_eq!(told(&[wipe, "tool -w -n => S"]), RiskLevel::Safe);
    }
}
