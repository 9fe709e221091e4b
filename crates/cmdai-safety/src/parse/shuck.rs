//! bash, zsh and sh through shuck-parser.
//!
//! Corrections to what the parser gives: escaped nested backticks are unescaped and parsed again, bytes of long characters are masked where it would miscount them, a valid text with `\{}` that
//! comes back as fatal is tried once more with a mask of the same length, and on a fatal error the statements before it stay.

use super::shuck_word as words;
use crate::ir::{Assign, Broken, Node, Redirect, RedirectKind, Script, Stmt, Word};
use cmdai_core::request::ShellType;
use shuck_ast as ast;
use shuck_parser::ShellDialect;
use shuck_parser::parser::{ParseStatus, Parser};
use std::rc::Rc;

/// What lowering needs to know.
#[derive(Clone, Copy)]
pub(super) struct Lower<'a> {
    pub(super) source: &'a str,
    pub(super) dialect: ShellDialect,
    /// Backticks within backticks seen so far.
    pub(super) depth: usize,
}

/// Reads `text`.
pub(super) fn parse(text: &str, shell: ShellType) -> Script {
    let dialect = match shell {
        ShellType::Zsh => ShellDialect::Zsh,
        // sh is bash on many machines; the larger language sees more.
        _ => ShellDialect::Bash,
    };
    let script = attempt(text, text, dialect);
    if script.broken.is_none() {
        return script;
    }
    if text.contains("\\{}") {
        let again = attempt(&text.replace("\\{}", "___"), text, dialect);
        if again.broken.is_none() {
            return again;
        }
    }
    script
}

fn attempt(text: &str, source: &str, dialect: ShellDialect) -> Script {
    let masked = mask(text);
    let text = masked.as_deref().unwrap_or(text);
    // The parser is not ours: should it panic after all, the text counts as one that was not read.
    let Ok(result) = std::panic::catch_unwind(|| Parser::with_dialect(text, dialect).parse()) else {
        let reason = "the parser gave up on it".to_owned();
        return Script { body: Vec::new(), broken: Some(Broken { reason, rest: 0..source.len(), limit: true }) };
    };
    let lower = Lower { source, dialect, depth: 0 };
    let body = lower.seq(&result.file.body);
    let broken = (result.status != ParseStatus::Clean).then(|| {
        let message = result.terminal_error.as_ref().map(ToString::to_string);
        let message = message.or_else(|| result.diagnostics.first().map(|d| d.message.clone())).unwrap_or_default();
        let limit = message.contains("too deep") || message.contains("fuel") || message.contains("too long");
        let done = body.last().map_or(0, |stmt| stmt.span.end);
        let rest =
            if result.status == ParseStatus::Fatal { done.min(source.len())..source.len() } else { 0..source.len() };
        Broken { reason: message, rest: clamp(source, rest), limit }
    });
    Script { body, broken }
}

/// The parser miscounts bytes between a backslash and a backtick when characters take several bytes (0.2.8 panics on
/// "\"`é`"), so those bytes become letters first; our words are cut out of the real text.
pub(super) fn mask(text: &str) -> Option<String> {
    let odd = !text.is_ascii() && text.contains('`');
    odd.then(|| {
        text.chars().flat_map(|c| std::iter::repeat_n(if c.is_ascii() { c } else { 'x' }, c.len_utf8())).collect()
    })
}

/// A range that slices `source`.
pub(super) fn clamp(source: &str, span: crate::ir::Span) -> crate::ir::Span {
    let mut start = span.start.min(source.len());
    while !source.is_char_boundary(start) {
        start -= 1;
    }
    let mut end = span.end.clamp(start, source.len());
    while !source.is_char_boundary(end) {
        end += 1;
    }
    start..end
}

