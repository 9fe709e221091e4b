//! Signals that programs of other languages send.

use crate::program::Program;
use crate::run::Machine;
use cmdai_core::assess::RiskLevel;

/// `os.kill(1, 9)`, `kill "KILL", -1`.
pub(crate) fn kill(m: &mut Machine<'_>, p: &Program<'_>, name: &str, call: &str) {
    let inside = call.trim_start().trim_start_matches('(');
    if !call.starts_with(['(', ' ']) || name == "kill" && p.text.contains("import") && !p.bare.contains("os") {
        return;
    }
    let numbers: Vec<&str> = inside.split([',', ')', ' ', ';']).map(str::trim).filter(|w| !w.is_empty()).collect();
    let first = numbers.first().copied().unwrap_or_default();
    // Python and Node name the process first, the others the signal.
    let process_first = name.starts_with("os.") || name.starts_with("process.") || name.starts_with("posix");
    let (process, signal) = if process_first {
        (first, numbers.get(1))
    } else {
        (numbers.get(1).copied().unwrap_or_default(), numbers.first())
    };
    if signal.is_some_and(|s| *s == "0") {
        return;
    }
    let all = matches!(process, "-1" | "1") || numbers.iter().take(3).any(|n| *n == "-1");
    let listed =
        ["ps -e", "ps ax", "ps aux", "pgrep", "/proc", "process_iter", "ps -A"].iter().any(|w| p.text.contains(w))
            && [" for ", "map", "each", "for(", "split", "lines", "grep"].iter().any(|w| p.text.contains(w));
    if listed && !all {
        m.finding(
            "kill-many",
            "processes",
            RiskLevel::High,
            p.span,
            "kill",
            "many programs",
            "ends every program of a list that nobody wrote down",
        );
    }
    m.finding(
        if all { "kill-all" } else { "kill" },
        "processes",
        if all { RiskLevel::Critical } else { RiskLevel::Moderate },
        p.span,
        "kill",
        process,
        if all { "ends every program there is" } else { "ends a program" },
    );
}
