//! What counts for one key, where it is from and what it goes before.

use crate::key::Key;
use crate::origin::Origin;
use crate::value::Value;
use serde::Serialize;
use std::collections::BTreeSet;

/// What counts for one key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Effective {
    /// The key.
    pub key: Key,
    /// The value that counts.
    pub value: Value,
    /// Where it is from; where entries of several layers count together, the highest of them.
    pub origin: Origin,
    /// What other layers say, the highest first and the default last. For a key whose entries add up (see `adds` of its
    /// [`Setting`](crate::schema::Setting)) these are part of the value, for any other they have no effect.
    pub below: Vec<(Origin, Value)>,
}

impl Effective {
    /// Where what counts would come from if the file of this layer said it too: `None` if the file would have its way. For
    /// "an edit here has no effect because a variable is set".
    #[must_use]
    pub fn hidden_by(&self, layer: crate::Layer) -> Option<&Origin> {
        (self.origin.layer() > layer && !self.key.setting().adds).then_some(&self.origin)
    }
}

/// Everything that was said about one key, the lowest layer first.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    pub(crate) key: Key,
    pub(crate) values: Vec<(Origin, Value)>,
}

impl Said {
    pub(crate) fn nothing(key: Key) -> Self {
        let default = key.setting().default_value();
        Self { key, values: default.map(|value| (Origin::Default, value)).into_iter().collect() }
    }

    /// What counts so far; `None` where nobody said anything and there is no default.
    pub(crate) fn value(&self) -> Option<Value> {
        let (_, last) = self.values.last()?;
        if self.key.setting().adds { sum(self.values.iter().map(|(_, value)| value)) } else { Some(last.clone()) }
    }

    pub(crate) fn into_effective(mut self) -> Option<Effective> {
        let value = self.value()?;
        let (origin, _) = self.values.pop()?;
        self.values.reverse();
        Some(Effective { key: self.key, value, origin, below: self.values })
    }
}

/// The entries of all, each once, in their order.
fn sum<'v>(values: impl Iterator<Item = &'v Value>) -> Option<Value> {
    values.cloned().reduce(|sum, more| match (sum, more) {
        (Value::List(sum), Value::List(more)) => Value::List(joined(sum, more)),
        (Value::Rows(sum), Value::Rows(more)) => Value::Rows(joined(sum, more)),
        (_, more) => more,
    })
}

fn joined<T: Ord + Clone>(mut sum: Vec<T>, more: Vec<T>) -> Vec<T> {
    let mut there: BTreeSet<T> = sum.iter().cloned().collect();
    sum.extend(more.into_iter().filter(|item| there.insert(item.clone())));
    sum
}
