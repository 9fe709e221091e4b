//! The screen without a terminal: pictures at three sizes, what keys do, and any keys at any size.

use super::book::{Around, Book};
use super::editor::Editor;
use super::state::{Effect, Focus, Model, Presence, State, Tested};
use super::view;
use crate::screen::trials;
use cmdai_config::schema::Section;
use cmdai_config::{Draft, Environment, Layer, Loaded, SaveError, Source};
use cmdai_core::contract::sample_context;
use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use proptest::prelude::*;
use ratatui::layout::Rect;

const PATH: &str = "/home/ada/.config/cmdai/config.toml";
const TEXT: &str = "\
# mine
request.timeout = 30
other = 1

[safety]
level = \"strict\" # for now
deny = [\"terraform destroy **\"]

[backends.desk]
kind = \"openai\"
url = \"http://127.0.0.1:8000\"
model = \"qwen2.5-coder\"
";

fn with(text: &str, variables: &[(&str, &str)]) -> State {
    let environment: Environment = variables.iter().copied().collect();
    let draft = Draft::new(&Source::new(Layer::User, PATH, text)).unwrap();
    let book = Book::new(draft, Around { environment, context: Some(sample_context()), ..Around::default() });
    let model = |id: &str, state| Model {
        id: id.to_owned(),
        about: "A model, license MIT.".to_owned(),
        bytes: 1_117_320_736,
        state,
    };
    let models = vec![model("qwen2.5-coder-1.5b", Presence::Here), model("smollm2-135m", Presence::Missing)];
    State::new(book, models, false)
}

fn state() -> State {
    with(TEXT, &[])
}

fn painted(state: &mut State, width: u16, height: u16) -> String {
    let parts = view::parts(Rect::new(0, 0, width, height));
    state.resize(parts.list.height.into());
    trials::painted(width, height, |frame| view::paint(state, frame))
}

fn press(state: &mut State, code: KeyCode) -> Effect {
    state.update(Event::Key(KeyEvent::new(code, KeyModifiers::NONE)))
}

fn control(state: &mut State, c: char) -> Effect {
    state.update(Event::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL)))
}

/// Types a text; `\n` is Enter and `\u{1b}` is Esc.
fn keys(state: &mut State, text: &str) -> Effect {
    let mut last = Effect::Paint;
    for c in text.chars() {
        last = press(
            state,
            match c {
                '\n' => KeyCode::Enter,
                '\u{1b}' => KeyCode::Esc,
                c => KeyCode::Char(c),
            },
        );
    }
    last
}

/// Goes to a setting by searching for it.
fn go(state: &mut State, key: &str) {
    keys(state, &format!("/{key}\n"));
}

#[track_caller]
fn check(name: &str, painted: &str) {
    trials::check("config", name, painted);
}

#[test]
fn it_looks_so() {
    for (width, height) in [(80, 24), (120, 40), (40, 10)] {
        let look = |name: &str, state: &mut State| {
            check(&format!("{width}x{height}{name}.txt"), &painted(state, width, height));
        };
        look("", &mut state());
        let mut some = state();
        keys(&mut some, "4");
        keys(&mut some, " ");
        look("-safety", &mut some);
        keys(&mut some, "/timeout");
        look("-search", &mut some);
        keys(&mut some, "\n\nabc\n");
        look("-wrong", &mut some);
        keys(&mut some, "\u{1b}s");
        look("-difference", &mut some);
        let mut lists = state();
        go(&mut lists, "safety.deny");
        press(&mut lists, KeyCode::Enter);
        look("-list", &mut lists);
        let mut hidden = with("safety.level = \"strict\"\n", &[("CMDAI_SAFETY", "permissive")]);
        go(&mut hidden, "safety.level");
        keys(&mut hidden, " ");
        look("-hidden", &mut hidden);
    }
    let mut help = state();
    keys(&mut help, "?");
    check("help.txt", &painted(&mut help, 80, 24));
    let mut form = state();
    go(&mut form, "safety.patterns");
    keys(&mut form, "\naprod\n(\n");
    press(&mut form, KeyCode::Right);
    keys(&mut form, "\nnames production\n");
    check("form.txt", &painted(&mut form, 80, 24));
    press(&mut form, KeyCode::Up);
    press(&mut form, KeyCode::Up);
    control(&mut form, 'u');
    keys(&mut form, "prod-[0-9]+\n\n");
    press(&mut form, KeyCode::Tab);
    keys(&mut form, "ssh prod-7 uptime");
    check("form-trial.txt", &painted(&mut form, 80, 24));
    check("40x10-form-trial.txt", &painted(&mut form, 40, 10));
    let mut models = state();
    models.pulled("smollm2-135m", Presence::Coming(41));
    keys(&mut models, "2");
    check("models.txt", &painted(&mut models, 80, 24));
}

