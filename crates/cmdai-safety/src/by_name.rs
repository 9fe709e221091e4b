//! Tables that are asked by the name of a program, for every command anew.
//!
//! Under all modules with such a table. Looking through all of them took a quarter of a judgement.

use std::collections::HashMap;
use std::sync::OnceLock;

/// Where in a table the rows of a name stand; filled when it is first asked.
pub(crate) struct ByName(OnceLock<HashMap<&'static str, Vec<usize>>>);

impl ByName {
    pub(crate) const fn new() -> Self {
        Self(OnceLock::new())
    }

    /// The rows of `table` for `name`, in their order; `names` tells for which names a row stands.
    pub(crate) fn rows<T>(
        &self,
        table: &'static [T],
        names: impl Fn(&'static T) -> &'static [&'static str],
        name: &str,
    ) -> impl Iterator<Item = &'static T> {
        let index = self.0.get_or_init(|| {
            let mut index: HashMap<&'static str, Vec<usize>> = HashMap::new();
            for (at, row) in table.iter().enumerate() {
                for name in names(row) {
                    index.entry(name).or_default().push(at);
                }
            }
            index
        });
        index.get(name).into_iter().flatten().filter_map(|at| table.get(*at))
    }
}
