//! The screen without a terminal: pictures at three sizes, what keys do, and any keys at any size.

use super::state::{Effect, Focus, State};
use super::{Line, search, settle, view};
use crate::screen::trials;
use chrono::DateTime;
use cmdai_history::redact::Redactor;
use cmdai_history::{SearchMode, Source, Store};
use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use proptest::prelude::*;
use ratatui::layout::Rect;

/// A moment of 2026 in seconds since 1970.
const NOW: i64 = 1_767_312_000;

fn store() -> Store {
    let mut store = Store::in_memory(Redactor::default()).unwrap();
    let run = |code: i32| format!(r#"{{"exit_code":{code},"duration":{{"secs":1,"nanos":0}}}}"#);
    let entry = |number: i64, command: &str, request: &str, execution: &str, more: &str| {
        let time = DateTime::from_timestamp(NOW - number * 4000, 0).unwrap().to_rfc3339();
        format!(
            r#"{{"id":"019b7{number:03x}-0000-7000-8000-000000000000","time":"{time}","request":"{request}","command":{command},
"edited":null,"shell":"bash","platform":"linux","cwd":"/home/ada","host":null,"user":null,"disposition":"run","safety":null,
"execution":{execution},"generation":null{more}}}"#
        )
        .replace('\n', "")
    };
    let lines = [
        r#"{"cmdai-history":1}"#.to_owned(),
        entry(1, r#""git push origin main""#, "publish my work", &run(0), ""),
        entry(2, r#""git pull --rebase""#, "", &run(1), r#","tags":["daily"]"#),
        entry(3, r#""docker ps\n-a""#, "", &run(0), r#","favourite":true"#),
        entry(4, r#""mysql -uroot -phunter2 app""#, "", &run(0), ""),
        entry(
            5,
            r#""echo 日本語のとても長い文字列 and a tail that is longer than a narrow screen can be""#,
            "",
            "null",
            "",
        ),
        entry(6, "null", "nothing came of this", "null", ""),
    ];
    let imported = store.import((lines.join("\n") + "\n").as_bytes(), Source::Native).unwrap();
    assert_eq!((imported.added, imported.skipped), (6, 0), "{imported:?}");
    store
}

fn painted(store: &Store, state: &mut State, width: u16, height: u16) -> String {
    let [_, list, ..] = view::parts(Rect::new(0, 0, width, height));
    state.resize(list.height.into());
    settle(store, state, &mut false).unwrap();
    trials::painted(width, height, |frame| view::paint(state, frame))
}

fn state(store: &Store, text: &str) -> State {
    let mut state = State { query: Line::new(text), mode: SearchMode::Substring, ..State::default() };
    search(store, &mut state).unwrap();
    state.now = DateTime::from_timestamp(NOW, 0).unwrap();
    state.resize(5);
    settle(store, &mut state, &mut false).unwrap();
    state
}

/// Takes a key as the loop does, without the effects that leave it.
fn press(store: &Store, state: &mut State, code: KeyCode, modifiers: KeyModifiers) -> Effect {
    let effect = state.update(Event::Key(KeyEvent::new(code, modifiers)));
    settle(store, state, &mut (effect == Effect::Search)).unwrap();
    effect
}

fn control(store: &Store, state: &mut State, c: char) -> Effect {
    press(store, state, KeyCode::Char(c), KeyModifiers::CONTROL)
}

#[track_caller]
fn check(name: &str, painted: &str) {
    trials::check("history", name, painted);
}

#[test]
fn it_looks_so() {
    let store = store();
    for (width, height) in [(80, 24), (120, 40), (40, 10)] {
        let size = format!("{width}x{height}");
        let mut all = state(&store, "");
        check(&format!("{size}.txt"), &painted(&store, &mut all, width, height));
        let mut some = state(&store, "git");
        press(&store, &mut some, KeyCode::Down, KeyModifiers::NONE);
        control(&store, &mut some, 't');
        check(&format!("{size}-tags.txt"), &painted(&store, &mut some, width, height));
    }
    let mut help = state(&store, "");
    press(&store, &mut help, KeyCode::F(1), KeyModifiers::NONE);
    check("help.txt", &painted(&store, &mut help, 80, 24));
}

#[test]
fn keys_do_what_they_say() {
    let store = store();
    let mut on = state(&store, "");
    assert_eq!(
        press(&store, &mut on, KeyCode::Enter, KeyModifiers::NONE),
        Effect::Run("git push origin main".to_owned())
    );
    assert_eq!(control(&store, &mut on, 'y'), Effect::Copy("git push origin main".to_owned()));
    let id = on.current().unwrap().entry.id;
    assert_eq!(control(&store, &mut on, 'f'), Effect::Favourite(id, true));
    control(&store, &mut on, 'x');
    assert_eq!(press(&store, &mut on, KeyCode::Enter, KeyModifiers::NONE), Effect::Paint, "Enter is no yes");
    assert_eq!(on.note.as_deref(), Some("nothing was deleted"));
    control(&store, &mut on, 'x');
    assert_eq!(press(&store, &mut on, KeyCode::Char('y'), KeyModifiers::NONE), Effect::Delete(id));
    control(&store, &mut on, 't');
    on.update(Event::Paste("a  b".to_owned()));
    assert_eq!(
        press(&store, &mut on, KeyCode::Enter, KeyModifiers::NONE),
        Effect::Tag(id, vec!["a".to_owned(), "b".to_owned()])
    );
    control(&store, &mut on, 'e');
    on.update(Event::Paste(" --force".to_owned()));
    assert_eq!(
        press(&store, &mut on, KeyCode::Enter, KeyModifiers::NONE),
        Effect::Run("git push origin main --force".to_owned())
    );
    control(&store, &mut on, 'o');
    assert_eq!(press(&store, &mut on, KeyCode::Enter, KeyModifiers::NONE), Effect::Export("history.ndjson".into()));
    control(&store, &mut on, 's');
    assert!(on.hits.len() == 1 && on.current().unwrap().entry.favourite);
    assert_eq!(press(&store, &mut on, KeyCode::Esc, KeyModifiers::NONE), Effect::Quit);
}

#[test]
fn what_was_hidden_or_never_came_is_not_run() {
    let store = store();
    let mut hidden = state(&store, "mysql");
    assert_eq!(press(&store, &mut hidden, KeyCode::Enter, KeyModifiers::NONE), Effect::Paint);
    assert!(hidden.note.as_deref().unwrap().contains("hidden"));
    control(&store, &mut hidden, 'e');
    assert_eq!(press(&store, &mut hidden, KeyCode::Enter, KeyModifiers::NONE), Effect::Paint, "not by editing either");
    let mut none = state(&store, "nothing came");
    assert_eq!(press(&store, &mut none, KeyCode::Enter, KeyModifiers::NONE), Effect::Paint);
    let mut broken = state(&store, "(");
    broken.mode = SearchMode::Regex;
    settle(&store, &mut broken, &mut true).unwrap();
    assert!(broken.note.as_deref().unwrap().contains("yet"));
}

#[cfg(unix)]
#[test]
fn a_panic_gives_the_terminal_back() {
    trials::a_panic_gives_the_terminal_back(concat!(module_path!(), "::a_panic_gives_the_terminal_back"), |screen| {
        let store = store();
        let state = state(&store, "git");
        screen.draw(|frame| view::paint(&state, frame)).unwrap();
    });
}

proptest! {
    #![proptest_config(trials::cases(64))]
    #[test]
    fn any_keys_leave_a_sound_state(
        events in prop::collection::vec(trials::any_event("git (é語🦀\u{301}y", "eyftxorsukwabpnzq", [4, 4]), 0..40),
        sizes in prop::collection::vec((1u16..90, 1u16..30), 1..4),
    ) {
        let store = store();
        let mut state = state(&store, "");
        for (number, event) in events.into_iter().enumerate() {
            let effect = state.update(event);
            settle(&store, &mut state, &mut (effect == Effect::Search)).unwrap();
            let (width, height) = sizes[number % sizes.len()];
            let picture = painted(&store, &mut state, width, height);
            prop_assert!(!picture.contains(char::from(27)));
            prop_assert!(state.hits.is_empty() && state.selected == 0 || state.selected < state.hits.len());
            prop_assert!(state.top <= state.selected && state.selected < state.top + state.rows.max(1));
            prop_assert!(state.hits.is_empty() || state.current().is_some());
            if let Focus::Edit(line) | Focus::Tags(_, line) | Focus::Export(line) = &state.focus {
                let (before, after) = line.halves();
                prop_assert_eq!(format!("{before}{after}"), line.text());
            }
        }
    }
}