impl Lower<'_> {
    pub(super) fn span(&self, span: ast::Span) -> crate::ir::Span {
        clamp(self.source, span.start.offset()..span.end.offset())
    }

    pub(super) fn slice(&self, span: ast::Span) -> &str {
        self.source.get(self.span(span)).unwrap_or_default()
    }

    pub(super) fn seq(&self, seq: &ast::StmtSeq) -> Vec<Stmt> {
        seq.stmts.iter().map(|stmt| self.stmt(stmt)).collect()
    }

    fn stmt(&self, stmt: &ast::Stmt) -> Stmt {
        Stmt {
            node: self.command(&stmt.command),
            redirects: stmt.redirects.iter().map(|r| self.redirect(r)).collect(),
            background: matches!(stmt.terminator, Some(ast::StmtTerminator::Background(_))),
            span: self.span(stmt.span),
        }
    }

    fn boxed(&self, stmt: &ast::Stmt) -> Box<Stmt> {
        Box::new(self.stmt(stmt))
    }

    fn words<'w>(&self, words: impl IntoIterator<Item = &'w ast::Word>) -> Vec<Word> {
        let mut out: Vec<Word> = Vec::new();
        for word in words {
            let word = self.word(word);
            match out.last_mut() {
                // 0.2.8 ends a word between braces and quotes: `{a,b}"c"`.
                Some(last) if last.span.end == word.span.start && !word.span.is_empty() => {
                    last.parts.extend(word.parts);
                    last.span.end = word.span.end;
                }
                _ => out.push(word),
            }
        }
        out
    }

    fn command(&self, command: &ast::Command) -> Node {
        match command {
            ast::Command::Simple(simple) => {
                let mut all = Vec::new();
                let name = self.word(&simple.name);
                // Assignments alone have a name without a character.
                if !name.parts.iter().all(|part| matches!(part, crate::ir::Part::Bare(text) if text.is_empty())) {
                    all.push(name);
                }
                all.extend(self.words(&simple.args));
                Node::Simple { assigns: self.assigns(&simple.assignments), words: all }
            }
            ast::Command::Builtin(builtin) => self.builtin(builtin),
            ast::Command::Decl(decl) => self.declaration(decl),
            ast::Command::Binary(binary) => self.binary(binary),
            ast::Command::Compound(compound) => self.compound(compound),
            ast::Command::Function(function) => {
                let name = function.static_names().next().map_or_else(String::new, ToString::to_string);
                Node::Function { name, body: Rc::new(self.stmt(&function.body)) }
            }
            ast::Command::AnonymousFunction(function) => Node::Group(vec![self.stmt(&function.body)]),
        }
    }

    fn builtin(&self, builtin: &ast::BuiltinCommand) -> Node {
        let (name, first, rest, span) = match builtin {
            ast::BuiltinCommand::Break(c) => ("break", &c.depth, &c.extra_args, c.span),
            ast::BuiltinCommand::Continue(c) => ("continue", &c.depth, &c.extra_args, c.span),
            ast::BuiltinCommand::Return(c) => ("return", &c.code, &c.extra_args, c.span),
            ast::BuiltinCommand::Exit(c) => ("exit", &c.code, &c.extra_args, c.span),
        };
        let mut all = vec![Word::literal(name, self.span(span))];
        all.extend(self.words(first.iter().chain(rest)));
        Node::Simple { assigns: Vec::new(), words: all }
    }

    fn declaration(&self, decl: &ast::DeclClause) -> Node {
        let mut all = vec![Word::literal(decl.variant.to_string(), self.span(decl.variant_span))];
        let mut assigns = self.assigns(&decl.assignments);
        for operand in &decl.operands {
            match operand {
                ast::DeclOperand::Flag(word) | ast::DeclOperand::Dynamic(word) => all.push(self.word(word)),
                ast::DeclOperand::Name(name) => all.push(Word::literal(name.name.to_string(), self.span(name.span))),
                ast::DeclOperand::Assignment(assign) => {
                    all.push(Word::literal(self.slice(assign.span), self.span(assign.span)));
                    assigns.push(self.assign(assign));
                }
            }
        }
        Node::Simple { assigns, words: all }
    }

    /// Chains lean to the left and may be long, so the left spine is walked in a loop.
    fn binary(&self, binary: &ast::BinaryCommand) -> Node {
        if matches!(binary.op, ast::BinaryOp::And | ast::BinaryOp::Or) {
            return Node::AndOr(self.boxed(&binary.left), self.boxed(&binary.right));
        }
        let mut stages = vec![self.stmt(&binary.right)];
        let mut left = &*binary.left;
        while let ast::Command::Binary(inner) = &left.command {
            if !left.redirects.is_empty() || !matches!(inner.op, ast::BinaryOp::Pipe | ast::BinaryOp::PipeAll) {
                break;
            }
            stages.push(self.stmt(&inner.right));
            left = &inner.left;
        }
        stages.push(self.stmt(left));
        stages.reverse();
        Node::Pipe(stages)
    }

    fn compound(&self, compound: &ast::CompoundCommand) -> Node {
        use ast::CompoundCommand as C;
        match compound {
            C::If(c) => {
                let mut blocks = vec![self.seq(&c.condition), self.seq(&c.then_branch)];
                for (condition, body) in &c.elif_branches {
                    blocks.extend([self.seq(condition), self.seq(body)]);
                }
                blocks.extend(c.else_branch.iter().map(|body| self.seq(body)));
                Node::Branches { words: Vec::new(), blocks }
            }
            C::For(c) => Node::For {
                var: c.targets.first().and_then(|t| t.name.as_ref()).map(ToString::to_string),
                words: self.words(c.words.iter().flatten()),
                body: self.seq(&c.body),
            },
            C::Foreach(c) => {
                Node::For { var: Some(c.variable.to_string()), words: self.words(&c.words), body: self.seq(&c.body) }
            }
            C::Select(c) => {
                Node::For { var: Some(c.variable.to_string()), words: self.words(&c.words), body: self.seq(&c.body) }
            }
            C::Repeat(c) => Node::For { var: None, words: vec![self.word(&c.count)], body: self.seq(&c.body) },
            C::ArithmeticFor(c) => Node::Loop {
                condition: Vec::new(),
                body: self.seq(&c.body),
                endless: c.condition_span.is_none_or(|span| self.slice(span).trim().is_empty()),
            },
            C::While(c) => self.looping(&c.condition, &c.body, &["true", ":", "[ 1 ]", "((1))", "[[ 1 ]]", "sleep 0"]),
            C::Until(c) => self.looping(&c.condition, &c.body, &["false"]),
            C::Case(c) => Node::Branches {
                words: vec![self.word(&c.word)],
                blocks: c.cases.iter().map(|item| self.seq(&item.body)).collect(),
            },
            C::Subshell(body) => Node::Subshell(self.seq(body)),
            C::BraceGroup(body) => Node::Group(self.seq(body)),
            C::Arithmetic(c) => Node::Test(c.expr_ast.iter().flat_map(|e| words::arithmetic(self, e)).collect()),
            C::Time(c) => Node::Group(c.command.iter().map(|stmt| self.stmt(stmt)).collect()),
            C::Conditional(c) => {
                let mut found = Vec::new();
                words::conditional(self, &c.expression, &mut found);
                Node::Test(found)
            }
            C::Coproc(c) => Node::Group(vec![self.stmt(&c.body)]),
            C::Always(c) => {
                Node::Branches { words: Vec::new(), blocks: vec![self.seq(&c.body), self.seq(&c.always_body)] }
            }
        }
    }

    fn looping(&self, condition: &ast::StmtSeq, body: &ast::StmtSeq, always: &[&str]) -> Node {
        let text = self.slice(condition.span).trim().trim_end_matches(';').trim();
        Node::Loop { condition: self.seq(condition), body: self.seq(body), endless: always.contains(&text) }
    }

    fn assigns(&self, assigns: &[ast::Assignment]) -> Vec<Assign> {
        assigns.iter().map(|assign| self.assign(assign)).collect()
    }

    fn assign(&self, assign: &ast::Assignment) -> Assign {
        let values = match &assign.value {
            ast::AssignmentValue::Scalar(word) => vec![self.word(word)],
            ast::AssignmentValue::Compound(array) => array.elements.iter().map(|e| self.word(e.value())).collect(),
        };
        Assign {
            name: assign.target.name.to_string(),
            values,
            append: assign.append || assign.target.subscript.is_some(),
        }
    }

    fn redirect(&self, redirect: &ast::Redirect) -> Redirect {
        use ast::RedirectKind as K;
        let kind = match redirect.kind {
            K::Output | K::Clobber | K::OutputBoth => RedirectKind::Write,
            K::Append => RedirectKind::Append,
            K::Input => RedirectKind::Read,
            K::ReadWrite => RedirectKind::ReadWrite,
            K::HereDoc | K::HereDocStrip | K::HereString => RedirectKind::Here,
            K::DupOutput | K::DupInput => RedirectKind::Dup,
        };
        let target = match &redirect.target {
            ast::RedirectTarget::Word(word) => self.word(word),
            ast::RedirectTarget::Heredoc(heredoc) => words::heredoc(self, heredoc),
        };
        // `>&file` writes to a file; only numbers and `-` duplicate.
        let digits = |t: &str| t == "-" || t.trim_end_matches('-').bytes().all(|b| b.is_ascii_digit());
        let written = self.source.get(target.span.clone()).unwrap_or_default();
        let kind = if redirect.kind == K::DupOutput && !digits(written) && !written.starts_with('$') {
            RedirectKind::Write
        } else {
            kind
        };
        Redirect { kind, fd: redirect.fd, target, span: self.span(redirect.span) }
    }
}
