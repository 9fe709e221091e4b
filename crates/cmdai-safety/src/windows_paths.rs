//! Windows paths: the same classes, on drives and case-blind.

use crate::paths::{Class, Here, in_tree, inside, normalise};
use crate::value::STAR;
use std::borrow::Cow;

pub(crate) fn windows_class(path: &str, here: &Here<'_>) -> Class {
    let lower = path.to_lowercase();
    let rest = lower.get(3..).unwrap_or_default().trim_matches('/').trim_end_matches([STAR, '/', '.']);
    let home = normalise(here.home, None).to_lowercase();
    let first = rest.split('/').next().unwrap_or_default();
    match first {
        "" => Class::Root,
        _ if lower == home => Class::Home,
        "windows" | "program files" | "program files (x86)" | "programdata" | "boot"
            if !rest.contains('/') || rest.starts_with("windows/system32") =>
        {
            if rest.contains("/config/sam") {
                Class::Accounts
            } else {
                Class::SysTree
            }
        }
        "windows" | "program files" | "program files (x86)" | "programdata" => Class::SysFile,
        "users" if rest.matches('/').count() <= 1 => Class::OtherHome,
        _ if rest.contains("start menu/programs/startup") => Class::Autostart,
        _ if rest.contains("/temp/") || rest.ends_with("/temp") => Class::Temp,
        _ => match here.cwd.map(|cwd| normalise(cwd, None).to_lowercase()) {
            Some(cwd) if lower == cwd => Class::CwdAll,
            Some(cwd) if in_tree(&lower, &cwd) => inside(&lower, &cwd),
            _ => Class::Elsewhere,
        },
    }
}

/// `C:\x` and `\\?\C:\x` as `/c:/x`; anything else unchanged.
pub(crate) fn to_slashes(path: &str) -> Cow<'_, str> {
    let bare = path.strip_prefix("\\\\?\\").unwrap_or(path);
    let bytes = bare.as_bytes();
    match (bytes.first(), bytes.get(1)) {
        (Some(drive), Some(b':')) if drive.is_ascii_alphabetic() => {
            let rest = bare.get(2..).unwrap_or_default().replace('\\', "/");
            Cow::Owned(format!("/{}:/{rest}", char::from(drive.to_ascii_lowercase())))
        }
        _ => Cow::Borrowed(path),
    }
}
