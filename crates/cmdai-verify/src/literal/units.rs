//! Sizes and times in all the numbers they may be written as.
//!
//! Under [`super`]: 10 MB is 10, 10000, 10240, 10485760 and some more; "more than" and "from" move a number by one.

/// The numbers that may stand for `amount` of `unit`; nothing if `unit` is no unit.
pub(super) fn forms(amount: f64, unit: &str) -> Option<Vec<u64>> {
    let unit = unit.to_lowercase();
    if let Some(power) = size(&unit) {
        return Some(sizes(amount, power));
    }
    let seconds = time(&unit)?;
    let mut out = around(amount);
    for other in [1.0, 60.0, 3600.0, 86_400.0, 604_800.0, 2_592_000.0] {
        let value = amount * seconds / other;
        // One of a longer unit has no neighbours: a week is one week, and not two.
        out.extend(if value < 2.0 { around(value).into_iter().take(1).collect() } else { around(value) });
    }
    // Months and years have no one length.
    if seconds >= 2_592_000.0 {
        let days = amount * seconds / 86_400.0;
        for other in [
            28.0 / 30.0,
            29.0 / 30.0,
            31.0 / 30.0,
            30.5 / 30.0,
            366.0 / 365.0,
            365.25 / 365.0,
            360.0 / 365.0,
            364.0 / 365.0,
        ] {
            out.extend(around((days * other).round()));
        }
        out.extend(around((amount * seconds / 2_629_800.0).round()));
    }
    Some(out)
}

/// The number and its neighbours, if it is whole.
pub(super) fn around(value: f64) -> Vec<u64> {
    if !(0.0..=1e18).contains(&value) {
        return Vec::new();
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within limits, checked above")]
    let whole = [value.floor() as u64, value.ceil() as u64];
    if value < 1.0 && value > 0.0 {
        return vec![1];
    }
    whole.into_iter().flat_map(|n| [n, n.saturating_sub(1), n + 1]).collect()
}

fn sizes(amount: f64, power: i32) -> Vec<u64> {
    let mut out = around(amount);
    for bytes in [amount * 1000_f64.powi(power), amount * 1024_f64.powi(power)] {
        for unit in [1.0, 2.0, 512.0, 1000.0, 1024.0, 1e6, 1_048_576.0, 1e9, 1_073_741_824.0] {
            if bytes >= unit {
                out.extend(around(bytes / unit));
            }
        }
    }
    out
}

fn size(unit: &str) -> Option<i32> {
    Some(match unit {
        "b" | "byte" | "bytes" => 0,
        "k" | "kb" | "kib" | "kilobyte" | "kilobytes" | "kbyte" | "kbytes" => 1,
        "m" | "mb" | "mib" | "megabyte" | "megabytes" | "meg" | "megs" | "mbyte" | "mbytes" => 2,
        "g" | "gb" | "gib" | "gigabyte" | "gigabytes" | "gig" | "gigs" => 3,
        "t" | "tb" | "tib" | "terabyte" | "terabytes" => 4,
        _ => return None,
    })
}

fn time(unit: &str) -> Option<f64> {
    Some(match unit {
        "s" | "sec" | "secs" | "second" | "seconds" => 1.0,
        "min" | "mins" | "minute" | "minutes" => 60.0,
        "h" | "hr" | "hrs" | "hour" | "hours" => 3600.0,
        "d" | "day" | "days" => 86_400.0,
        "week" | "weeks" => 604_800.0,
        "month" | "months" => 2_592_000.0,
        "year" | "years" => 31_536_000.0,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_many() {
        let has =
            |amount, unit: &str, n: u64| assert!(forms(amount, unit).unwrap().contains(&n), "{amount} {unit} {n}");
        for n in [10, 10_000, 10_240, 10_485_760, 20_480] {
            has(10.0, "MB", n);
        }
        for n in [7, 168, 10_080, 604_800, 6] {
            has(7.0, "days", n);
        }
        has(1.0, "week", 7);
        has(1.0, "year", 365);
        has(3.0, "months", 90);
        has(1.5, "GB", 1536);
        assert_eq!(forms(1.0, "apple"), None);
    }
}
