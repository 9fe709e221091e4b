//! Commands of the shell that show where programs are, repeat what was run, or open what is made from now on; and programs that
//! print settings for the shell that reads them.
//!
//! Beside [`builtins`](crate::builtins), which asks here first.

use crate::by_name::Words;
use crate::run::Machine;
use crate::value::{Arg, Data, Taint};
use cmdai_core::assess::RiskLevel;

/// Programs whose output is meant for `eval`, and the words with which they print it.
static PRINTERS: Words = Words::new(
    "ssh-agent gpg-agent dircolors lesspipe starship zoxide atuin thefuck resize keychain brew rbenv pyenv nodenv \
    goenv jenv fnm opam mise rtx register-python-argcomplete luarocks mcfly oh-my-posh navi vivid fzf batpipe batman docker-machine \
    minikube conda mamba micromamba sheldon pkgx phpenv plenv direnv asdf chruby jump autojump pazi zellij devbox vfox proto \
    hub scmpuff carapace mcfly intelli-shell",
);
/// Programs that print how the shell completes them.
static COMPLETERS: Words = Words::new(
    "kubectl oc helm gh glab pip pip3 pipx npm pnpm yarn deno bun uv rye poetry pdm hatch rustup docker podman nerdctl \
    minikube kind k3d k3s k9s stern flux argocd argo istioctl linkerd eksctl kops kubeadm crictl talosctl cilium velero skaffold tilt \
    ng hugo doctl hcloud flyctl fly scw civo linode-cli op bw chezmoi rclone restic dagger buf golangci-lint goreleaser sops yq volta \
    mise just starship bat delta rg fd atuin zellij tailscale cosign syft grype trivy tofu vault-cli stripe supabase railway turso \
    wrangler heroku kustomize kubectx nix task lefthook pulumi crane oras step age-plugin",
);
const PRINTING: &[&str] = &[
    "-s",
    "init",
    "shellenv",
    "env",
    "activate",
    "hook",
    "--bash",
    "--zsh",
    "--eval",
    "--alias",
    "path",
    "docker-env",
    "shell.bash",
    "shell.zsh",
];

/// Whether `name` prints settings for the shell.
pub(crate) fn prints_settings(name: &str, args: &[Arg]) -> bool {
    PRINTERS.has(name)
        && (args.iter().any(|a| PRINTING.contains(&a.text.as_str()))
            || args.iter().all(Arg::is_option) && matches!(name, "ssh-agent" | "dircolors" | "lesspipe" | "resize"))
        || args.len() <= 4
            && args.first().is_some_and(|a| {
                matches!(
                    a.text.as_str(),
                    "completion"
                        | "completions"
                        | "generate-shell-completion"
                        | "gen-completions"
                        | "--completion"
                        | "gen-completion"
                )
            })
            && COMPLETERS.has(name)
}

impl Machine<'_> {
    /// Runs such a command; nothing if `name` is none.
    pub(crate) fn shell_state(&mut self, name: &str, head: &Arg, args: &[Arg]) -> Option<Data> {
        let empty = Data::known("");
        match name {
            "trap" if args.first().is_some_and(|a| matches!(a.text.as_str(), "-p" | "-l" | "-P")) => Some(empty),
            // Everything that this shell makes from now on is everybody's to change.
            "umask"
                if args.iter().any(|a| {
                    matches!(a.text.as_str(), "0" | "00" | "000" | "0000" | "a=rwx" | "ugo=rwx" | "a+rwx")
                }) =>
            {
                self.finding(
                    "umask-open",
                    "permissions",
                    RiskLevel::High,
                    &head.span.clone(),
                    "permissions",
                    "new files",
                    "lets everybody change the files that are made from now on",
                );
                Some(empty)
            }
            "which" | "type" | "whence" | "where" | "whereis"
                if name != "type" || args.iter().any(|a| matches!(a.text.as_str(), "-P" | "-p" | "-fP")) =>
            {
                let found: Vec<String> = args
                    .iter()
                    .filter(|a| !a.is_option())
                    .map(|a| {
                        if a.text.contains('/') || a.has_gap() {
                            a.text.clone()
                        } else {
                            format!("/usr/bin/{}", a.text)
                        }
                    })
                    .collect();
                Some(Data { text: Some(found.join("\n")), ..Data::default() })
            }
            "fc" | "r" if args.iter().any(|a| a.text.starts_with("-s") || name == "r" && a.text.contains('=')) => {
                // The last command of that name with something put in: run with what is put in behind it.
                let with: Vec<&str> = args.iter().filter_map(|a| a.text.split_once('=').map(|(_, new)| new)).collect();
                let command =
                    args.iter().rev().find(|a| !a.is_option() && !a.text.contains('=')).map_or("", |a| a.text.as_str());
                let text = format!("{command} {}", with.join(" "));
                let span = head.span.clone();
                crate::program_calls::weakly(self, |m| {
                    m.inner_text(&text, m.shell, &Data::default(), &span);
                });
                Some(empty)
            }
            "set" | "declare" | "typeset" | "export"
                if args.is_empty()
                    || args.len() == 1
                        && args.first().is_some_and(|a| matches!(a.text.as_str(), "-p" | "-x" | "-px")) =>
            {
                Some(Data::unknown(Taint::ENV_SECRET, "the environment"))
            }
            _ => None,
        }
    }
}
