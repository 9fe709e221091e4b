//! What stands in the list: the settings of a section, backends with their fields, and models. And the search over all of it.

use super::book::Book;
use cmdai_config::schema::{BACKEND_FIELDS, SETTINGS, Section};
use cmdai_config::{Key, Value};
use std::collections::BTreeSet;

/// One row of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Item {
    /// A setting, or a field of a backend that is folded out.
    Setting(Key),
    /// the model inside cmdai, which needs no settings of its own.
    Embedded,
    /// A backend of the user's, which folds out.
    Backend(String),
    /// Makes a new backend.
    AddBackend,
    /// A model of the catalog, by its place among the known ones.
    Model(usize),
}

impl Item {
    /// The backend it belongs to.
    pub(super) fn backend(&self) -> Option<&str> {
        match self {
            Self::Setting(key) => key.backend(),
            Self::Embedded => Some(crate::backends::EMBEDDED),
            Self::Backend(name) => Some(name),
            Self::AddBackend | Self::Model(_) => None,
        }
    }
}

/// The rows of a section. Those of the backends in `open` have their fields below them.
pub(super) fn of_section(section: Section, book: &Book, open: &BTreeSet<String>, models: usize) -> Vec<Item> {
    let keys = SETTINGS.iter().filter(|setting| setting.section == section).filter_map(|one| Key::parse(one.key).ok());
    let mut items: Vec<Item> = keys.map(Item::Setting).collect();
    match section {
        Section::Backends => {
            items.push(Item::Embedded);
            for name in book.backends() {
                items.push(Item::Backend(name.clone()));
                if open.contains(&name) {
                    items.extend(fields(&name).map(Item::Setting));
                }
            }
            items.push(Item::AddBackend);
        }
        Section::Models => items.extend((0..models).map(Item::Model)),
        _ => {}
    }
    items
}

/// The fields of a backend.
fn fields(name: &str) -> impl Iterator<Item = Key> + use<'_> {
    BACKEND_FIELDS.iter().filter_map(move |field| Key::parse(&format!("backends.{name}.{}", field.key)).ok())
}

/// Everything in which each word of `query` stands: in its key first, then in its title, then in its help.
pub(super) fn search(query: &str, book: &Book) -> Vec<(Section, Item)> {
    let words: Vec<String> = query.split_whitespace().map(str::to_lowercase).collect();
    let open = book.backends();
    let mut found = Vec::new();
    for section in Section::ALL {
        for item in of_section(section, book, &open, 0) {
            let texts = match &item {
                Item::Setting(key) => {
                    let setting = key.setting();
                    [key.to_string(), setting.title.to_lowercase(), setting.help.to_lowercase()]
                }
                Item::Backend(name) => [format!("backends.{name}"), String::new(), String::new()],
                _ => continue,
            };
            let mut seen = String::new();
            let rank = texts.iter().position(|text| {
                seen = format!("{seen} {}", text.to_lowercase());
                words.iter().all(|word| seen.contains(word))
            });
            // The fields of a backend are many and alike, so they come behind what there is once.
            if let Some(rank) = rank {
                found.push((item.backend().is_some(), rank, section, item));
            }
        }
    }
    found.sort_by_key(|(is_backend, rank, ..)| (*is_backend, *rank));
    found.into_iter().map(|(_, _, section, item)| (section, item)).collect()
}

/// A value as it fits on a line of the list.
pub(super) fn brief(value: &Value, key: &Key) -> String {
    use cmdai_config::schema::Kind;
    match (value, &key.setting().kind) {
        (Value::Seconds(_), Kind::Seconds { .. }) => format!("{value} s"),
        (Value::List(items), _) if items.is_empty() => "none".to_owned(),
        (Value::List(items), _) => items.join(", "),
        (Value::Rows(rows), _) if rows.is_empty() => "none".to_owned(),
        (Value::Rows(rows), _) => {
            rows.iter().map(|row| row.get("name").cloned().unwrap_or_default()).collect::<Vec<_>>().join(", ")
        }
        _ => value.to_string(),
    }
}
