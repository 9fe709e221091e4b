//! Paints the state: sections, the list, what is to be said of the selected row, the keys. Down to one cell nothing is assumed to fit, and
//! nothing but ASCII is painted besides the user's own texts.

use super::items::{self, Item};
use super::panel;
use super::state::{Focus, Presence, State, Tested};
use crate::screen::line::window;
use crate::terminal::one_line;
use cmdai_config::schema::Section;
use cmdai_config::{Key, Layer, Origin};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Wrap};

/// All keys.
pub(super) const HELP: &[&str] = &[
    "Up, Down        choose (also k, j, Page Up, Page Down, Home, End)",
    "Tab, Shift-Tab  next, previous section (also Right, Left, 1 to 8)",
    "Enter           change; fold a backend out or in",
    "Space           turn a switch, next choice",
    "/               search keys, titles and help",
    "u, ^R           undo, redo",
    "d               take it out of your file: what is below counts",
    "a               add a backend",
    "t               test a backend, with what is not saved yet",
    "p               fetch a model",
    "s               save, after the difference was shown",
    "q, ^C           quit; asks when something is not saved",
    "^Z              suspend",
    "",
    "In a list       Enter change, a add, d delete, K J move, Esc leave",
    "*               changed and not saved",
    "!               wrong, or an edit has no effect",
];
/// Width from which on the sections have a column of their own.
const WIDE: u16 = 60;
const SECTIONS_WIDTH: u16 = 13;
/// Width of the list from which on it shows where values come from.
const ORIGINS: usize = 62;

/// The parts of a screen.
pub(super) struct Parts {
    /// The file, or on a narrow screen the sections in a row.
    pub(super) head: Rect,
    pub(super) sections: Rect,
    pub(super) list: Rect,
    pub(super) detail: Rect,
    pub(super) status: Rect,
    pub(super) keys: Rect,
}

/// The parts of a screen of this size. What does not fit is empty.
pub(super) fn parts(area: Rect) -> Parts {
    let keep = |height: u16, from: u16| if area.height >= from { height } else { 0 };
    let detail = match area.height {
        0..8 => 0,
        8..12 => 2,
        12..20 => 4,
        _ => 7,
    };
    let [head, body, detail, status, keys] = Layout::vertical([
        Constraint::Length(keep(1, 2)),
        Constraint::Fill(1),
        Constraint::Length(detail),
        Constraint::Length(keep(1, 4)),
        Constraint::Length(keep(1, 3)),
    ])
    .areas(area);
    let width = if area.width >= WIDE { SECTIONS_WIDTH } else { 0 };
    let [sections, list] = Layout::horizontal([Constraint::Length(width), Constraint::Fill(1)]).areas(body);
    Parts { head, sections, list, detail, status, keys }
}

/// Paints everything.
pub(super) fn paint(state: &State, frame: &mut Frame<'_>) {
    let parts = parts(frame.area());
    if parts.list.width == 0 || parts.list.height == 0 {
        return;
    }
    paint_head(state, frame, parts.head, parts.sections.width > 0);
    if !matches!(state.focus, Focus::Search(..)) {
        paint_sections(state, frame, parts.sections);
    }
    match &state.focus {
        Focus::Search(..) => {
            let width = parts.sections.width + parts.list.width;
            paint_found(state, frame, Rect { width, ..parts.sections }, parts.detail);
        }
        Focus::Edit(_) | Focus::List | Focus::Quit | Focus::Forget(_) => {
            if !panel::paint(state, frame, &parts) {
                paint_list(state, frame, parts.list);
                frame.render_widget(detail_text(state, state.current()), parts.detail);
            }
        }
        Focus::Difference(_) | Focus::Conflict(_) | Focus::Help(_) => {
            let area = Rect { height: parts.list.height + parts.detail.height, ..parts.list };
            panel::paint_whole(state, frame, area);
        }
    }
    frame.render_widget(Line::styled(status_text(state), alarm(state)), parts.status);
    let width = usize::from(parts.keys.width);
    let fits = panel::keys(state).iter().find(|keys| keys.len() <= width).copied().unwrap_or_default();
    frame.render_widget(Line::styled(fits, dim()), parts.keys);
}

