//! nushell: the words of the language that rule blocks, each as a node of the common form.

use super::nu::{Element, Reader, names_in};
use super::nu_block::literal;
use super::nu_lower::{self, Stage};
use crate::ir::{Node, Stmt, Word};

impl Reader<'_> {
    /// A stage of a pipe: a word of the language with its blocks, or a command.
    pub(super) fn stage(&mut self, lines: bool) -> Option<Stage> {
        let start = self.at;
        let word = self.keyword().to_owned();
        let node = match word.as_str() {
            "if" => {
                self.take("if");
                self.branches()
            }
            "match" => {
                self.take("match");
                let words = self.condition();
                self.cases(words)
            }
            "for" => {
                self.take("for");
                let var = names_in(&self.word().parts.iter().map(literal).collect::<String>()).concat();
                self.blanks(true);
                while self.peek().is_some_and(char::is_alphanumeric) && !self.take("in") {
                    self.word();
                    self.blanks(true);
                }
                let words = self.values();
                Node::For { var: Some(var), words, body: self.braces() }
            }
            "while" => {
                self.take("while");
                let words = self.condition();
                let endless =
                    matches!(words.as_slice(), [one] if one.parts.iter().map(literal).collect::<String>() == "true");
                let condition = vec![Stmt::new(Node::Test(words), self.since(start))];
                Node::Loop { condition, body: self.braces(), endless }
            }
            "loop" => {
                self.take("loop");
                Node::Loop { condition: Vec::new(), body: self.braces(), endless: true }
            }
            "try" => {
                self.take("try");
                let mut blocks = vec![self.braces()];
                loop {
                    let mark = self.at;
                    self.blanks(false);
                    if !(self.take("catch") || self.take("finally") || self.take("else")) {
                        self.at = mark;
                        break;
                    }
                    blocks.push(self.braces());
                }
                Node::Group(blocks.concat())
            }
            "module" | "export-env" => {
                while self.peek().is_some_and(|c| !matches!(c, '{' | ';' | '\n')) {
                    self.bump();
                }
                Node::Group(self.braces())
            }
            _ => return self.command(lines),
        };
        Some(Stage::Node(Stmt::new(node, self.since(start))))
    }

    /// The block that has to stand here.
    fn braces(&mut self) -> Vec<Stmt> {
        self.blanks(false);
        if self.peek() == Some('{') {
            return self.block().body;
        }
        self.breaks("a block is missing");
        Vec::new()
    }

    /// What is asked before a block.
    fn condition(&mut self) -> Vec<Word> {
        let mut words = Vec::new();
        loop {
            self.blanks(true);
            match self.peek() {
                None | Some('{' | ';' | '\n' | '}') => return words,
                Some('|' | ')' | ']' | ',') => drop(self.bump()),
                Some(_) => words.push(self.word()),
            }
        }
    }

    /// What a loop goes over.
    fn values(&mut self) -> Vec<Word> {
        self.blanks(true);
        match self.element() {
            Element::List(words) => words,
            Element::Word(word) => nu_lower::given(word),
            Element::Block(_) | Element::Redirect(..) => Vec::new(),
        }
    }

    fn branches(&mut self) -> Node {
        let mut blocks = Vec::new();
        loop {
            let start = self.at;
            let words = self.condition();
            blocks.push(vec![Stmt::new(Node::Test(words), self.since(start))]);
            blocks.push(self.braces());
            let mark = self.at;
            self.blanks(false);
            if !self.take("else") {
                self.at = mark;
                return Node::Branches { words: Vec::new(), blocks };
            }
            if !self.take("if") {
                blocks.push(self.braces());
                return Node::Branches { words: Vec::new(), blocks };
            }
        }
    }

    /// `{ 1 => a, _ => { b } }`.
    fn cases(&mut self, words: Vec<Word>) -> Node {
        self.blanks(false);
        if self.peek() != Some('{') {
            self.breaks("a block is missing");
            return Node::Branches { words, blocks: Vec::new() };
        }
        self.bump();
        let blocks = self.within(true, |reader| {
            let mut blocks = Vec::new();
            loop {
                reader.blanks(false);
                match reader.peek() {
                    None => {
                        reader.breaks("a bracket is not closed");
                        return blocks;
                    }
                    Some('}') => {
                        reader.bump();
                        return blocks;
                    }
                    Some(_) if reader.eat("=>") => {
                        reader.blanks(false);
                        let block = match reader.peek() {
                            Some('{') => reader.block().body,
                            _ => reader.pipeline(true).into_iter().collect(),
                        };
                        blocks.push(block);
                    }
                    Some(_) => drop(reader.bump()),
                }
            }
        });
        Node::Branches { words, blocks }
    }
}