#[test]
fn each_kind_has_its_editor_and_nothing_wrong_gets_through() {
    let mut on = state();
    go(&mut on, "request.timeout");
    for (typed, accepted) in [("abc", false), ("0", false), ("60", true)] {
        press(&mut on, KeyCode::Enter);
        control(&mut on, 'u');
        keys(&mut on, &format!("{typed}\n"));
        let is_open = matches!(&on.focus, Focus::Edit(Editor::Line { problem: Some(why), .. }) if why.contains("a number of seconds"));
        assert_eq!(is_open, !accepted, "{typed}: {:?}", on.focus);
        press(&mut on, KeyCode::Esc);
    }
    assert!(on.book.draft().text().contains("request.timeout = 60\n"));
    go(&mut on, "worker.enabled");
    keys(&mut on, " ");
    go(&mut on, "safety.level");
    keys(&mut on, "\np\n");
    go(&mut on, "safety.deny");
    keys(&mut on, "\n\n* x\n");
    assert!(matches!(&on.focus, Focus::Edit(Editor::List { problem: Some(_), line: Some(_), .. })), "{:?}", on.focus);
    control(&mut on, 'u');
    keys(&mut on, "kubectl delete **\n\u{1b}");
    go(&mut on, "safety.patterns");
    keys(&mut on, "\na");
    keys(&mut on, "prod\n(\n\nnames production\n");
    assert!(
        matches!(&on.focus, Focus::Edit(Editor::Rows { form: Some(form), .. }) if form.problem.is_some()),
        "{:?}",
        on.focus
    );
    press(&mut on, KeyCode::Up);
    press(&mut on, KeyCode::Up);
    control(&mut on, 'u');
    keys(&mut on, "prod-[0-9]+\n\n\n\u{1b}");
    go(&mut on, "backend.preferred");
    keys(&mut on, "\nd\n");
    let settings = &on.book.loaded().settings;
    assert_eq!((settings.request.timeout.as_secs(), settings.worker.enabled), (60, false));
    assert_eq!((settings.safety.level.name(), settings.safety.deny.len()), ("permissive", 2));
    assert_eq!(settings.safety.patterns.first().map(|own| own.pattern.as_str()), Some("prod-[0-9]+"));
    assert_eq!(on.book.wrong(), Vec::<String>::new());
    assert_eq!(on.book.changed(), 6);
    let text = on.book.draft().text().to_owned();
    assert!(text.starts_with("# mine\n") && text.contains("# for now") && text.contains("other = 1"), "{text}");
    for _ in 0..6 {
        keys(&mut on, "u");
    }
    assert!(!on.book.draft().is_changed() && on.book.changed() == 0);
    for _ in 0..6 {
        control(&mut on, 'r');
    }
    assert_eq!(on.book.draft().text(), text);
}

