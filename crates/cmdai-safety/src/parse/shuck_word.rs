//! Words of shuck's syntax tree to ours: quoting and expansions.

use super::shuck::Lower;
use crate::ir::{Part, VarOp, Word};
use shuck_ast as ast;
use shuck_ast::{BourneParameterExpansion as Bourne, ParameterOp, WordPart};
use shuck_parser::parser::Parser;

const MAX_BACKTICK_DEPTH: usize = 6;

impl Lower<'_> {
    pub(super) fn word(&self, word: &ast::Word) -> Word {
        let mut parts = self.parts(&word.parts, false);
        // 0.2.8 loses an expansion behind braces and leaves its `$`: `{/,x}$(…)`.
        let braces = parts.iter().any(|part| matches!(part, Part::Bare(text) if text.contains('{')));
        if braces
            && let Some(Part::Bare(last)) = parts.last_mut()
            && last.ends_with('$')
        {
            last.pop();
            parts.push(Part::Opaque(String::new()));
        }
        Word { parts, span: self.span(word.span) }
    }

    fn parts(&self, parts: &[ast::WordPartNode], double: bool) -> Vec<Part> {
        parts.iter().map(|part| self.part(part, double)).collect()
    }

    fn part(&self, node: &ast::WordPartNode, double: bool) -> Part {
        match &node.kind {
            WordPart::Literal(text) => {
                let cooked = text.as_str(self.source, node.span);
                let raw = self.slice(node.span);
                if double {
                    return Part::Quoted(if raw.contains('\\') { unescape_double(raw) } else { cooked.to_owned() });
                }
                Part::Bare(if raw.is_empty() { cooked.to_owned() } else { raw.to_owned() })
            }
            WordPart::SingleQuoted { value, .. } => Part::Quoted(value.slice(self.source).to_owned()),
            WordPart::DoubleQuoted { parts, .. } => Part::Double(self.parts(parts, true)),
            WordPart::Variable(name) => self.var(name.as_str(), VarOp::Plain, node.span),
            WordPart::CommandSubstitution { body, syntax } => {
                Part::Command(self.substitution(body, *syntax, node.span))
            }
            WordPart::ProcessSubstitution { body, is_input } => {
                Part::Process { body: self.seq(body), input: *is_input }
            }
            WordPart::ArithmeticExpansion { expression_word_ast, .. } => match self.really_a_command(node.span) {
                Some(body) => Part::Command(body),
                None => Part::Arith(self.word(expression_word_ast)),
            },
            WordPart::Parameter(parameter) => self.parameter(parameter, node.span),
            WordPart::ParameterExpansion { reference, operator, operand_word_ast, .. } => {
                self.operation(reference, operator, operand_word_ast.as_deref(), node.span)
            }
            WordPart::Length(reference) => self.var(reference.name.as_str(), VarOp::Length, node.span),
            WordPart::ArrayAccess(reference) => self.access(reference, node.span),
            WordPart::Substring { reference, offset, length, .. }
            | WordPart::ArraySlice { reference, offset, length, .. } => {
                self.slice_of(reference, offset, length.as_deref(), node.span)
            }
            WordPart::IndirectExpansion { reference, .. } => {
                self.var(reference.name.as_str(), VarOp::Indirect, node.span)
            }
            WordPart::Transformation { reference, .. } => self.var(reference.name.as_str(), VarOp::Other, node.span),
            WordPart::ZshQualifiedGlob(_) => Part::Bare(self.zsh_glob(node.span)),
            WordPart::ArrayLength(_) | WordPart::ArrayIndices(_) | WordPart::PrefixMatch { .. } => {
                self.opaque(node.span)
            }
        }
    }

    /// `/*(N)` selects a subset of `/*`; the qualifier is dropped.
    fn zsh_glob(&self, span: ast::Span) -> String {
        let raw = self.slice(span);
        raw.rfind('(').and_then(|at| raw.get(..at)).unwrap_or(raw).to_owned()
    }

    fn var(&self, name: &str, op: VarOp, span: ast::Span) -> Part {
        Part::Var { name: name.to_owned(), op, span: self.span(span) }
    }

    fn opaque(&self, span: ast::Span) -> Part {
        Part::Opaque(self.slice(span).to_owned())
    }

    fn access(&self, reference: &ast::VarRef, span: ast::Span) -> Part {
        let op = match reference.subscript.as_deref() {
            None => VarOp::Plain,
            Some(subscript) if subscript.is_array_selector() => VarOp::Plain,
            Some(subscript) => VarOp::Element(subscript.word_ast().map_or_else(
                || Word::literal(subscript.syntax_text(self.source), self.span(span)),
                |word| self.word(word),
            )),
        };
        self.var(reference.name.as_str(), op, span)
    }

    fn slice_of(
        &self,
        reference: &ast::VarRef,
        offset: &ast::SourceText,
        length: Option<&ast::SourceText>,
        span: ast::Span,
    ) -> Part {
        let number =
            |text: &ast::SourceText| text.slice(self.source).trim().trim_matches(['(', ')']).trim().parse().ok();
        let offset_value = number(offset);
        let length_value = length.map(number);
        if offset_value.is_none() || length_value == Some(None) {
            return self.var(reference.name.as_str(), VarOp::Other, span);
        }
        self.var(reference.name.as_str(), VarOp::Slice { offset: offset_value, length: length_value.flatten() }, span)
    }

    fn parameter(&self, parameter: &ast::ParameterExpansion, span: ast::Span) -> Part {
        let Some(bourne) = parameter.bourne() else { return self.zsh_parameter(parameter, span) };
        match bourne {
            Bourne::Access { reference } => self.access(reference, span),
            Bourne::Length { reference } => self.var(reference.name.as_str(), VarOp::Length, span),
            Bourne::Indirect { reference, .. } => self.var(reference.name.as_str(), VarOp::Indirect, span),
            Bourne::Slice { reference, offset, length, .. } => self.slice_of(reference, offset, length.as_ref(), span),
            Bourne::Operation { reference, operator, operand_word_ast, .. } => {
                self.operation(reference, operator, operand_word_ast.as_deref(), span)
            }
            Bourne::Transformation { reference, .. } => self.var(reference.name.as_str(), VarOp::Other, span),
            Bourne::Indices { .. } | Bourne::PrefixMatch { .. } => self.opaque(span),
        }
    }

    fn zsh_parameter(&self, parameter: &ast::ParameterExpansion, span: ast::Span) -> Part {
        let ast::ParameterExpansionSyntax::Zsh(zsh) = &parameter.syntax else { return self.opaque(span) };
        match (&zsh.target, &zsh.operation) {
            (ast::ZshExpansionTarget::Reference(reference), None) if zsh.modifiers.is_empty() => {
                self.access(reference, span)
            }
            (ast::ZshExpansionTarget::Reference(reference), _) => self.var(reference.name.as_str(), VarOp::Other, span),
            (ast::ZshExpansionTarget::Word(word), None) => Part::Double(self.parts(&word.parts, false)),
            _ => self.opaque(span),
        }
    }

    fn operation(
        &self,
        reference: &ast::VarRef,
        operator: &ParameterOp,
        operand: Option<&ast::Word>,
        span: ast::Span,
    ) -> Part {
        let word = || operand.map(|word| self.word(word)).unwrap_or_default();
        let trim = |pattern: &ast::Pattern, suffix, longest| VarOp::Trim {
            pattern: self.slice(pattern.span).to_owned(),
            suffix,
            longest,
        };
        let op = match operator {
            ParameterOp::UseDefault => VarOp::Default(word()),
            ParameterOp::AssignDefault => VarOp::AssignDefault(word()),
            ParameterOp::UseReplacement => VarOp::Alternative(word()),
            ParameterOp::Error => VarOp::Required,
            ParameterOp::RemovePrefixShort { pattern } => trim(pattern, false, false),
            ParameterOp::RemovePrefixLong { pattern } => trim(pattern, false, true),
            ParameterOp::RemoveSuffixShort { pattern } => trim(pattern, true, false),
            ParameterOp::RemoveSuffixLong { pattern } => trim(pattern, true, true),
            ParameterOp::ReplaceFirst { pattern, replacement_word_ast, .. } => VarOp::Replace {
                pattern: self.slice(pattern.span).to_owned(),
                with: self.word(replacement_word_ast),
                all: false,
            },
            ParameterOp::ReplaceAll { pattern, replacement_word_ast, .. } => VarOp::Replace {
                pattern: self.slice(pattern.span).to_owned(),
                with: self.word(replacement_word_ast),
                all: true,
            },
            ParameterOp::UpperFirst => VarOp::Case { upper: true, all: false },
            ParameterOp::UpperAll => VarOp::Case { upper: true, all: true },
            ParameterOp::LowerFirst => VarOp::Case { upper: false, all: false },
            ParameterOp::LowerAll => VarOp::Case { upper: false, all: true },
        };
        self.var(reference.name.as_str(), op, span)
    }

    /// `$((` begins arithmetic only if it ends in `))` with its brackets in balance; else it is a subshell in a substitution.
    fn really_a_command(&self, span: ast::Span) -> Option<Vec<crate::ir::Stmt>> {
        let raw = self.slice(span);
        let inner = raw.strip_prefix("$(")?.strip_suffix(')')?;
        let body = inner.strip_prefix('(')?;
        let arithmetic = body.strip_suffix(')').is_some_and(|body| {
            let mut open = 0i32;
            let balanced = body.chars().all(|c| {
                open += i32::from(c == '(') - i32::from(c == ')');
                open >= 0
            });
            balanced && open == 0
        });
        if arithmetic || self.depth >= MAX_BACKTICK_DEPTH {
            return None;
        }
        let masked = super::shuck::mask(inner);
        let parsed = Parser::with_dialect(masked.as_deref().unwrap_or(inner), self.dialect).parse();
        let lower = Lower { source: inner, dialect: self.dialect, depth: self.depth + 1 };
        let mut body = lower.seq(&parsed.file.body);
        respan(&mut body, &self.span(span));
        Some(body)
    }

    fn substitution(
        &self,
        body: &ast::StmtSeq,
        syntax: ast::CommandSubstitutionSyntax,
        span: ast::Span,
    ) -> Vec<crate::ir::Stmt> {
        let raw = self.slice(span);
        let inner = raw.strip_prefix('`').and_then(|r| r.strip_suffix('`'));
        match inner {
            Some(inner)
                if syntax == ast::CommandSubstitutionSyntax::Backtick
                    && inner.contains("\\`")
                    && self.depth < MAX_BACKTICK_DEPTH =>
            {
                let unescaped = unescape_backticks(inner);
                let masked = super::shuck::mask(&unescaped);
                let parsed = Parser::with_dialect(masked.as_deref().unwrap_or(&unescaped), self.dialect).parse();
                let lower = Lower { source: &unescaped, dialect: self.dialect, depth: self.depth + 1 };
                let mut body = lower.seq(&parsed.file.body);
                respan(&mut body, &self.span(span));
                body
            }
            _ => self.seq(body),
        }
    }
}

