//! Paints what keys go to besides the list: editors, the difference, a conflict, the list of keys.

use super::super::conflict_words;
use super::editor::Editor;
use super::form::Form;
use super::state::{Focus, State};
use super::trial::{self, Outcome};
use super::view::{HELP, Parts, bold, colour, cut, dim};
use crate::screen::line::{Line as Input, window};
use crate::terminal::one_line;
use cmdai_config::schema::Section;
use cmdai_config::{Key, LineKind};
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::Line;
use ratatui::widgets::{Paragraph, Wrap};

/// The keys that mean something now, in as many words as fit.
pub(super) fn keys(state: &State) -> &'static [&'static str] {
    match &state.focus {
        Focus::List if state.section == Section::Backends => &[
            "Enter change  a add  d reset  t test  / search  u undo  s save  ? keys  q quit",
            "Enter change  t test  s save  ? keys  q quit",
            "Enter change  s save  ? keys  q quit",
            "? keys  q quit",
        ],
        Focus::List if state.section == Section::Models => &[
            "Enter change  p fetch  d reset  / search  u undo  s save  ? keys  q quit",
            "Enter change  p fetch  s save  ? keys  q quit",
            "Enter change  p fetch  ? keys  q quit",
            "? keys  q quit",
        ],
        Focus::List => &[
            "Enter change  Tab section  / search  u undo  d reset  s save  ? keys  q quit",
            "Enter change  / search  u undo  d reset  s save  ? keys  q quit",
            "Enter change  s save  ? keys  q quit",
            "? keys  q quit",
        ],
        Focus::Search(..) => &["Up, Down choose  Enter go there  Esc back", "Enter go there  Esc back"],
        Focus::Edit(Editor::List { line: None, .. }) => &[
            "Enter change  a add  d delete  K J move  Esc back",
            "Enter change  a add  d delete  Esc back",
            "Esc back",
        ],
        Focus::Edit(Editor::Rows { form: None, .. }) => &["Enter change  a add  d delete  Esc back", "Esc back"],
        Focus::Edit(Editor::Rows { .. }) => {
            &["Tab next  Left Right choose  Enter take  Esc back", "Enter take  Esc back"]
        }
        Focus::Edit(_) => &["Enter take  Esc back"],
        Focus::Difference(_) => &["Enter save  Up, Down scroll  Esc back", "Enter save  Esc back"],
        Focus::Conflict(_) => {
            &["m put your changes on top  t take the file as it is now  Esc back", "m merge  t take theirs  Esc back"]
        }
        Focus::Help(_) => &["Esc back"],
        Focus::Quit | Focus::Forget(_) => &[],
    }
}

/// Paints an editor; false where none is open. An editor of one line has the room below the list, if there is one.
pub(super) fn paint(state: &State, frame: &mut Frame<'_>, parts: &Parts) -> bool {
    let Focus::Edit(editor) = &state.focus else { return false };
    let area = Rect { height: parts.list.height + parts.detail.height, ..parts.list };
    match editor {
        Editor::Line { key, line, problem } => {
            let title = format!("{}: {}", key, key.setting().title);
            let below = problem.clone().map_or_else(|| Err(hint(key)), Ok);
            paint_line(state, frame, area, &title, line, below);
        }
        Editor::Name { line, problem } => {
            let about = "It is yours to choose, of letters, digits and `-`: desk, work.".to_owned();
            paint_line(state, frame, area, "Name of the new backend", line, problem.clone().ok_or(about));
        }
        Editor::Pick { key, words, at } => {
            let rest = titled(frame, area, &format!("{}: {}", key, key.setting().title), key.setting().help);
            paint_choices(frame, rest, words, *at);
        }
        Editor::List { key, items, at, line, problem } => {
            let rest = titled(frame, area, &format!("{}: {}", key, key.setting().title), &hint(key));
            let rest = alarmed(state, frame, rest, problem.as_deref());
            let mut rows = items.clone();
            rows.push("(add)".to_owned());
            paint_choices(frame, rest, &rows, *at);
            // Where there is no room at all there is no row either.
            let top = (at + 1).saturating_sub(rest.height.into());
            if let (Some(line), Some(row)) = (line, at.checked_sub(top)) {
                let y = rest.y + u16::try_from(row).unwrap_or_default();
                paint_input(frame, Rect { y, height: rest.height.min(1), ..rest }, "> ", line);
            }
        }
        Editor::Rows { key, columns, rows, at, form, problem } => {
            let rest = titled(frame, area, &format!("{}: {}", key, key.setting().title), key.setting().help);
            if let Some(form) = form {
                let trial = trial::outcome(&state.book, rows.get(*at), form);
                paint_form(state, frame, rest, form, trial);
                return true;
            }
            let rest = alarmed(state, frame, rest, problem.as_deref());
            let text = |row: &cmdai_config::Row| {
                let texts = columns.0.iter().filter_map(|column| row.get(column.name));
                texts.cloned().collect::<Vec<_>>().join("  ")
            };
            let mut lines: Vec<String> = rows.iter().map(text).collect();
            lines.push("(add)".to_owned());
            paint_choices(frame, rest, &lines, *at);
        }
    }
    true
}

