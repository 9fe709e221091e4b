//! Variables that make later programs run something, load something or trust everybody.
//!
//! Part of the walk in [`run`](crate::run): each assignment passes here.

use crate::ir::Word;
use crate::run::Machine;
use crate::value::{Arg, Data};
use cmdai_core::assess::RiskLevel;

/// Variables whose value is a command that some program runs.
const COMMANDS: &str = "GIT_SSH_COMMAND PAGER GIT_PAGER EDITOR VISUAL GIT_EDITOR MANPAGER BROWSER GIT_EXTERNAL_DIFF \
    GIT_SEQUENCE_EDITOR SYSTEMD_PAGER BAT_PAGER DELTA_PAGER FZF_DEFAULT_COMMAND FCEDIT SUDO_EDITOR SUDO_ASKPASS SSH_ASKPASS \
    GIT_ASKPASS KUBE_EDITOR KUBECTL_EXTERNAL_DIFF CVS_RSH RSYNC_RSH GIT_SSH GIT_PROXY_COMMAND FZF_CTRL_T_COMMAND \
    FZF_ALT_C_COMMAND CRONTAB_EDITOR SYSTEMD_EDITOR HGEDITOR SVN_EDITOR AWS_PAGER GH_PAGER RUSTC_WRAPPER \
    CARGO_BUILD_RUSTC_WRAPPER RUSTC MAKESHELL CONFIG_SHELL TAR_RSH PSQL_PAGER PSQL_EDITOR TEXEDIT LPDEST_COMMAND";

impl Machine<'_> {
    fn unchecked(&mut self, name: &str, span: &crate::ir::Span) {
        self.finding(
            "unchecked-connections",
            "network",
            RiskLevel::High,
            span,
            "disable",
            name,
            "stops checking who the other side is, or writes down what keeps connections secret",
        );
    }

    #[allow(clippy::too_many_lines, reason = "one arm a variable, read one by one")]
    /// Variables that make later programs run something.
    pub(crate) fn watch_variable(&mut self, name: &str, text: &str, word: Option<&Word>) {
        let span = word.map_or(0..0, |w| w.span.clone());
        match name {
            // The shell expands prompts, and so runs what is substituted in them.
            "PS0" | "PS1" | "PS2" | "PS4" if text.contains("$(") || text.contains('`') => {
                self.inner_text(&format!(": \"{text}\""), self.shell, &Data::default(), &span);
            }
            "PROMPT_COMMAND" | "BASH_ENV" | "ENV" if name != "ENV" || text.starts_with('/') => {
                if name == "PROMPT_COMMAND" {
                    self.inner_text(text, self.shell, &Data::default(), &span);
                } else if !text.is_empty() {
                    let file = self.place(text).path;
                    if let Some(data) = self.files.get(&file).cloned() {
                        crate::shells::run_data(self, &data, self.shell, &span, &Data::default());
                    }
                    let open = matches!(self.place(text).class, crate::paths::Class::Temp);
                    self.finding(
                        "start-file-variable",
                        "persistence",
                        if open { RiskLevel::High } else { RiskLevel::Moderate },
                        &span,
                        "execute",
                        name,
                        "makes every shell that starts later run a file",
                    );
                }
            }
            // `|command %s`: every file that is looked at goes through it.
            "LESSOPEN" | "LESSCLOSE" => {
                let text = text.trim_start_matches(['|', '-', ' ']).replace("%s", "");
                self.inner_text(&text, self.shell, &Data::default(), &span);
            }
            _ if COMMANDS.split_whitespace().any(|v| v == name) => {
                self.inner_text(text, self.shell, &Data::default(), &span);
            }
            "LD_PRELOAD"
            | "LD_LIBRARY_PATH"
            | "DYLD_INSERT_LIBRARIES"
            | "LD_AUDIT"
            | "PYTHONSTARTUP"
            | "PERL5OPT"
            | "NODE_OPTIONS"
                if !text.is_empty()
                    && !is_known_library(text)
                    && (name != "NODE_OPTIONS" || text.contains("require"))
                    && (name != "LD_LIBRARY_PATH" || text.starts_with("/tmp") || text.starts_with("/dev/shm")) =>
            {
                self.finding(
                    "preload",
                    "execution",
                    RiskLevel::High,
                    &span,
                    "execute",
                    text,
                    "loads foreign code into every program that starts",
                );
            }
            // Connections are no longer checked, or their keys written down.
            "NODE_TLS_REJECT_UNAUTHORIZED" | "PYTHONHTTPSVERIFY" if text == "0" => self.unchecked(name, &span),
            "GIT_SSL_NO_VERIFY" | "SSLKEYLOGFILE" | "GIT_SSL_CAINFO_NONE" | "AWS_CLI_NO_VERIFY_SSL" | "HG_INSECURE"
                if !matches!(text, "" | "0" | "false") =>
            {
                self.unchecked(name, &span);
            }
            "PATH"
                if text.starts_with(['.', ':'])
                    || text.starts_with("/tmp")
                    || text.starts_with("/dev/shm")
                    || text.starts_with("/var/tmp") =>
            {
                self.finding(
                    "path-first",
                    "execution",
                    if text.starts_with('/') { RiskLevel::High } else { RiskLevel::Moderate },
                    &span,
                    "execute",
                    text,
                    "makes programs of an unsafe directory run in place of the system's",
                );
            }
            "HISTIGNORE" if text.split(':').any(|p| crate::value::unglob(p) == "*") => {
                self.history_off(&Arg::known(name, span));
            }
            "HISTFILE" | "HISTSIZE" | "HISTFILESIZE" if text.is_empty() || text == "/dev/null" || text == "0" => {
                self.history_off(&Arg::known(name, span));
            }
            _ => {}
        }
    }
}

/// Libraries of compilers and allocators that are meant to be loaded into a program, where the system keeps them.
fn is_known_library(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let known = [
        "libasan",
        "libtsan",
        "libubsan",
        "liblsan",
        "libjemalloc",
        "libtcmalloc",
        "libfaketime",
        "libmimalloc",
        "libSegFault",
    ];
    let system = !path.contains('/')
        || ["/usr/lib", "/lib", "/opt/homebrew", "/usr/local/lib"].iter().any(|d| path.starts_with(d));
    known.iter().any(|k| name.starts_with(k)) && system && !path.contains(' ')
}
