//! The columns of the tables that repeat: what one pattern and one rule consist of. All of them must be there.

use super::kind::{Column, Form, Kind};

/// Columns of `[[safety.patterns]]`.
pub const PATTERN_COLUMNS: &[Column] = &[
    Column { name: "name", kind: Kind::Text(Form::Name), help: "Name of the pattern; findings say `custom-NAME`." },
    Column { name: "pattern", kind: Kind::Text(Form::Pattern), help: "Regular expression, look-around allowed." },
    Column { name: "risk", kind: Kind::Choice(&["moderate", "high", "critical"]), help: "Least risk of a match." },
    Column { name: "why", kind: Kind::Text(Form::Line), help: "One sentence that is shown with a match." },
];

/// Columns of `[[history.rules]]`.
pub const RULE_COLUMNS: &[Column] = &[
    Column { name: "name", kind: Kind::Text(Form::Name), help: "Name of the rule; findings say `user:NAME`." },
    Column {
        name: "pattern",
        kind: Kind::Text(Form::Pattern),
        help: "Regular expression; a group named `secret` is what is hidden, without one the whole match.",
    },
    Column { name: "kind", kind: Kind::Text(Form::Name), help: "What stands in the place of what is hidden." },
];
