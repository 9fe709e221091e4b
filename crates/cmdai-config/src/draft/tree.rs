//! A TOML text as the editor sees it: where each value stands, and in which way it is written there.

use std::collections::BTreeMap;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue, Error};

/// How something is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// `name = value`, whatever the value.
    Value,
    /// Under `[name]`.
    Header,
    /// `name = { … }`.
    Inline,
    /// By the dotted keys or headers of what is in it.
    Implied,
    /// `[[name]]`, once for each.
    Repeated,
}

/// One name in a table.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) name: String,
    /// The name; of a header the name in it that was met last.
    pub(crate) key: Range<usize>,
    /// The value, or the header.
    pub(crate) value: Range<usize>,
    pub(crate) style: Style,
    /// Inside of `{ … }`.
    pub(crate) in_inline: bool,
    /// What is in it, in the order of the text. For [`Style::Repeated`], one node for each table.
    pub(crate) children: Vec<Node>,
}

/// The whole text.
pub(crate) fn parse(text: &str) -> Result<Node, Error> {
    let table = DeTable::parse(text)?;
    Ok(Node {
        name: String::new(),
        key: 0..0,
        value: 0..0,
        style: Style::Implied,
        in_inline: false,
        children: children(text, table.get_ref(), false),
    })
}

fn children(text: &str, table: &DeTable<'_>, in_inline: bool) -> Vec<Node> {
    let mut nodes: Vec<Node> = table
        .iter()
        .map(|(name, value)| node(text, name.get_ref().to_string(), name.span(), value, in_inline))
        .collect();
    nodes.sort_by_key(|node| node.key.start);
    nodes
}

fn node(text: &str, name: String, key: Range<usize>, value: &Spanned<DeValue<'_>>, in_inline: bool) -> Node {
    let span = value.span();
    let written = text.get(span.clone()).unwrap_or_default();
    let (style, children) = match value.get_ref() {
        DeValue::Table(table) if written.starts_with('{') => (Style::Inline, children(text, table, true)),
        DeValue::Table(table) if written.starts_with('[') => (Style::Header, children(text, table, in_inline)),
        DeValue::Table(table) => (Style::Implied, children(text, table, in_inline)),
        // The items of a list begin behind its bracket, the first of repeated tables begins where all of them do.
        DeValue::Array(items) if items.first().is_some_and(|item| item.span().start == span.start) => {
            let each = |item| node(text, String::new(), Spanned::span(item), item, in_inline);
            (Style::Repeated, items.iter().map(each).collect())
        }
        _ => (Style::Value, Vec::new()),
    };
    Node { name, key, value: span, style, in_inline, children }
}

impl Node {
    /// What is at this path.
    pub(crate) fn at(&self, path: &[&str]) -> Option<&Self> {
        let Some((first, rest)) = path.split_first() else { return Some(self) };
        self.children.iter().find(|node| node.name == **first)?.at(rest)
    }

    /// Written as one value, in one place.
    pub(crate) const fn is_leaf(&self) -> bool {
        matches!(self.style, Style::Value | Style::Inline)
    }
}

/// Every value of a text by its path, as TOML understands it; what has no values does not count.
pub(crate) fn values(text: &str) -> Result<BTreeMap<String, String>, Error> {
    let mut found = BTreeMap::new();
    flatten("", &DeValue::Table(DeTable::parse(text)?.into_inner()), &mut found);
    Ok(found)
}

fn flatten(path: &str, value: &DeValue<'_>, found: &mut BTreeMap<String, String>) {
    match value {
        DeValue::Table(table) => {
            for (name, value) in table {
                flatten(&format!("{path}\n{}", name.get_ref()), value.get_ref(), found);
            }
        }
        DeValue::Array(items) => {
            found.insert(path.to_owned(), format!("{} items", items.len()));
            for (number, item) in items.iter().enumerate() {
                flatten(&format!("{path}\n{number}"), item.get_ref(), found);
            }
        }
        DeValue::String(text) => drop(found.insert(path.to_owned(), format!("{text:?}"))),
        DeValue::Integer(number) => drop(found.insert(path.to_owned(), number.to_string())),
        DeValue::Float(number) => drop(found.insert(path.to_owned(), number.to_string())),
        DeValue::Boolean(on) => drop(found.insert(path.to_owned(), on.to_string())),
        DeValue::Datetime(time) => drop(found.insert(path.to_owned(), time.to_string())),
    }
}
