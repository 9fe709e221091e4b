//! How much memory there is, so that a resident model steps aside when others need it.

use std::fs::read_to_string;
use std::path::Path;

/// Bytes that can be used without swapping, and all there are; `None` where the system does not tell. In a container or another group with
/// a limit of its own, that limit counts: who exceeds it is killed, however much the machine has.
#[must_use]
pub fn available() -> Option<(u64, u64)> {
    let text = read_to_string("/proc/meminfo").ok()?;
    let (available, total) = (field(&text, "MemAvailable:")? * 1024, field(&text, "MemTotal:")? * 1024);
    let groups = read_to_string("/proc/self/cgroup").unwrap_or_default();
    let limited = in_groups(Path::new("/sys/fs/cgroup"), &groups);
    Some(limited.map_or((available, total), |(room, limit)| (available.min(room), total.min(limit))))
}

/// The least room that a group around this process leaves, and its limit.
fn in_groups(root: &Path, told: &str) -> Option<(u64, u64)> {
    let own = told.lines().find_map(|line| line.strip_prefix("0::/"))?;
    let own = root.join(own);
    own.ancestors().take_while(|group| group.starts_with(root)).filter_map(room).min()
}

fn room(group: &Path) -> Option<(u64, u64)> {
    let text = |name| read_to_string(group.join(name)).ok();
    let limit: u64 = text("memory.max")?.trim().parse().ok()?;
    let used: u64 = text("memory.current")?.trim().parse().ok()?;
    let unused_files = text("memory.stat").and_then(|stat| field(&stat, "inactive_file ")).unwrap_or(0);
    Some((limit.saturating_sub(used.saturating_sub(unused_files)), limit))
}

/// Resident bytes of this process.
pub(super) fn resident() -> Option<u64> {
    let text = read_to_string("/proc/self/status").ok()?;
    Some(field(&text, "VmRSS:")? * 1024)
}

/// Whether so little is left that a program which only waits should end.
pub(super) fn is_short() -> bool {
    available().is_some_and(|(available, total)| available < total / 20)
}

/// Whether a model of this size finds room for as long as it is kept.
#[must_use]
pub fn has_room_for(bytes: u64) -> bool {
    available().is_none_or(|(available, total)| available > bytes + bytes / 4 + total / 10)
}

/// The number behind a name, as `/proc` and control groups write them.
fn field(text: &str, name: &str) -> Option<u64> {
    text.lines().find_map(|line| line.strip_prefix(name))?.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_as_the_kernel_writes_them() {
        let text = "MemTotal:       24576 kB\nMemFree:          10 kB\nMemAvailable:    2048 kB\n";
        assert_eq!(field(text, "MemAvailable:"), Some(2048));
        assert_eq!(field(text, "Nothing:"), None);
    }

    #[test]
    fn the_tightest_group_counts() {
        let root = tempfile::tempdir().unwrap();
        let group = |path: &str, max: &str, current: &str| {
            let dir = root.path().join(path);
            std::fs::create_dir_all(&dir).unwrap();
            std::fs::write(dir.join("memory.max"), max).unwrap();
            std::fs::write(dir.join("memory.current"), current).unwrap();
        };
        let check = |told: &str, expected| assert_eq!(in_groups(root.path(), told), expected, "{told}");
        check("0::/a/b\n", None);
        group("a/b", "max\n", "500\n");
        check("0::/a/b\n", None);
        group("a", "1000\n", "700\n");
        check("0::/a/b\n", Some((300, 1000)));
        std::fs::write(root.path().join("a/memory.stat"), "anon 400\ninactive_file 200\n").unwrap();
        check("0::/a/b\n", Some((500, 1000)));
        group("a/b", "600\n", "500\n");
        check("0::/a/b\n", Some((100, 600)));
        check("1:name=systemd:/a\n", None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_machine_tells() {
        let (available, total) = available().unwrap();
        assert!(available <= total && resident().unwrap() < total);
        assert!(!has_room_for(total) && has_room_for(0) == (available > total / 10));
    }
}
