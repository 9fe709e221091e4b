//! Paints the state: the query, the list, the selected entry, the keys. Down to one cell nothing is assumed to fit.

use super::super::words;
use super::state::{Focus, Scope, State};
use crate::screen::line::window;
use chrono::{DateTime, Utc};
use cmdai_core::assess::RiskLevel;
use cmdai_history::search::Matcher;
use cmdai_history::{Found, SearchMode};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::{Paragraph, Wrap};

/// The keys, in as many words as fit.
const KEYS: [&str; 4] = [
    "Enter run  ^E edit  ^Y copy  ^F favourite  ^T tag  ^X delete  ^O export  ^R mode  ^S scope  F1 keys  Esc quit",
    "Enter run  ^E edit  ^Y copy  ^F fav  ^T tag  ^X del  F1 all keys  Esc quit",
    "Enter run  ^E edit  F1 keys  Esc quit",
    "F1 keys",
];
const HELP: &[&str] = &[
    "type             search",
    "Up, Down         choose (also ^P, ^N, Page Up, Page Down)",
    "Enter            run again: leaves with the command, judged",
    "^E               edit, then Enter runs it",
    "^Y               copy to the clipboard (OSC 52)",
    "^F               favourite, or no more",
    "^T               tags",
    "^X               delete, after a question",
    "^O               export what is found",
    "^R               how the text is compared",
    "^S               all, made here, favourites, failed",
    "^U ^W ^A ^K      erase, erase a word, begin of line, erase the rest",
    "^Z               suspend",
    "Esc, ^C          quit",
];
/// Height from which on the selected entry has lines of its own.
const TALL: u16 = 16;
const DETAIL_ROWS: u16 = 5;

/// The parts of a screen of this size: query, list, detail, status, keys. What does not fit is empty.
pub(super) fn parts(area: Rect) -> [Rect; 5] {
    let keep = |height: u16, from: u16| if area.height >= from { height } else { 0 };
    Layout::vertical([
        Constraint::Length(1),
        Constraint::Fill(1),
        Constraint::Length(keep(DETAIL_ROWS, TALL)),
        Constraint::Length(keep(1, 4)),
        Constraint::Length(keep(1, 3)),
    ])
    .areas(area)
}