fn paint_head(state: &State, frame: &mut Frame<'_>, area: Rect, is_wide: bool) {
    if area.height == 0 {
        return;
    }
    if let Focus::Search(line, _) = &state.focus {
        let (text, column) = window(line, usize::from(area.width).saturating_sub(1));
        frame.render_widget(Line::from(vec![Span::styled("/", bold()), Span::raw(text)]), area);
        let column = u16::try_from(column + 1).unwrap_or(u16::MAX).min(area.width.saturating_sub(1));
        frame.set_cursor_position(Position::new(area.x + column, area.y));
        return;
    }
    let changed = state.book.changed();
    let unsaved = if changed == 0 { String::new() } else { format!("*{changed} not saved") };
    if is_wide {
        let path = one_line(&state.book.draft().path().display().to_string());
        let spans = vec![
            Span::styled("Settings  ", bold()),
            Span::styled(path, dim()),
            Span::styled(format!("  {unsaved}"), colour(state, Color::Yellow)),
        ];
        frame.render_widget(Line::from(spans), area);
        return;
    }
    let number = Section::ALL.iter().position(|section| *section == state.section).unwrap_or_default() + 1;
    let spans = vec![
        Span::styled(format!("< {} >", state.section.title()), bold().add_modifier(Modifier::REVERSED)),
        Span::styled(format!(" {number} of {}  ", Section::ALL.len()), dim()),
        Span::styled(unsaved, colour(state, Color::Yellow)),
    ];
    frame.render_widget(Line::from(spans), area);
}

fn paint_sections(state: &State, frame: &mut Frame<'_>, area: Rect) {
    for (section, y) in Section::ALL.iter().zip(area.top()..area.bottom()) {
        let is_here = *section == state.section;
        let style = if is_here { bold().add_modifier(Modifier::REVERSED) } else { Style::new() };
        let row = Rect { y, height: 1, width: area.width.saturating_sub(1), ..area };
        frame.render_widget(Line::styled(format!(" {:<11}", section.title()), style), row);
    }
}

fn paint_list(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let visible = state.items.iter().enumerate().skip(state.top).take(area.height.into());
    for ((index, item), y) in visible.zip(area.y..) {
        let line = item_line(state, item, index == state.selected, None, area.width.into());
        frame.render_widget(line, Rect { y, height: 1, ..area });
    }
}

fn paint_found(state: &State, frame: &mut Frame<'_>, area: Rect, detail: Rect) {
    let Focus::Search(_, at) = &state.focus else { return };
    let found = state.found();
    let top = (at + 1).saturating_sub(area.height.into());
    for ((index, (section, item)), y) in found.iter().enumerate().skip(top).zip(area.y..area.bottom()) {
        let line = item_line(state, item, index == *at, Some(*section), area.width.into());
        frame.render_widget(line, Rect { y, height: 1, ..area });
    }
    frame.render_widget(detail_text(state, found.get(*at).map(|(_, item)| item)), detail);
    if found.is_empty() {
        frame.render_widget(Line::styled("  nothing is found", dim()), Rect { height: 1, ..area });
    }
}

