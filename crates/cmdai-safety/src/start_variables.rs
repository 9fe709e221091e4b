//! Variables that make later programs run something, load something or trust everybody.
//!
//! Part of the walk in [`run`](crate::run): each assignment passes here.

use crate::by_name::Words;
use crate::ir::Word;
use crate::run::Machine;
use crate::value::{Arg, Data};
use cmdai_core::assess::RiskLevel;

/// Variables whose value is a command that some program runs.
static COMMANDS: Words = Words::new(
    "GIT_SSH_COMMAND PAGER GIT_PAGER EDITOR VISUAL GIT_EDITOR MANPAGER BROWSER GIT_EXTERNAL_DIFF \
    GIT_SEQUENCE_EDITOR SYSTEMD_PAGER BAT_PAGER DELTA_PAGER FZF_DEFAULT_COMMAND FCEDIT SUDO_EDITOR SUDO_ASKPASS SSH_ASKPASS \
    GIT_ASKPASS KUBE_EDITOR KUBECTL_EXTERNAL_DIFF CVS_RSH RSYNC_RSH GIT_SSH GIT_PROXY_COMMAND FZF_CTRL_T_COMMAND \
    FZF_ALT_C_COMMAND CRONTAB_EDITOR SYSTEMD_EDITOR HGEDITOR SVN_EDITOR AWS_PAGER GH_PAGER RUSTC_WRAPPER \
    CARGO_BUILD_RUSTC_WRAPPER RUSTC MAKESHELL CONFIG_SHELL TAR_RSH PSQL_PAGER PSQL_EDITOR TEXEDIT LPDEST_COMMAND",
);

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
                    let open = passes_by(&file);
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
            // A function that the next shell takes over.
            _ if name.starts_with("BASH_FUNC_") => {
                let body =
                    text.trim_start_matches("()").trim().trim_start_matches('{').trim_end_matches('}').to_owned();
                self.inner_text(&body, self.shell, &Data::default(), &span);
            }
            _ if COMMANDS.has(name) => {
                self.inner_text(text, self.shell, &Data::default(), &span);
            }
            // Settings of git by number: the value of one of them may be a command.
            _ if name.starts_with("GIT_CONFIG_VALUE_") || name == "GIT_CONFIG_PARAMETERS" => {
                let text = text.trim_matches('\'').split_once("='").map_or(text, |(_, value)| value).to_owned();
                crate::program_calls::weakly(self, |m| {
                    m.inner_text(text.trim_start_matches('!'), m.shell, &Data::default(), &span);
                });
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
            "NODE_TLS_REJECT_UNAUTHORIZED"
            | "PYTHONHTTPSVERIFY"
            | "PERL_LWP_SSL_VERIFY_HOSTNAME"
            | "CONSUL_HTTP_SSL_VERIFY"
            | "npm_config_strict_ssl"
            | "NPM_CONFIG_STRICT_SSL"
            | "BUNDLE_SSL_VERIFY_MODE"
            | "LDAPTLS_REQCERT"
                if matches!(text, "0" | "false" | "never") =>
            {
                self.unchecked(name, &span);
            }
            "GOSUMDB" | "GONOSUMCHECK" | "GONOSUMDB" | "GOINSECURE" if matches!(text, "off" | "*" | "1") => {
                self.unchecked(name, &span);
            }
            "CURL_CA_BUNDLE" | "REQUESTS_CA_BUNDLE" if word.is_some() && (text.is_empty() || text == "/dev/null") => {
                self.unchecked(name, &span);
            }
            "GIT_SSL_NO_VERIFY"
            | "SSLKEYLOGFILE"
            | "GIT_SSL_CAINFO_NONE"
            | "AWS_CLI_NO_VERIFY_SSL"
            | "HG_INSECURE"
            | "VAULT_SKIP_VERIFY"
            | "NOMAD_SKIP_VERIFY"
            | "ETCDCTL_INSECURE_SKIP_TLS_VERIFY"
            | "ARGOCD_INSECURE"
            | "OS_INSECURE"
            | "GOVC_INSECURE"
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
            // Everything that talks to the web goes by a machine that has no name.
            "http_proxy"
            | "https_proxy"
            | "all_proxy"
            | "HTTP_PROXY"
            | "HTTPS_PROXY"
            | "ALL_PROXY"
            | "ftp_proxy"
            | "AWS_ENDPOINT_URL"
            | "PIP_INDEX_URL"
            | "PIP_EXTRA_INDEX_URL"
            | "npm_config_registry"
            | "NPM_CONFIG_REGISTRY"
            | "GOPROXY"
            | "OPENAI_BASE_URL"
            | "OPENAI_API_BASE"
            | "ANTHROPIC_BASE_URL"
            | "UV_INDEX_URL"
            | "CARGO_HTTP_PROXY"
                if is_nameless(text) =>
            {
                let why = "leads all that later programs send over a machine on the internet that has no name";
                self.finding("foreign-proxy", "network", RiskLevel::High, &span, "send", text, why);
            }
            // Libraries, modules and start files out of a directory where everybody may write.
            "ZDOTDIR" | "GCONV_PATH" | "JAVA_TOOL_OPTIONS" | "_JAVA_OPTIONS" | "JDK_JAVA_OPTIONS" | "RUBYOPT"
            | "PERL5DB" | "LUA_INIT" | "OPENSSL_CONF" | "OPENSSL_ENGINES" | "OPENSSL_MODULES" | "GIT_CONFIG_GLOBAL"
            | "GIT_TEMPLATE_DIR" | "GIT_EXEC_PATH" | "PYTHONHOME" | "fish_user_paths" | "fish_function_path"
            | "FPATH" | "KRB5_CONFIG" | "GTK_MODULES" | "QT_PLUGIN_PATH" | "GIO_MODULE_DIR" | "VIMINIT" | "INPUTRC"
                if text.split([':', '=', ' ', '@']).any(|p| passes_by(p.trim_start_matches("-r"))) =>
            {
                let why = "makes later programs load what lies where everybody may write";
                self.finding("preload", "execution", RiskLevel::High, &span, "execute", text, why);
            }
            "HISTIGNORE" if text.split(':').any(|p| crate::value::unglob(p) == "*") => {
                self.history_off(&Arg::known(name, span));
            }
            "SAVEHIST" | "HISTFILE" | "HISTSIZE" | "HISTFILESIZE"
                if text.is_empty() || text == "/dev/null" || text == "0" =>
            {
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

/// Whether a path lies where everybody may write.
fn passes_by(path: &str) -> bool {
    ["/tmp/", "/var/tmp/", "/dev/shm/"].iter().any(|d| path.starts_with(d))
        || matches!(path, "/tmp" | "/var/tmp" | "/dev/shm")
}

/// Whether an address is a number on the internet.
fn is_nameless(address: &str) -> bool {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let rest = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    let host = rest.split(['/', ':']).next().unwrap_or_default();
    host.parse::<std::net::Ipv4Addr>()
        .is_ok_and(|ip| !ip.is_private() && !ip.is_loopback() && !ip.is_unspecified() && !ip.is_link_local())
}