/// Paints everything.
pub(super) fn paint(state: &State, frame: &mut Frame<'_>) {
    let [query, list, detail, status, keys] = parts(frame.area());
    if query.width == 0 || query.height == 0 {
        return;
    }
    paint_input(state, frame, query);
    if state.focus == Focus::Help {
        let area = Rect { height: list.height + detail.height, ..list };
        frame.render_widget(Paragraph::new(HELP.iter().copied().collect::<Text<'_>>()), area);
    } else {
        paint_list(state, frame, list);
        frame.render_widget(detail_text(state), detail);
    }
    frame.render_widget(Paragraph::new(status_text(state)).style(dim()), status);
    let width = usize::from(keys.width);
    let fits = KEYS.iter().find(|keys| keys.len() <= width).copied().unwrap_or_default();
    frame.render_widget(Paragraph::new(fits).style(dim()), keys);
}

fn paint_input(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let (label, input) = match &state.focus {
        Focus::List | Focus::Help => (label(state), Some(&state.query)),
        Focus::Edit(line) => ("run".to_owned(), Some(line)),
        Focus::Tags(_, line) => ("tags".to_owned(), Some(line)),
        Focus::Export(line) => ("export to".to_owned(), Some(line)),
        Focus::Delete(_) => ("Delete this entry for good? [y/N]".to_owned(), None),
    };
    let mut spans = vec![Span::styled(format!("{label}> "), Style::new().add_modifier(Modifier::BOLD))];
    // On a narrow screen what is typed matters more.
    if usize::from(area.width) < label.len() + 12 && input.is_some() {
        spans.clear();
    }
    let used = spans.iter().map(Span::width).sum::<usize>();
    let (text, column) =
        input.map_or_else(Default::default, |input| window(input, usize::from(area.width).saturating_sub(used)));
    spans.push(Span::raw(text));
    frame.render_widget(Line::from(spans), area);
    let column = u16::try_from(used + column).unwrap_or(u16::MAX).min(area.width - 1);
    frame.set_cursor_position(Position::new(area.x + column, area.y));
}

fn label(state: &State) -> String {
    let mode = match state.mode {
        SearchMode::Substring => "words",
        SearchMode::Prefix => "prefix",
        SearchMode::Exact => "exact",
        SearchMode::Regex => "regex",
        SearchMode::Fuzzy => "fuzzy",
    };
    let scope = match state.scope {
        Scope::All => "",
        Scope::Here => ", made here",
        Scope::Favourites => ", favourites",
        Scope::Failed => ", failed",
    };
    format!("{mode}{scope}")
}

fn paint_list(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let matcher = Matcher::new(state.query.text(), state.mode).ok().filter(|_| !state.query.text().trim().is_empty());
    let visible = state.hits.iter().enumerate().skip(state.top).take(area.height.into());
    for ((index, hit), y) in visible.zip(area.y..) {
        let row = Rect { y, height: 1, ..area };
        let line = match state.loaded.get(&hit.row) {
            Some(found) => entry_line(state, found, index == state.selected, matcher.as_ref()),
            None => Line::from("…"),
        };
        frame.render_widget(line, row);
    }
    if state.hits.is_empty() && area.height > 0 {
        frame.render_widget(Line::styled("  nothing is found", dim()), Rect { height: 1, ..area });
    }
}

fn entry_line<'a>(state: &State, found: &'a Found, selected: bool, matcher: Option<&Matcher>) -> Line<'a> {
    let entry = &found.entry;
    let base = if selected { Style::new().add_modifier(Modifier::REVERSED) } else { Style::new() };
    let failed = entry.execution.is_some_and(|run| run.exit_code != 0);
    let state_colour = match entry.safety.as_ref().map(|safety| safety.risk) {
        Some(RiskLevel::Moderate) if state.colour => base.fg(Color::Yellow),
        Some(RiskLevel::High | RiskLevel::Critical) if state.colour => base.fg(Color::Red),
        _ if failed && state.colour => base.fg(Color::Red),
        _ => base,
    };
    let mut spans = vec![
        Span::styled(if selected { "> " } else { "  " }, base),
        Span::styled(format!("{:>4} ", age(state.now, entry.time)), base),
        Span::styled(if entry.favourite { "* " } else { "  " }, base),
        Span::styled(format!("{:<9} ", words::state(entry)), state_colour),
    ];
    let text = words::text(entry);
    let mut at = 0;
    for span in matcher.map(|matcher| matcher.spans(&text)).unwrap_or_default() {
        // Spans may overlap; what is marked already stays so.
        if let (Some(plain), Some(hit)) = (text.get(at..span.start), text.get(span.clone())) {
            spans.push(Span::styled(plain.to_owned(), base));
            spans.push(Span::styled(hit.to_owned(), base.add_modifier(Modifier::BOLD | Modifier::UNDERLINED)));
            at = span.end;
        }
    }
    spans.push(Span::styled(text.get(at..).unwrap_or_default().to_owned(), base));
    spans.extend(entry.tags.iter().map(|tag| Span::styled(format!(" #{}", words::one_line(tag)), base)));
    Line::from(spans)
}

/// The selected entry with what does not fit on its line.
fn detail_text(state: &State) -> Paragraph<'static> {
    let Some(found) = state.current() else { return Paragraph::default() };
    let entry = &found.entry;
    let mut lines = vec![Line::default(), Line::styled(words::text(entry), Style::new().add_modifier(Modifier::BOLD))];
    if !entry.request.is_empty() && entry.final_command().is_some() {
        lines.push(Line::from(format!("# {}", words::one_line(&entry.request))));
    }
    let risk = entry.safety.as_ref().map(|safety| format!("risk {}", safety.risk));
    let place = words::one_line(&entry.cwd.display().to_string());
    let facts = [Some(entry.id.to_string()), Some(entry.shell.to_string()), risk, Some(place)];
    lines.push(Line::styled(facts.into_iter().flatten().collect::<Vec<_>>().join("  "), dim()));
    Paragraph::new(lines).wrap(Wrap { trim: false })
}

fn status_text(state: &State) -> String {
    if let Some(note) = &state.note {
        return words::one_line(note);
    }
    if state.hits.is_empty() {
        return String::new();
    }
    let more = if state.complete { "" } else { ", and older ones not looked at" };
    format!("{} of {}{more}", state.selected + 1, state.hits.len())
}

fn dim() -> Style {
    Style::new().add_modifier(Modifier::DIM)
}

/// How long ago, in at most four characters.
fn age(now: DateTime<Utc>, then: DateTime<Utc>) -> String {
    let seconds = (now - then).num_seconds().max(0);
    let (count, unit) = match seconds {
        0..60 => (seconds, 's'),
        60..3_600 => (seconds / 60, 'm'),
        3_600..86_400 => (seconds / 3_600, 'h'),
        86_400..63_072_000 => (seconds / 86_400, 'd'),
        _ => (seconds / 31_536_000, 'y'),
    };
    format!("{count}{unit}")
}
