//! How much memory there is, so that a resident model steps aside when others need it.

/// Bytes that can be used without swapping, and all there are; `None` where the system does not tell.
pub(super) fn available() -> Option<(u64, u64)> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    Some((field(&text, "MemAvailable:")? * 1024, field(&text, "MemTotal:")? * 1024))
}

/// Resident bytes of this process.
pub(super) fn resident() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    Some(field(&text, "VmRSS:")? * 1024)
}

/// Whether so little is left that a program which only waits should end.
pub(super) fn is_short() -> bool {
    available().is_some_and(|(available, total)| available < total / 20)
}

/// Whether a model of this size finds room for as long as it is kept.
pub(super) fn has_room_for(bytes: u64) -> bool {
    available().is_none_or(|(available, total)| available > bytes + bytes / 4 + total / 10)
}

/// Kilobytes behind a name, as `/proc` writes them.
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

    #[cfg(target_os = "linux")]
    #[test]
    fn this_machine_tells() {
        let (available, total) = available().unwrap();
        assert!(available <= total && resident().unwrap() < total);
        assert!(!has_room_for(total) && has_room_for(0) == (available > total / 10));
    }
}