/// A row of the list; with its section where rows of several stand together.
fn item_line(state: &State, item: &Item, is_selected: bool, section: Option<Section>, width: usize) -> Line<'static> {
    let base = if is_selected { Style::new().add_modifier(Modifier::REVERSED) } else { Style::new() };
    let (mark, title, value, origin) = columns(state, item);
    // Titles are alike in several sections, keys are not.
    let title = match (section, item) {
        (Some(_), Item::Setting(key)) => key.to_string(),
        (Some(section), _) => format!("{}: {title}", section.title()),
        (None, _) => title,
    };
    let has_origin = width >= ORIGINS;
    let title_width = if section.is_some() {
        (width * 3 / 5).min(44)
    } else if width >= 48 {
        (width * 2 / 5).min(44)
    } else {
        width / 2
    };
    let origin_width = if has_origin { 16 } else { 0 };
    let value_width = width.saturating_sub(3 + title_width + 1 + origin_width);
    let marked = match mark {
        '*' | '!' => colour(state, Color::Yellow).patch(base),
        _ => base,
    };
    let mut spans = vec![
        Span::styled(if is_selected { ">" } else { " " }, base),
        Span::styled(format!("{mark} "), marked),
        Span::styled(cut(&title, title_width), base),
        Span::styled(" ", base),
        Span::styled(cut(&value, value_width), base),
    ];
    if has_origin {
        spans.push(Span::styled(" ", base));
        spans.push(Span::styled(cut(&origin, origin_width - 1), base.patch(if is_selected { base } else { dim() })));
    }
    Line::from(spans)
}

/// Mark, title, value, and where the value comes from.
fn columns(state: &State, item: &Item) -> (char, String, String, String) {
    let book = &state.book;
    match item {
        Item::Setting(key) => {
            let wrong = book.problem(&key.to_string()).is_some() || book.without_effect(key).is_some();
            let mark = if book.is_changed(key) {
                '*'
            } else if wrong {
                '!'
            } else {
                ' '
            };
            let indent = if key.backend().is_some() { "  " } else { "" };
            let effective = book.effective(key);
            let value = effective.map_or_else(|| "-".to_owned(), |one| items::brief(&one.value, key));
            let origin = effective.map_or_else(|| "not set".to_owned(), |one| short(&one.origin));
            (mark, format!("{indent}{}", key.setting().title), value, origin)
        }
        Item::Embedded => {
            (' ', "embedded".to_owned(), tested(state, "embedded", "the model inside cmdai"), "always there".to_owned())
        }
        Item::Backend(name) => {
            let wrong = book.problem(&format!("backends.{name}"));
            let mark = if book.is_backend_changed(name) {
                '*'
            } else if wrong.is_some() {
                '!'
            } else {
                ' '
            };
            let fold = if state.open.contains(name) { "-" } else { "+" };
            let field = |field: &str| {
                let key = Key::parse(&format!("backends.{name}.{field}")).ok();
                key.and_then(|key| Some(book.effective(&key)?.value.to_string())).unwrap_or_default()
            };
            let about = format!("{} {}", field("kind"), field("model"));
            (mark, format!("{fold} {name}"), tested(state, name, &about), String::new())
        }
        Item::AddBackend => (' ', "+ add a backend".to_owned(), String::new(), String::new()),
        Item::Model(at) => {
            let Some(model) = state.models.get(*at) else { return (' ', String::new(), String::new(), String::new()) };
            let about = match &model.state {
                Presence::Here => "here".to_owned(),
                Presence::Missing => "not here".to_owned(),
                Presence::Coming(percent) => format!("{percent} % is here"),
                Presence::Failed(_) => "could not be fetched".to_owned(),
            };
            let is_default = state.book.loaded().settings.model.default == model.id;
            let title = format!("{} {}", if is_default { "(o)" } else { "( )" }, model.id);
            (' ', title, about, crate::models::megabytes(model.bytes))
        }
    }
}

/// What came of the last test, else something about the backend.
fn tested(state: &State, name: &str, about: &str) -> String {
    match state.tests.get(name) {
        None => about.to_owned(),
        Some(Tested::Running) => "is being asked ...".to_owned(),
        Some(Tested::Answered(_)) => "answers".to_owned(),
        Some(Tested::Failed(_)) => "does not answer".to_owned(),
    }
}

