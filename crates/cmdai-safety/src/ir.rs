//! The one form every shell language is lowered to before anything is judged.
//!
//! Between [`parse`](crate::parse) and [`run`](crate::run). It keeps what decides the meaning of a word (quoting, expansions,
//! byte spans) and drops what does not (spelling of keywords, comments). The price is a copy of the text's pieces; the gain is
//! that no parser's types reach the judgement and that fish, PowerShell, cmd and nushell share it.
//! Every span is a byte range of the text that was given to the parser (held by `any_text_is_judged`).

use std::ops::Range;
use std::rc::Rc;

/// Byte range of the judged text.
pub(crate) type Span = Range<usize>;

/// What a parser made of a text.
#[derive(Debug, Clone, Default)]
pub(crate) struct Script {
    pub(crate) body: Vec<Stmt>,
    /// Why `body` is not the whole text, and where the rest begins.
    pub(crate) broken: Option<Broken>,
}

/// The part of a text that is not valid in its language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Broken {
    pub(crate) reason: String,
    pub(crate) rest: Span,
    /// A limit was hit, which is suspicious in itself.
    pub(crate) limit: bool,
}

/// A statement with the redirections that hold for all of it.
#[derive(Debug, Clone)]
pub(crate) struct Stmt {
    pub(crate) node: Node,
    pub(crate) redirects: Vec<Redirect>,
    pub(crate) background: bool,
    pub(crate) span: Span,
}

/// What a statement does.
#[derive(Debug, Clone)]
pub(crate) enum Node {
    /// Assignments and a command: words\[0\] names it.
    Simple { assigns: Vec<Assign>, words: Vec<Word> },
    /// `a | b | c`.
    Pipe(Vec<Stmt>),
    /// `a && b`, `a || b`.
    AndOr(Box<Stmt>, Box<Stmt>),
    /// `{ …; }`.
    Group(Vec<Stmt>),
    /// `( … )`: what it changes in the shell ends with it.
    Subshell(Vec<Stmt>),
    /// Any number of blocks of which some run: `if`, `case`, `select`.
    Branches { words: Vec<Word>, blocks: Vec<Vec<Stmt>> },
    /// `for NAME in WORDS`; no words means the arguments of the script.
    For { var: Option<String>, words: Vec<Word>, body: Vec<Stmt> },
    /// `while`, `until`, `for ((;;))`.
    Loop { condition: Vec<Stmt>, body: Vec<Stmt>, endless: bool },
    /// `name() …`.
    Function { name: String, body: Rc<Stmt> },
    /// `[[ … ]]`, `(( … ))`: only the substitutions within matter.
    Test(Vec<Word>),
}

/// `NAME=value` or `NAME=(a b)`.
#[derive(Debug, Clone)]
pub(crate) struct Assign {
    pub(crate) name: String,
    pub(crate) values: Vec<Word>,
    pub(crate) append: bool,
}

/// Where a stream goes to or comes from.
#[derive(Debug, Clone)]
pub(crate) struct Redirect {
    pub(crate) kind: RedirectKind,
    pub(crate) fd: Option<i32>,
    pub(crate) target: Word,
    pub(crate) span: Span,
}

/// The direction of a redirection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RedirectKind {
    Read,
    Write,
    Append,
    ReadWrite,
    /// Here-document or here-string: the target is the text itself.
    Here,
    /// `>&1`, `<&-`.
    Dup,
}

/// One word as it was written.
#[derive(Debug, Clone, Default)]
pub(crate) struct Word {
    pub(crate) parts: Vec<Part>,
    pub(crate) span: Span,
}

/// A piece of a word.
#[derive(Debug, Clone)]
pub(crate) enum Part {
    /// Unquoted text as written, backslashes included: globs, braces and a leading tilde are live.
    Bare(String),
    /// Text that means itself.
    Quoted(String),
    /// `"…"`.
    Double(Vec<Part>),
    /// `$x`, `${x…}`.
    Var { name: String, op: VarOp, span: Span },
    /// `$(…)`, or backticks.
    Command(Vec<Stmt>),
    /// `<(…)` and `>(…)`.
    Process { body: Vec<Stmt>, input: bool },
    /// `$(( … ))`.
    Arith(Word),
    /// Something this crate gives no meaning to.
    Opaque(String),
}

/// What happens to a variable's value on the way.
#[derive(Debug, Clone)]
pub(crate) enum VarOp {
    Plain,
    /// `${#x}`.
    Length,
    /// `${!x}`.
    Indirect,
    /// `${x:-w}`, `${x-w}`.
    Default(Word),
    /// `${x:=w}`.
    AssignDefault(Word),
    /// `${x:+w}`.
    Alternative(Word),
    /// `${x:?}`: never empty behind it.
    Required,
    /// `${x#p}`, `${x%p}`: prefix or suffix, longest or shortest.
    Trim {
        pattern: String,
        suffix: bool,
        longest: bool,
    },
    /// `${x/p/r}`.
    Replace {
        pattern: String,
        with: Word,
        all: bool,
    },
    /// `${x:1:2}`.
    Slice {
        offset: Option<i64>,
        length: Option<i64>,
    },
    /// `${x^^}`, `${x,}`.
    Case {
        upper: bool,
        all: bool,
    },
    /// `${x[n]}`.
    Element(Word),
    /// Anything else.
    Other,
}

impl Word {
    /// A word that is exactly `text`.
    pub(crate) fn literal(text: impl Into<String>, span: Span) -> Self {
        Self { parts: vec![Part::Quoted(text.into())], span }
    }
}

impl Stmt {
    /// A statement without redirections.
    pub(crate) fn new(node: Node, span: Span) -> Self {
        Self { node, redirects: Vec::new(), background: false, span }
    }
}
