//! `cmdai config` on the full screen.
//!
//! All that is changed is staged in a draft; the file is written once its difference was shown and agreed to, as a whole, and only if it is
//! still what it was. Tests of backends and downloads run beside the screen.
//! Invariant: the terminal is as it was before, however this ends (`the_terminal_is_left_as_it_was`).

mod actions;
mod editor;
mod form;
mod jobs;
pub mod measure;
mod panel;
mod state;
mod trial;
mod view;

#[cfg(test)]
mod tests;

pub(super) use jobs::known;
pub(super) use state::Presence;

use super::{ConfigError, book, items};
use crate::errors::Failure;
use crate::exit_code::ExitCode;
use crate::screen::raw::Screen;
use crate::screen::signals;
use crate::settings;
use book::Book;
use crossterm::event;
use jobs::Report;
use ratatui::layout::Rect;
use state::{Effect, State};
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

/// How often signals and jobs are looked for while no key comes.
const LOOK: Duration = Duration::from_millis(100);

/// A terminal that is smaller when the screen would open shows too little of it. One that becomes so keeps the screen.
const NARROWEST: u16 = 20;
const LOWEST: u16 = 6;

/// How the screen ended.
enum End {
    Quit,
    Signal(i32),
}

/// Takes the terminal, where it can show a full screen.
pub(super) fn open() -> Option<Screen> {
    let term = std::env::var("TERM").unwrap_or_default();
    let is_poor = term == "dumb" || (cfg!(unix) && term.is_empty());
    let fits = || crossterm::terminal::size().is_ok_and(|(width, height)| width >= NARROWEST && height >= LOWEST);
    if is_poor || !fits() {
        return None;
    }
    let opened = Screen::open();
    opened.inspect_err(|error| tracing::debug!(%error, "no full screen")).ok()
}

/// Shows the screen until it is left.
pub(super) fn run(book: Book, mut screen: Screen) -> Result<ExitCode, Failure> {
    let mut state = State::new(book, jobs::known(), console::colors_enabled_stderr());
    let end = work(&mut state, &mut screen);
    drop(screen);
    match end.map_err(ConfigError::Screen)? {
        End::Quit => Ok(ExitCode::Ok),
        End::Signal(signal) => Err(signals::end_by(signal)),
    }
}

fn work(state: &mut State, screen: &mut Screen) -> std::io::Result<End> {
    let (sender, reports) = channel();
    loop {
        if !event::poll(Duration::ZERO)? {
            paint(state, screen)?;
            while !event::poll(LOOK)? {
                if let Some(signal) = screen.signal() {
                    return Ok(End::Signal(signal));
                }
                let mut is_new = false;
                for report in reports.try_iter() {
                    is_new = true;
                    match report {
                        Report::Tested(name, result) => state.tested(name, result),
                        Report::Pulled(id, how) => state.pulled(&id, how),
                    }
                }
                if is_new {
                    paint(state, screen)?;
                }
            }
        }
        match state.update(event::read()?) {
            Effect::Quit => return Ok(End::Quit),
            Effect::Suspend => screen.suspend()?,
            effect => act(state, effect, &sender),
        }
    }
}

/// Does what an effect asks of the outside.
fn act(state: &mut State, effect: Effect, to: &Sender<Report>) {
    let settings = || state.book.loaded().settings.clone();
    match effect {
        Effect::Save => {
            let result = cmdai_config::save(state.book.draft(), Some(&settings::check));
            state.saved(result);
        }
        Effect::Test(name) => jobs::test(name, settings(), to),
        Effect::Pull(id) => jobs::fetch(id, &settings(), to),
        Effect::Paint | Effect::Quit | Effect::Suspend => {}
    }
}

fn paint(state: &mut State, screen: &mut Screen) -> std::io::Result<()> {
    let size = screen.size()?;
    let parts = view::parts(Rect::new(0, 0, size.width, size.height));
    state.resize(parts.list.height.into());
    screen.draw(|frame| view::paint(state, frame))
}
