//! Moments as people write them: an age (`3d`), a day (`2026-01-31`, `today`), or a time of a day.
//!
//! Without a zone they are in the zone of this machine. A day stands for its beginning or, where something lasts until then, for
//! its end.

use chrono::{DateTime, Days, Duration, Local, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc};

const EXPECTED: &str = "expected an age such as 30m, 12h, 3d or 2w, a date such as 2026-01-31, `today`, `yesterday`, or a \
                        moment such as 2026-01-31T14:30";

/// The beginning of what `text` says.
///
/// # Errors
/// A sentence about what was expected.
pub fn since(text: &str) -> Result<DateTime<Utc>, String> {
    parse(text, false, Local::now().naive_local())
}

/// The end of what `text` says.
///
/// # Errors
/// A sentence about what was expected.
pub fn until(text: &str) -> Result<DateTime<Utc>, String> {
    parse(text, true, Local::now().naive_local())
}

fn parse(text: &str, ends: bool, now: NaiveDateTime) -> Result<DateTime<Utc>, String> {
    let text = text.trim();
    if let Ok(exact) = DateTime::parse_from_rfc3339(text) {
        return Ok(exact.to_utc());
    }
    if let Some(age) = age(text) {
        return Utc::now().checked_sub_signed(age).ok_or_else(|| "that long ago there was nothing".to_owned());
    }
    let today = now.date();
    let day = match text {
        "today" => Some(today),
        "yesterday" => today.pred_opt(),
        _ => NaiveDate::parse_from_str(text, "%Y-%m-%d").ok(),
    };
    let local = if let Some(day) = day {
        let day = if ends { day.checked_add_days(Days::new(1)) } else { Some(day) };
        day.map(|day| day.and_time(NaiveTime::MIN))
    } else {
        let formats = ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"];
        formats.iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
    };
    // An hour that a clock change leaves out counts from where the clock went on.
    let at = |local: NaiveDateTime| {
        let zoned = Local.from_local_datetime(&local);
        zoned.earliest().or_else(|| Local.from_local_datetime(&(local + Duration::hours(1))).earliest())
    };
    local.and_then(at).map(|time| time.to_utc()).ok_or_else(|| EXPECTED.to_owned())
}

/// A number and a unit.
fn age(text: &str) -> Option<Duration> {
    let unit = text.chars().next_back()?;
    let number: i64 = text.get(..text.len() - unit.len_utf8())?.parse().ok().filter(|n| *n >= 0)?;
    match unit {
        's' => Duration::try_seconds(number),
        'm' => Duration::try_minutes(number),
        'h' => Duration::try_hours(number),
        'd' => Duration::try_days(number),
        'w' => Duration::try_weeks(number),
        'y' => Duration::try_days(number.checked_mul(365)?),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, ends: bool, expected: &str) {
        let now = NaiveDate::from_ymd_opt(2026, 3, 4).unwrap().and_hms_opt(15, 0, 0).unwrap();
        let local = parse(text, ends, now).unwrap().with_timezone(&Local).naive_local();
        assert_eq!(local.format("%Y-%m-%d %H:%M:%S").to_string(), expected, "{text}");
    }

    #[test]
    fn a_day_begins_and_ends() {
        check("2026-01-31", false, "2026-01-31 00:00:00");
        check("2026-01-31", true, "2026-02-01 00:00:00");
        check("today", false, "2026-03-04 00:00:00");
        check("yesterday", true, "2026-03-04 00:00:00");
        check("2026-01-31 14:30", true, "2026-01-31 14:30:00");
        check("2026-01-31T14:30:05", false, "2026-01-31 14:30:05");
        assert_eq!(since("2026-01-31T14:30:00Z").unwrap().to_rfc3339(), "2026-01-31T14:30:00+00:00");
    }

    #[test]
    fn an_age_counts_back_from_now() {
        for (text, seconds) in [("90s", 90), ("30m", 1800), ("12h", 43_200), ("3d", 259_200), ("2w", 1_209_600)] {
            let then = since(text).unwrap();
            let off = (Utc::now() - then).num_seconds() - seconds;
            assert!((0..5).contains(&off), "{text}: {off}");
        }
    }

    #[test]
    fn what_is_no_moment_is_said_to_be_none() {
        for text in ["", "x", "d", "-3d", "3x", "2026-13-01", "2026-02-30", "12:00", "99999999999999999999d"] {
            assert!(since(text).is_err(), "{text}");
        }
        assert!(since("9223372036854775807w").is_err() && until("300000y").is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in "\\PC{0,12}|[0-9]{1,19}[smhdwy]|[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]?[0-9:]{0,8}") {
            let _ = (since(&text), until(&text));
        }
    }
}