/// Where a value comes from, in few words.
fn short(origin: &Origin) -> String {
    match origin {
        Origin::Default => "default".to_owned(),
        Origin::File { layer: Layer::User, at, .. } => format!("file:{}", at.line),
        Origin::File { layer, at, .. } => format!("{layer}:{}", at.line),
        other => one_line(&other.to_string()),
    }
}

/// What is to be said of a row, what is most important first.
fn detail_text(state: &State, item: Option<&Item>) -> Paragraph<'static> {
    let mut lines: Vec<Line<'static>> = Vec::new();
    let mut warn = |text: String| lines.push(Line::styled(one_line(&text), colour(state, Color::Yellow)));
    let book = &state.book;
    match item {
        Some(Item::Setting(key)) => {
            let name = key.to_string();
            book.problem(&name).into_iter().for_each(&mut warn);
            if let Some(why) = book.without_effect(key) {
                let own = book.own(key).map(|own| format!("; your file says {own}"));
                warn(format!("{why}{}", own.unwrap_or_default()));
            }
            let setting = key.setting();
            lines.push(Line::from(vec![Span::styled(name, bold()), Span::raw(format!("  {}", setting.help))]));
            let from = book.effective(key).map_or_else(|| "not set".to_owned(), super::super::show::from);
            lines.push(Line::styled(format!("Now: {from}."), dim()));
            lines.push(Line::styled(format!("Accepted: {}.", setting.kind.accepted()), dim()));
        }
        Some(item @ (Item::Backend(_) | Item::Embedded)) => {
            let name = item.backend().unwrap_or_default();
            book.problem(&format!("backends.{name}")).into_iter().for_each(&mut warn);
            match state.tests.get(name) {
                Some(Tested::Answered(text)) => lines.push(Line::from(one_line(text))),
                Some(Tested::Failed(why)) => warn(why.clone()),
                _ => lines.push(Line::from("t tests it: one small request, with the settings as they stand here.")),
            }
            if matches!(item, Item::Backend(_)) {
                lines.push(Line::styled("Enter shows its settings, d takes it out.", dim()));
            }
        }
        Some(Item::AddBackend) => {
            lines.push(Line::from("A server that speaks Ollama's protocol or OpenAI's. You give it a name; keys stay in a variable or a file."));
        }
        Some(Item::Model(at)) => {
            if let Some(model) = state.models.get(*at) {
                if let Presence::Failed(why) = &model.state {
                    warn(why.clone());
                }
                lines.push(Line::from(one_line(&model.about)));
                lines.push(Line::styled("Enter makes it the default, p fetches it.", dim()));
            }
        }
        None => {}
    }
    Paragraph::new(lines).wrap(Wrap { trim: false })
}

fn status_text(state: &State) -> String {
    if let Some(note) = &state.note {
        return one_line(note);
    }
    match &state.focus {
        Focus::Quit => "Leave without saving? y leaves, s saves, Esc stays".to_owned(),
        Focus::Forget(name) => format!("Take the backend {name} out? [y/N]"),
        Focus::List => format!("{} of {}", state.selected + 1, state.items.len()),
        _ => String::new(),
    }
}

fn alarm(state: &State) -> Style {
    if state.note.is_some() || matches!(state.focus, Focus::Quit | Focus::Forget(_)) { bold() } else { dim() }
}

/// A text in exactly this width.
pub(super) fn cut(text: &str, width: usize) -> String {
    let text = one_line(text);
    console::pad_str(&text, width, console::Alignment::Left, Some(if width > 3 { "..." } else { "" })).into_owned()
}

pub(super) fn colour(state: &State, colour: Color) -> Style {
    if state.colour { Style::new().fg(colour) } else { Style::new().add_modifier(Modifier::BOLD) }
}

pub(super) fn bold() -> Style {
    Style::new().add_modifier(Modifier::BOLD)
}

pub(super) fn dim() -> Style {
    Style::new().add_modifier(Modifier::DIM)
}
