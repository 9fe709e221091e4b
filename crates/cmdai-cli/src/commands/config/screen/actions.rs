//! What keys do to the selected row and to the draft as a whole: changing, taking out, testing, fetching, saving, and what came of it.

use super::editor::Editor;
use super::items::Item;
use super::state::{Effect, Focus, Presence, State, Tested};
use crate::screen::line::Line;
use cmdai_config::schema::Kind;
use cmdai_config::{Changed, Draft, Key, SaveError, Value};
use crossterm::event::KeyCode;

impl State {
    /// Does what Enter does to the selected row, or what a space does.
    pub(super) fn activate(&mut self, is_space: bool) -> Effect {
        match self.current().cloned() {
            Some(Item::Setting(key)) => match (key.setting().kind, is_space) {
                (Kind::Switch, _) => self.cycle(&key, &["false", "true"]),
                (Kind::Choice(words), true) => self.cycle(&key, words),
                _ => match Editor::of(&key, &self.book) {
                    Ok(editor) => self.focus = Focus::Edit(editor),
                    Err(why) => return self.say(why),
                },
            },
            Some(Item::Embedded) => return self.test(),
            Some(Item::Backend(name)) if self.open.contains(&name) => drop(self.open.remove(&name)),
            Some(Item::Backend(name)) => drop(self.open.insert(name)),
            Some(Item::AddBackend) => self.ask_name(),
            Some(Item::Model(at)) => {
                let id = self.models.get(at).map(|model| model.id.clone()).unwrap_or_default();
                if let Ok(key) = Key::parse("model.default") {
                    let result = self.book.set(&key, &id);
                    self.staged(&key, result);
                }
            }
            None => {}
        }
        Effect::Paint
    }

    pub(super) fn cycle(&mut self, key: &Key, words: &[&str]) {
        let now = self.book.begin_with(key).as_ref().map(Value::to_string);
        let at =
            words.iter().position(|word| Some(*word) == now.as_deref()).map_or(0, |at| (at + 1) % words.len().max(1));
        let next = match (key.setting().kind, now) {
            // A switch that nobody set counts as off.
            (Kind::Switch, None) => "true",
            _ => words.get(at).copied().unwrap_or_default(),
        };
        let result = self.book.set(key, next);
        self.staged(key, result);
    }

    pub(super) fn ask_name(&mut self) {
        self.focus = Focus::Edit(Editor::Name { line: Line::default(), problem: None });
    }

    /// Takes the selected row out of the file.
    pub(super) fn reset(&mut self) -> Effect {
        match self.current().cloned() {
            Some(Item::Setting(key)) => {
                let before = self.book.draft().text().to_owned();
                let result = self.book.apply(|draft| draft.unset(&key.to_string()));
                if result.is_ok() && self.book.draft().text() == before {
                    return self.say("your file does not set it");
                }
                self.staged(&key, result);
                Effect::Paint
            }
            Some(Item::Backend(name)) => {
                self.focus = Focus::Forget(name);
                Effect::Paint
            }
            _ => self.say("there is nothing to take out"),
        }
    }

    pub(super) fn test(&mut self) -> Effect {
        let Some(name) = self.current().and_then(Item::backend).map(str::to_owned) else {
            return self.say("choose a backend to test");
        };
        if let Some(why) = self.book.problem(&format!("backends.{name}")) {
            return self.say(why);
        }
        if self.tests.insert(name.clone(), Tested::Running) == Some(Tested::Running) {
            return self.say("it is being asked already");
        }
        Effect::Test(name)
    }

    pub(super) fn pull(&mut self) -> Effect {
        let Some(&Item::Model(at)) = self.current() else { return self.say("choose a model to fetch") };
        let Some(model) = self.models.get_mut(at) else { return Effect::Paint };
        match model.state {
            Presence::Here => self.say("it is here"),
            Presence::Coming(_) => self.say("it is being fetched already"),
            Presence::Missing | Presence::Failed(_) => {
                model.state = Presence::Coming(0);
                Effect::Pull(model.id.clone())
            }
        }
    }

    /// Shows the difference, if there is one that can be saved.
    pub(super) fn difference(&mut self) -> Effect {
        if !self.book.draft().is_changed() {
            return self.say("nothing is changed");
        }
        if let Some(why) = self.book.wrong().into_iter().next() {
            return self.say(format!("this cannot be saved: {why}"));
        }
        let diff = self.book.draft().diff();
        let first = diff.iter().position(|line| line.kind != cmdai_config::LineKind::Same).unwrap_or_default();
        self.focus = Focus::Difference(first.saturating_sub(2));
        Effect::Paint
    }

    pub(super) fn quit(&mut self) -> Effect {
        if !self.book.draft().is_changed() {
            return Effect::Quit;
        }
        self.focus = Focus::Quit;
        Effect::Paint
    }

    pub(super) fn staged(&mut self, key: &Key, result: Result<(), String>) {
        if let (Ok(()), Some(why)) = (&result, self.book.without_effect(key)) {
            self.note = Some(why);
        }
        self.told(result);
    }

    pub(super) fn told(&mut self, result: Result<(), String>) {
        if let Err(why) = result {
            self.note = Some(why);
        }
    }

    pub(super) fn conflict_key(&mut self, changed: Box<Changed>, code: KeyCode) -> Effect {
        let taken = match code {
            KeyCode::Char(c @ ('m' | 't')) => self.book.go_on_after(&changed, c == 'm'),
            KeyCode::Esc | KeyCode::Char('q') => return self.say("nothing was written"),
            _ => {
                self.focus = Focus::Conflict(changed);
                return Effect::Paint;
            }
        };
        match taken {
            Ok(()) => {
                if self.book.draft().is_changed() {
                    self.difference()
                } else {
                    self.say("this is what the file says now")
                }
            }
            Err(why) => self.say(why.to_string()),
        }
    }

    /// Takes what became of saving.
    pub(super) fn saved(&mut self, result: Result<Draft, SaveError>) {
        match result {
            Ok(draft) => {
                self.note = Some(format!("saved {}", draft.path().display()));
                self.book.begin(draft);
            }
            Err(SaveError::Changed(changed)) => self.focus = Focus::Conflict(changed),
            Err(SaveError::Io { path, source }) => {
                self.note = Some(format!("{} cannot be written: {source}", path.display()));
            }
            Err(error) => self.note = Some(error.to_string()),
        }
        self.refresh();
    }
}