#[test]
fn a_pattern_is_tried_while_it_is_typed() {
    let own = "[[safety.patterns]]\nname = \"a\"\npattern = \"up\"\nrisk = \"critical\"\nwhy = \"b\"\n";
    let check = |pattern: &str, command: &str, expected: &str| {
        let mut on = with(own, &[]);
        go(&mut on, "safety.patterns");
        keys(&mut on, "\n\n\n");
        control(&mut on, 'u');
        keys(&mut on, &format!("{pattern}\n"));
        press(&mut on, KeyCode::Right);
        press(&mut on, KeyCode::Right);
        for _ in 0..2 {
            press(&mut on, KeyCode::Tab);
        }
        on.update(Event::Paste(command.to_owned()));
        let picture = painted(&mut on, 200, 24);
        assert!(picture.contains(expected), "{pattern} on {command}: {picture}");
        keys(&mut on, "\n");
        let is_wrong = expected.contains("not valid");
        assert_eq!(on.book.draft().is_changed(), !is_wrong, "only the row is taken over");
        assert!(!on.book.draft().text().contains(command));
    };
    check("prod-[0-9]+", "ssh prod-7 uptime", "`prod-7` matches: high, ask before it runs");
    // The row that is changed does not count as it was.
    check("prod-[0-9]+", "echo up", "no match: safe, may run");
    check("(", "echo up", "is not valid");
    check("(?:(?=a)a|a)*x", &format!("echo {}", "a".repeat(40)), "which counts as a match: high, ask before it runs");
    check("prod", "rm -rf /", "no match: critical, blocked");
}

#[test]
fn every_editor_is_painted_in_any_room() {
    let sizes = [1, 40].into_iter().flat_map(|width| (1..7).map(move |height| (width, height)));
    for setting in cmdai_config::schema::SETTINGS {
        // As it opens, and one step further in lists and tables.
        for more in ["", "a"] {
            let mut on = state();
            go(&mut on, setting.key);
            keys(&mut on, &format!("\n{more}"));
            for (width, height) in sizes.clone() {
                painted(&mut on, width, height);
            }
        }
    }
}

#[test]
fn backends_come_and_go() {
    let mut on = with("", &[]);
    keys(&mut on, "amy desk\n");
    assert!(matches!(&on.focus, Focus::Edit(Editor::Name { problem: Some(_), .. })), "{:?}", on.focus);
    control(&mut on, 'u');
    keys(&mut on, "desk\n");
    assert!(on.book.wrong().iter().any(|why| why.contains("has no `model`")), "{:?}", on.book.wrong());
    keys(&mut on, "s");
    assert!(on.note.as_deref().unwrap().contains("cannot be saved"), "{:?}", on.note);
    // Where the selection is now.
    keys(&mut on, "\nqwen2.5-coder\n");
    assert_eq!(on.book.loaded().settings.backends["desk"].model, "qwen2.5-coder");
    assert_eq!(keys(&mut on, "t"), Effect::Test("desk".to_owned()));
    assert_eq!(keys(&mut on, "t"), Effect::Paint, "not twice");
    on.tested("desk".to_owned(), Tested::Failed("nobody is there".to_owned()));
    go(&mut on, "backends.desk");
    assert!(painted(&mut on, 80, 24).contains("nobody is there"));
    go(&mut on, "backend.preferred");
    keys(&mut on, "\nd\n");
    go(&mut on, "backends.desk");
    keys(&mut on, "d\n");
    assert!(on.book.backends().contains("desk"), "Enter is no yes");
    keys(&mut on, "dy");
    assert!(on.book.backends().is_empty());
    assert!(on.book.wrong().iter().any(|why| why.contains("there is not")), "somebody names it still");
}

#[test]
fn nothing_is_written_that_was_not_shown() {
    let mut on = state();
    assert_eq!(keys(&mut on, "s"), Effect::Paint);
    assert_eq!(on.note.as_deref(), Some("nothing is changed"));
    go(&mut on, "safety.level");
    keys(&mut on, " ");
    assert_eq!(keys(&mut on, "q"), Effect::Paint, "it is not saved");
    assert_eq!(keys(&mut on, "\u{1b}s\u{1b}"), Effect::Paint);
    assert_eq!(keys(&mut on, "s\n"), Effect::Save);
    on.saved(Ok(Draft::new(&on.book.draft().source()).unwrap()));
    assert!(!on.book.draft().is_changed() && on.note.as_deref().unwrap().contains(PATH));
    assert_eq!(keys(&mut on, "q"), Effect::Quit);
    keys(&mut on, " q");
    assert_eq!(keys(&mut on, "y"), Effect::Quit);
    control(&mut on, 'c');
    assert_eq!(control(&mut on, 'c'), Effect::Quit);
}