/// What is accepted, and what it is for.
fn hint(key: &Key) -> String {
    format!("Expected is {}. {}", key.setting().kind.accepted(), key.setting().help)
}

/// A title and a few words of help, as much as fits; gives what is left.
fn titled(frame: &mut Frame<'_>, area: Rect, title: &str, help: &str) -> Rect {
    frame.render_widget(Line::styled(one_line(title), bold()), Rect { height: area.height.min(1), ..area });
    let used = match area.height {
        0..5 => 1,
        5..10 => 2,
        _ => 4,
    };
    let text = Rect { y: area.y + 1, height: area.height.min(used).saturating_sub(1), ..area };
    if area.height > 1 {
        frame.render_widget(Paragraph::new(one_line(help)).style(dim()).wrap(Wrap { trim: true }), text);
    }
    below(area, used)
}

fn below(area: Rect, used: u16) -> Rect {
    let used = used.min(area.height);
    Rect { y: area.y + used, height: area.height - used, ..area }
}

/// What is wrong, if anything is; gives what is left.
fn alarmed(state: &State, frame: &mut Frame<'_>, area: Rect, problem: Option<&str>) -> Rect {
    let Some(problem) = problem.filter(|_| area.height > 1) else { return area };
    let height = if area.height > 4 { 2 } else { 1 };
    let text = Paragraph::new(one_line(problem)).style(colour(state, Color::Red)).wrap(Wrap { trim: true });
    frame.render_widget(text, Rect { height, ..area });
    below(area, height)
}

/// One line to type in, with what is wrong (`Ok`) or what is expected (`Err`) below it.
fn paint_line(
    state: &State,
    frame: &mut Frame<'_>,
    area: Rect,
    title: &str,
    line: &Input,
    below_it: Result<String, String>,
) {
    let rest = if area.height > 1 {
        frame.render_widget(Line::styled(one_line(title), bold()), Rect { height: 1, ..area });
        below(area, 1)
    } else {
        area
    };
    paint_input(frame, Rect { height: rest.height.min(1), ..rest }, "> ", line);
    let rest = below(rest, 1);
    if rest.height == 0 {
        return;
    }
    let (text, style) = match below_it {
        Ok(problem) => (problem, colour(state, Color::Red)),
        Err(hint) => (hint, dim()),
    };
    frame.render_widget(Paragraph::new(one_line(&text)).style(style).wrap(Wrap { trim: true }), rest);
}

/// A line with the cursor in it.
fn paint_input(frame: &mut Frame<'_>, area: Rect, label: &str, line: &Input) {
    if area.height == 0 || area.width == 0 {
        return;
    }
    let label = if usize::from(area.width) > label.len() + 8 { label } else { "" };
    let (text, column) = window(line, usize::from(area.width).saturating_sub(label.len()));
    let text = cut(&format!("{label}{text}"), area.width.into());
    frame.render_widget(Line::from(text), area);
    let column = u16::try_from(label.len() + column).unwrap_or(u16::MAX).min(area.width - 1);
    frame.set_cursor_position(Position::new(area.x + column, area.y));
}