/// Within double quotes a backslash quotes five characters and means itself before all others.
fn unescape_double(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut chars = raw.chars().peekable();
    while let Some(c) = chars.next() {
        match chars.peek() {
            Some('\n') if c == '\\' => {
                chars.next();
            }
            Some('$' | '`' | '"' | '\\') if c == '\\' => out.extend(chars.next()),
            _ => out.push(c),
        }
    }
    out
}

fn unescape_backticks(inner: &str) -> String {
    let mut out = String::with_capacity(inner.len());
    let mut chars = inner.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\\' && matches!(chars.peek(), Some('`' | '\\' | '$')) {
            out.extend(chars.next());
        } else {
            out.push(c);
        }
    }
    out
}

/// Statements from another text speak of the place where that text stands.
fn respan(body: &mut [crate::ir::Stmt], span: &crate::ir::Span) {
    use crate::ir::Node;
    for stmt in body {
        stmt.span = span.clone();
        for redirect in &mut stmt.redirects {
            redirect.span = span.clone();
            redirect.target.span = span.clone();
        }
        match &mut stmt.node {
            Node::Simple { words, .. } => words.iter_mut().for_each(|word| word.span = span.clone()),
            Node::Pipe(inner) | Node::Group(inner) | Node::Subshell(inner) => respan(inner, span),
            Node::AndOr(left, right) => {
                respan(std::slice::from_mut(left), span);
                respan(std::slice::from_mut(right), span);
            }
            Node::For { body, .. } | Node::Loop { body, .. } => respan(body, span),
            Node::Branches { blocks, .. } => blocks.iter_mut().for_each(|block| respan(block, span)),
            Node::Function { .. } | Node::Test(_) => {}
        }
    }
}

/// The words of an arithmetic expression whose expansions run.
pub(super) fn arithmetic(lower: &Lower<'_>, node: &ast::ArithmeticExprNode) -> Vec<Word> {
    use ast::ArithmeticExpr as E;
    match &node.kind {
        E::ShellWord(word) => vec![lower.word(word)],
        E::Indexed { index, .. } => arithmetic(lower, index),
        E::Parenthesized { expression } => arithmetic(lower, expression),
        E::Unary { expr, .. } | E::Postfix { expr, .. } => arithmetic(lower, expr),
        E::Binary { left, right, .. } => [arithmetic(lower, left), arithmetic(lower, right)].concat(),
        E::Conditional { condition, then_expr, else_expr } => {
            [arithmetic(lower, condition), arithmetic(lower, then_expr), arithmetic(lower, else_expr)].concat()
        }
        E::Assignment { value, .. } => arithmetic(lower, value),
        E::Number(_) | E::Variable(_) => Vec::new(),
    }
}

/// The words of `[[ … ]]`.
pub(super) fn conditional(lower: &Lower<'_>, expression: &ast::ConditionalExpr, found: &mut Vec<Word>) {
    use ast::ConditionalExpr as E;
    match expression {
        E::Binary(binary) => {
            conditional(lower, &binary.left, found);
            conditional(lower, &binary.right, found);
        }
        E::Unary(unary) => conditional(lower, &unary.expr, found),
        E::Parenthesized(inner) => conditional(lower, &inner.expr, found),
        E::Word(word) | E::Regex(word) => found.push(lower.word(word)),
        E::Pattern(pattern) => {
            for part in &pattern.parts {
                if let ast::PatternPart::Word(word) = &part.kind {
                    found.push(lower.word(word));
                }
            }
        }
        E::VarRef(_) => {}
    }
}

/// The text of a here-document.
pub(super) fn heredoc(lower: &Lower<'_>, heredoc: &ast::Heredoc) -> Word {
    let body = &heredoc.body;
    let span = lower.span(body.span);
    if !heredoc.delimiter.expands_body {
        return Word { parts: vec![Part::Quoted(body.render(lower.source))], span };
    }
    let parts = body.parts.iter().map(|node| match &node.kind {
        ast::HeredocBodyPart::Literal(text) => Part::Quoted(text.as_str(lower.source, node.span).to_owned()),
        ast::HeredocBodyPart::Variable(name) => lower.var(name.as_str(), VarOp::Plain, node.span),
        ast::HeredocBodyPart::CommandSubstitution { body, syntax } => {
            Part::Command(lower.substitution(body, *syntax, node.span))
        }
        ast::HeredocBodyPart::ArithmeticExpansion { expression_word_ast, .. } => {
            Part::Arith(lower.word(expression_word_ast))
        }
        ast::HeredocBodyPart::Parameter(parameter) => lower.parameter(parameter, node.span),
    });
    Word { parts: vec![Part::Double(parts.collect())], span }
}
