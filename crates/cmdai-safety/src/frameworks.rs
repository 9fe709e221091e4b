//! Commands of web frameworks: `python manage.py …`, `php artisan …`, `php bin/console …`, and the consoles among them.

use crate::opts;
use crate::run::Machine;
use crate::value::{Arg, Data, Taint};
use cmdai_core::assess::RiskLevel;

/// Only show something.
const SHOWS: &[&str] = &[
    "check",
    "showmigrations",
    "sqlmigrate",
    "sqlflush",
    "sqlsequencereset",
    "diffsettings",
    "inspectdb",
    "dumpdata",
    "test",
    "help",
    "version",
    "findstatic",
    "show_urls",
    "listurls",
    "list",
    "about",
    "env",
    "route:list",
    "migrate:status",
    "config:show",
    "event:list",
    "schedule:list",
    "model:show",
    "db:show",
    "db:table",
    "validate_templates",
    "print_settings",
    "show_permissions",
    "testserver",
    "runserver",
    "serve",
];

/// Empty tables or drop them.
const EMPTIES: &[&str] = &[
    "flush",
    "reset_db",
    "migrate:fresh",
    "migrate:reset",
    "migrate:refresh",
    "db:wipe",
    "db:drop",
    "db:reset",
    "db:schema:load",
    "delete_squashed_migrations",
    "clear_index",
    "rebuild_index",
    "drop_test_database",
    "queue:flush",
    "cache:clear_all",
    "remove_stale_contenttypes",
    "sqlclear",
    "doctrine:database:drop",
    "doctrine:schema:drop",
    "db:truncate_all",
    "db:purge",
];

/// `python manage.py …`, `php artisan …`, `php bin/console …`.
pub(crate) fn framework(m: &mut Machine<'_>, head: &Arg, args: &[Arg]) -> Option<Data> {
    let scripts = ["manage.py", "artisan", "console", "rails", "rake"];
    let own = scripts.contains(&head.text.rsplit('/').next().unwrap_or_default());
    let operands: Vec<&Arg> = args.iter().filter(|a| !a.is_option()).collect();
    let script = operands.first().is_some_and(|a| scripts.contains(&a.text.rsplit('/').next().unwrap_or_default()));
    let first = args.first().is_some_and(|a| !a.is_option());
    if !own && (!script || !first) {
        return None;
    }
    let sub = operands.get(usize::from(!own)).map_or("", |a| a.text.as_str());
    // A console that is given its code.
    if matches!(sub, "shell" | "shell_plus" | "tinker" | "psysh") {
        let given = opts::parse(args, &["-c", "--command", "--execute"]);
        let codes: Vec<Arg> = given.values(&["-c", "--command", "--execute"]).cloned().collect();
        if !codes.is_empty() {
            for code in &codes {
                crate::repl::run(m, &head.text, code);
            }
            return Some(Data::unknown(Taint::default(), sub));
        }
    }
    let shows = SHOWS.contains(&sub)
        || sub.is_empty()
        || args
            .iter()
            .any(|a| matches!(a.text.as_str(), "--check" | "--dry-run" | "--plan" | "--help" | "--pretend" | "--list"));
    if shows {
        return Some(Data::unknown(Taint::default(), sub));
    }
    let back = sub == "migrate" && operands.last().is_some_and(|a| a.text == "zero");
    let empties = back || EMPTIES.contains(&sub);
    m.finding(
        if empties { "framework-empties" } else { "framework-command" },
        "databases",
        if empties { RiskLevel::High } else { RiskLevel::Moderate },
        &head.span.clone(),
        if empties { "delete" } else { "execute" },
        sub,
        if empties { "empties or drops the tables of the application" } else { "runs a command of the application" },
    );
    Some(Data::unknown(Taint::default(), sub))
}