fn paint_choices(frame: &mut Frame<'_>, area: Rect, words: &[String], at: usize) {
    let top = (at + 1).saturating_sub(area.height.into());
    for ((index, word), y) in words.iter().enumerate().skip(top).zip(area.y..area.bottom()) {
        let style = if index == at { Style::new().add_modifier(Modifier::REVERSED) } else { Style::new() };
        let mark = if index == at { ">" } else { " " };
        frame.render_widget(Line::styled(format!("{mark} {}", one_line(word)), style), Rect { y, height: 1, ..area });
    }
}

fn paint_form(state: &State, frame: &mut Frame<'_>, area: Rect, form: &Form, trial: Option<Outcome>) {
    // What is said of the row is more than half of its use, so it keeps room on a low screen.
    let said = match area.height {
        0..3 => 0,
        3..6 => 1,
        _ => 2,
    };
    let lines = Rect { height: area.height - said, ..area };
    let top = (form.at + 1).saturating_sub(lines.height.into());
    for (index, y) in (0..form.lines()).skip(top).zip(lines.y..lines.bottom()) {
        let row = Rect { y, height: 1, ..area };
        let field = form.fields.get(index);
        let label = format!("{:<8} ", field.map_or("try", |field| field.name));
        let Some(line) = field.map(|field| &field.line).or(form.trial.as_ref()) else { continue };
        if index == form.at && field.is_none_or(|field| field.words.is_empty()) {
            paint_input(frame, row, &label, line);
        } else {
            let style = if index == form.at { Style::new().add_modifier(Modifier::REVERSED) } else { Style::new() };
            frame.render_widget(Line::styled(format!("{label}{}", one_line(line.text())), style), row);
        }
    }
    let rest = below(area, u16::try_from(form.lines()).unwrap_or(u16::MAX).min(lines.height));
    let help = form.fields.get(form.at).map_or(trial::HELP, |field| field.help);
    let (text, style) = match (&form.problem, trial) {
        (Some(problem), _) => (problem.clone(), colour(state, Color::Red)),
        (None, Some(Outcome::Wrong(why))) => (why, colour(state, Color::Red)),
        (None, Some(Outcome::Judged(words))) => (words, bold()),
        (None, None) => (help.to_owned(), dim()),
    };
    frame.render_widget(Paragraph::new(one_line(&text)).style(style).wrap(Wrap { trim: true }), rest);
}

/// Paints what takes the whole room: the difference, a conflict, the keys.
pub(super) fn paint_whole(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let lines: Vec<Line<'static>> = match &state.focus {
        Focus::Difference(top) => difference(state).into_iter().skip(*top).collect(),
        Focus::Help(top) => HELP.iter().skip(*top).map(|line| Line::from(*line)).collect(),
        Focus::Conflict(changed) => {
            let mut lines = vec![Line::styled("The file was changed by somebody else meanwhile.", bold())];
            if changed.conflicts.is_empty() {
                lines.push(Line::from("Nothing that you changed is different there, so m loses nothing."));
            }
            lines.extend(changed.conflicts.iter().map(|conflict| Line::from(conflict_words(conflict))));
            lines
        }
        _ => Vec::new(),
    };
    let mut text = Paragraph::new(lines);
    if matches!(state.focus, Focus::Conflict(_)) {
        text = text.wrap(Wrap { trim: false });
    }
    frame.render_widget(text, area);
}

fn difference(state: &State) -> Vec<Line<'static>> {
    let line = |line: cmdai_config::DiffLine| {
        let text = one_line(&line.text);
        match line.kind {
            LineKind::Same => Line::styled(format!("  {text}"), dim()),
            LineKind::Removed => Line::styled(format!("- {text}"), colour(state, Color::Red)),
            LineKind::Added => Line::styled(format!("+ {text}"), colour(state, Color::Green)),
        }
    };
    state.book.draft().diff().into_iter().map(line).collect()
}
