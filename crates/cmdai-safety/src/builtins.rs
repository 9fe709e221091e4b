//! Commands that change the shell itself: directory, variables, functions, aliases, traps.

use crate::effects::How;
use crate::expand::Value;
use crate::opts;
use crate::risk::Verb;
use crate::run::Machine;
use crate::value::{Arg, Data, Taint, UNKNOWN, has_gap};
use cmdai_core::assess::RiskLevel;

impl Machine<'_> {
    #[allow(clippy::too_many_lines, reason = "one arm a program, read one by one")]
    /// Runs a builtin; nothing if `name` is none.
    pub(crate) fn builtin(&mut self, name: &str, head: &Arg, args: &[Arg], stdin: &Data) -> Option<Data> {
        if let Some(data) = self.shell_state(name, head, args) {
            return Some(data);
        }
        let empty = Data::known("");
        match name {
            "cd" | "pushd" | "chdir" => {
                let target = args.iter().find(|a| !a.is_option());
                self.change_directory(target);
                if let Some(target) = target
                    && target.taint.has(Taint::NET)
                {
                    self.not_understood("the directory comes from the network");
                }
                Some(empty)
            }
            "popd" => {
                self.cwd = None;
                Some(empty)
            }
            "pwd" => Some(Data::known(self.cwd.clone().unwrap_or_else(|| UNKNOWN.to_string()))),
            "eval" => {
                let text: Vec<&str> = args.iter().map(|a| a.text.as_str()).collect();
                let taint = args.iter().fold(Taint::default(), |t, a| t.with(a.taint));
                let span = args.first().map_or_else(|| head.span.clone(), |a| a.span.clone());
                let data = Data { text: Some(crate::value::unglob(&text.join(" "))), taint, from: "eval".to_owned() };
                Some(crate::shells::run_data(self, &data, self.shell, &span, &Data::default()))
            }
            "source" | "." => {
                let Some(script) = args.first().cloned() else {
                    let shell = self.shell;
                    return Some(crate::shells::run_data(self, stdin, shell, &head.span.clone(), &Data::default()));
                };
                Some(crate::shells::run_file(self, &script, self.shell, stdin))
            }
            "alias" => {
                for arg in args {
                    if let Some((alias, text)) = arg.text.split_once('=') {
                        self.aliases.insert(alias.to_owned(), text.to_owned());
                    }
                }
                Some(empty)
            }
            "bind" if args.iter().any(|a| a.text == "-x") => {
                for (_, command) in args.iter().filter_map(|a| a.text.split_once(':')) {
                    let span = head.span.clone();
                    self.inner_text(command, self.shell, &Data::default(), &span);
                }
                Some(empty)
            }
            // A function that is called later: at a key, or by another shell.
            "complete" if args.iter().any(|a| a.text == "-F") => {
                let function = args.iter().skip_while(|a| a.text != "-F").nth(1).cloned();
                self.later(&function.into_iter().collect::<Vec<_>>());
                Some(empty)
            }
            "export" | "declare" | "typeset"
                if args.iter().any(|a| matches!(a.text.as_str(), "-f" | "-fx" | "-xf")) =>
            {
                self.later(args);
                Some(empty)
            }
            "complete" | "compgen" if args.iter().any(|a| a.text == "-C") => {
                let command = args.iter().skip_while(|a| a.text != "-C").nth(1).cloned();
                if let Some(command) = command {
                    self.inner_text(&command.text, self.shell, &Data::default(), &command.span);
                }
                Some(empty)
            }
            "bind" if args.iter().any(|a| ["\\n", "\\C-m", "\\C-j"].iter().any(|key| a.text.contains(key))) => {
                for text in args.iter().filter_map(|a| a.text.split_once(':')).map(|(_, t)| t.trim().trim_matches('"'))
                {
                    let keys = ["\\n", "\\C-m", "\\C-a", "\\C-e", "\\C-k", "\\C-u", "\\C-j", "\\e"];
                    let command = keys.iter().fold(text.to_owned(), |text, key| text.replace(key, ""));
                    self.inner_text(&command, self.shell, &Data::default(), &head.span);
                }
                Some(empty)
            }
            "enable" if args.iter().any(|a| a.text == "-f") => {
                if let Some(file) = args.iter().skip_while(|a| a.text != "-f").nth(1) {
                    let file = file.clone();
                    self.watch_variable("LD_PRELOAD", &file.text, None);
                }
                Some(empty)
            }
            "unalias" | "unset" => {
                for arg in args {
                    self.aliases.remove(&arg.text);
                    self.functions.remove(&arg.text);
                    if self.vars.remove(&arg.text).is_some() || matches!(arg.text.as_str(), "HOME" | "PWD" | "TMPDIR") {
                        self.vars.insert(arg.text.clone(), Value::one("", Taint::default()));
                    }
                    if arg.text == "HISTFILE" {
                        self.history_off(arg);
                    }
                }
                Some(empty)
            }
            "set" => {
                if name == "set"
                    && args.iter().zip(args.iter().skip(1)).any(|(a, b)| a.text == "+o" && b.text == "history")
                {
                    self.history_off(head);
                }
                let words: Vec<&Arg> = args.iter().filter(|a| !a.is_option()).collect();
                if let [name, first, ..] = words.as_slice()
                    && matches!(
                        name.text.as_str(),
                        "PATH" | "fish_user_paths" | "fish_function_path" | "LD_PRELOAD" | "fish_history"
                    )
                {
                    let (name, first) = (name.text.clone(), first.text.clone());
                    self.watch_variable(&name, &first, None);
                }
                if let Some(at) = args.iter().position(|a| a.text == "--") {
                    let texts: Vec<String> = args.iter().skip(at + 1).map(|a| a.text.clone()).collect();
                    for (index, text) in texts.iter().take(9).enumerate() {
                        self.vars.insert((index + 1).to_string(), Value::one(text.clone(), Taint::default()));
                    }
                    self.vars.insert("@".to_owned(), Value { texts, taint: Taint::default(), array: true });
                }
                Some(empty)
            }
            "fish_add_path" => {
                for arg in args.iter().filter(|a| !a.is_option()) {
                    self.watch_variable("fish_user_paths", &arg.text, None);
                }
                Some(empty)
            }
            "export" | "declare" | "typeset" | "local" | "readonly" => {
                for arg in args.iter().filter(|a| !a.text.contains('=')) {
                    if arg.text == "-f" {
                        break;
                    }
                }
                Some(empty)
            }
            "read" | "mapfile" | "readarray" | "getopts" => {
                let lines = name.ends_with('y') || name == "mapfile";
                let valued: &[&str] = if lines {
                    &["-d", "-n", "-O", "-s", "-u", "-C", "-c"]
                } else {
                    &["-p", "-t", "-n", "-N", "-d", "-u", "-i", "-a"]
                };
                let opts = opts::parse(args, valued);
                // `mapfile -C` runs its callback for each line.
                if let Some(callback) = opts.value(&["-C"]).filter(|_| lines).cloned() {
                    self.inner_text(&callback.text, self.shell, &Data::default(), &callback.span);
                }
                let line = stdin.exact().and_then(|t| t.lines().next()).map(ToOwned::to_owned);
                if matches!(name, "mapfile" | "readarray") {
                    let lines = stdin.exact().map(|t| t.lines().take(64).map(ToOwned::to_owned).collect());
                    let texts = lines.unwrap_or_else(|| vec![UNKNOWN.to_string()]);
                    let into = opts.operands.first().map_or("MAPFILE", |a| a.text.as_str()).to_owned();
                    self.vars.insert(into, Value { texts, taint: stdin.taint, array: true });
                    return Some(empty);
                }
                for arg in opts.operands.iter().chain(opts.values(&["-a"])) {
                    let text = line.clone().unwrap_or_else(|| UNKNOWN.to_string());
                    let asked = opts.value(&["-p"]).is_some_and(|a| {
                        let lower = a.text.to_lowercase();
                        ["passw", "passphrase", "secret", "pin:", "token"].iter().any(|w| lower.contains(w))
                    });
                    let typed = (opts.has(&["-s"]) || asked) && stdin.text.is_none() && stdin.taint == Taint::default();
                    let taint = if typed { stdin.taint.with(Taint::ENV_SECRET) } else { stdin.taint };
                    self.vars.insert(arg.text.clone(), Value::one(text, taint));
                }
                Some(empty)
            }
            "trap" => {
                let opts = opts::parse(args, &[]);
                if opts.operands.len() > 1
                    && let Some(action) = opts.operands.first()
                {
                    let action = action.clone();
                    let at_end = opts.operands.iter().skip(1).all(|a| matches!(a.text.as_str(), "EXIT" | "0"));
                    if matches!(action.text.as_str(), "-" | "") {
                        return Some(empty);
                    }
                    if at_end && self.reentry == 1 && self.at_exit.len() < 4 {
                        // What its variables hold by then counts.
                        let span = self.at(&action.span);
                        self.at_exit.push((action.text, span));
                    } else {
                        self.inner_text(&action.text, self.shell, &Data::default(), &action.span);
                    }
                }
                Some(empty)
            }
            "history" => {
                if args.iter().any(|a| a.text.starts_with("-c") || a.text.starts_with("-d") || a.text.starts_with("-w"))
                {
                    self.history_off(head);
                }
                Some(Data::unknown(Taint::FILE.with(Taint::WHOLE), "the history"))
            }
            "hash" if args.first().is_some_and(|a| a.text == "-p") => {
                if let (Some(path), Some(alias)) = (args.get(1), args.get(2)) {
                    self.aliases.insert(alias.text.clone(), path.text.clone());
                    let class = self.place(&path.text).class;
                    let hidden =
                        path.text.split('/').any(|piece| piece.len() > 1 && piece.starts_with('.') && piece != "..");
                    if matches!(class, crate::paths::Class::Temp | crate::paths::Class::TempRoot) || hidden {
                        self.finding(
                            "replaced-command",
                            "execution",
                            RiskLevel::High,
                            &path.span.clone(),
                            "execute",
                            &path.text,
                            "makes a known name run a program from a place that others can write to",
                        );
                    }
                    if crate::rules::is_listed(&alias.text) {
                        let path = path.clone();
                        self.call(&[path], &Data::default());
                    }
                }
                Some(empty)
            }
            "printf" if args.first().is_some_and(|a| a.text == "-v") => {
                let data = crate::evaluate::print(self, "printf", args.get(2..)?, stdin)?;
                let text = data.text.unwrap_or_else(|| UNKNOWN.to_string());
                self.vars.insert(args.get(1)?.text.clone(), Value::one(text, data.taint));
                Some(empty)
            }
            "exit" | "return" | "break" | "continue" | "shift" | ":" | "true" | "false" | "wait" | "jobs" | "fg"
            | "bg" | "disown" | "umask" | "shopt" | "setopt" | "unsetopt" | "bind" | "complete" | "compgen"
            | "compdef" | "autoload" | "let" | "test" | "[" | "type" | "which" | "whence" | "where" | "hash"
            | "times" | "dirs" | "caller" | "help" | "enable" | "logout" | "zle" | "bindkey" | "zstyle" | "suspend"
            | "emulate" | "fc" | "rehash" | "compinit" | "vared" | "zmodload" | "functions" | "abbr" => Some(empty),
            _ => None,
        }
    }

    /// Runs functions that others call later.
    fn later(&mut self, names: &[Arg]) {
        for name in names.iter().filter(|a| !a.is_option()).take(8) {
            if self.functions.contains_key(&name.text) {
                self.call(std::slice::from_ref(name), &Data::default());
            }
        }
    }

    pub(crate) fn history_off(&mut self, at: &Arg) {
        self.advise(
            "history-off",
            "covering-tracks",
            RiskLevel::High,
            &at.span.clone(),
            "hide",
            "the shell's history",
            "removes or stops the record of what was run",
            "",
            "",
        );
        self.facts.push(crate::session::Fact::TracksCovered);
    }

    pub(crate) fn change_directory(&mut self, target: Option<&Arg>) {
        self.cwd = match target {
            None => Some(self.home.clone()),
            // A directory that was made for this moment.
            Some(arg) if arg.text.starts_with("/tmp/tmp.") && !arg.text.contains("..") => Some(arg.text.clone()),
            Some(arg) if arg.text == "-" || has_gap(&arg.text) => None,
            Some(arg) => {
                let base = self.cwd.clone();
                let path = crate::paths::normalise(&arg.text, base.as_deref());
                path.starts_with('/').then_some(path)
            }
        };
        let cwd = self.cwd.clone();
        self.note(|| format!("directory is now {}", cwd.as_deref().unwrap_or("not known")));
    }

    /// A program changes something at these paths one by one.
    pub(crate) fn touch_all<'a>(&mut self, verb: Verb, targets: impl IntoIterator<Item = &'a Arg>, how: How) {
        for target in targets {
            self.touch(verb, target, how);
        }
    }
}