#[test]
fn what_somebody_else_wrote_meanwhile_is_not_lost() {
    let newer = "request.timeout = 5\nsafety.level = \"permissive\"\n";
    for (answer, timeout, level) in [("m", 7, "permissive"), ("t", 5, "permissive"), ("\u{1b}", 7, "strict")] {
        let mut on = with("request.timeout = 30\nsafety.level = \"strict\"\n", &[]);
        go(&mut on, "request.timeout");
        press(&mut on, KeyCode::Enter);
        control(&mut on, 'u');
        keys(&mut on, "7\n");
        let conflicts = on.book.draft().conflicts(newer);
        let changed = cmdai_config::Changed { path: PATH.into(), newer: newer.to_owned(), conflicts };
        on.saved(Err(SaveError::Changed(Box::new(changed))));
        assert!(painted(&mut on, 80, 24).contains("request.timeout: the file says 5, you say 7"));
        keys(&mut on, answer);
        let settings = &on.book.loaded().settings;
        assert_eq!((settings.request.timeout.as_secs(), settings.safety.level.name()), (timeout, level), "{answer}");
        assert_eq!(matches!(on.focus, Focus::Difference(_)), answer == "m");
    }
}

#[test]
fn what_is_wrong_in_the_file_is_shown_and_put_right() {
    let mut on = with("safety.level = \"loose\"\n", &[]);
    keys(&mut on, "4");
    assert!(painted(&mut on, 80, 24).contains("is `loose`, expected strict, moderate or permissive"));
    go(&mut on, "worker.enabled");
    keys(&mut on, " s");
    assert!(on.note.as_deref().unwrap().contains("`loose`"), "{:?}", on.note);
    go(&mut on, "safety.level");
    keys(&mut on, "ds");
    assert!(matches!(on.focus, Focus::Difference(_)), "{:?}", on.note);
    assert!(!on.book.draft().text().contains("loose"));
}

#[test]
fn what_hides_an_edit_is_said() {
    let mut on = with("", &[("CMDAI_SAFETY", "permissive")]);
    go(&mut on, "safety.level");
    assert!(painted(&mut on, 80, 24).contains("no effect because $CMDAI_SAFETY is set"));
    keys(&mut on, " ");
    assert!(on.note.as_deref().unwrap().contains("$CMDAI_SAFETY"), "{:?}", on.note);
    assert_eq!(on.book.loaded().settings.safety.level.name(), "permissive");
}

#[cfg(unix)]
#[test]
fn a_panic_gives_the_terminal_back() {
    trials::a_panic_gives_the_terminal_back(concat!(module_path!(), "::a_panic_gives_the_terminal_back"), |screen| {
        screen.draw(|frame| view::paint(&state(), frame)).unwrap();
    });
}

/// Characters that mean something on this screen, and some that are wide or combine.
const PLAIN: &str = "12345678 /udatpsqynmKJkjh?x0.é語🦀\u{301}";

proptest! {
    #![proptest_config(trials::cases(24))]
    #[test]
    fn any_keys_leave_a_sound_state(
        events in prop::collection::vec(trials::any_event(PLAIN, "crsuzw", [6, 1]), 0..40),
        sizes in prop::collection::vec((1u16..130, 1u16..40), 1..4),
    ) {
        let mut on = state();
        let base = on.book.draft().base().to_owned();
        for (number, event) in events.into_iter().enumerate() {
            let was_shown = matches!(on.focus, Focus::Difference(_));
            let effect = on.update(event);
            prop_assert!(effect != Effect::Save || was_shown);
            let (width, height) = sizes[number % sizes.len()];
            let picture = painted(&mut on, width, height);
            prop_assert!(!picture.contains(char::from(27)));
            prop_assert!(on.selected < on.items.len());
            prop_assert!(on.top <= on.selected && on.selected < on.top + on.rows.max(1));
            // The draft is a whole file at any time, and nothing but staging happened to it.
            prop_assert_eq!(on.book.draft().base(), base.as_str());
            prop_assert!(Draft::new(&on.book.draft().source()).is_ok());
            prop_assert!(on.book.draft().text().contains("# mine") && on.book.draft().text().contains("other = 1"));
        }
        let Loaded { effective, .. } = on.book.loaded();
        prop_assert!(!effective.is_empty());
        prop_assert!(Section::ALL.contains(&on.section));
    }
}
