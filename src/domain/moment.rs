//! Moments and spans as people write them: RFC 3339, a day, or so long from now.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// A moment in milliseconds: RFC 3339, a day (UTC), or a span from `as_of`.
///
/// # Errors
/// What is wrong with it.
pub fn moment_ms(text: &str, as_of: i64) -> Result<i64, String> {
    let text = text.trim();
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Ok(moment.as_millisecond());
    }
    if let Ok(day) = text.parse::<jiff::civil::Date>() {
        return day.to_zoned(TimeZone::UTC).map(|at| at.timestamp().as_millisecond()).map_err(|e| e.to_string());
    }
    let wrong = || format!("{text:?} is no moment: write RFC 3339, a day, or a span such as `-3d` or `2h 30m`");
    let span = if text == "0" { jiff::Span::new() } else { text.parse().map_err(|_| wrong())? };
    let base = Timestamp::from_millisecond(as_of).map_err(|e| e.to_string())?.to_zoned(TimeZone::UTC);
    base.checked_add(span).map(|at| at.timestamp().as_millisecond()).map_err(|_| wrong())
}

/// A span in milliseconds; days have 24 hours.
///
/// # Errors
/// What is wrong with it.
pub fn span_ms(text: &str) -> Result<i64, String> {
    moment_ms(text, 0).map_err(|_| format!("{text:?} is no span: write `30m`, `5d`, `2h 30m`"))
}

/// A moment of the command line: as [`moment_ms`], and the words `now`, `today`, `yesterday`, `tomorrow`.
///
/// # Errors
/// What is wrong with it.
pub fn moment(text: &str, now: Timestamp) -> Result<Timestamp, String> {
    let days = match text.trim() {
        "now" => return Ok(now),
        "today" => Some(0),
        "yesterday" => Some(-1),
        "tomorrow" => Some(1),
        _ => None,
    };
    if let Some(days) = days {
        let midnight = now.to_zoned(TimeZone::UTC).start_of_day();
        let day = midnight.and_then(|day| day.checked_add(jiff::Span::new().days(days)));
        return day.map(|day| day.timestamp()).map_err(|e| e.to_string());
    }
    let millis = moment_ms(text, now.as_millisecond())?;
    Timestamp::from_millisecond(millis).map_err(|e| e.to_string())
}

/// A moment of the command line that is usually over: as [`moment`], and a span without a sign is so long ago.
///
/// # Errors
/// What is wrong with it.
pub fn past(text: &str, now: Timestamp) -> Result<Timestamp, String> {
    let text = text.trim();
    let is_moment = text.parse::<Timestamp>().is_ok() || text.parse::<jiff::civil::Date>().is_ok();
    match text.parse::<jiff::Span>() {
        Ok(span) if !is_moment && !span.is_negative() => moment(&format!("-{text}"), now),
        _ => moment(text, now),
    }
}

/// A length of time of the command line, in seconds: `45s`, `2h`, `7d`. No date, and not backwards.
///
/// # Errors
/// What is wrong with it.
pub fn length(text: &str) -> Result<u64, String> {
    let wrong = || format!("{text:?} is no length of time: write `30m`, `2h`, `7d`");
    if text.trim().parse::<jiff::civil::Date>().is_ok() || text.trim().parse::<Timestamp>().is_ok() {
        return Err(wrong());
    }
    let millis = span_ms(text).map_err(|_| wrong())?;
    u64::try_from(millis).map(|millis| millis / 1000).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_in_every_way_that_is_offered() {
        let now: Timestamp = "2026-11-25T10:30:00Z".parse().unwrap();
        for (text, expected) in [
            ("2026-12-01T08:00:00Z", "2026-12-01T08:00:00Z"),
            ("2026-12-01T08:00:00+02:00", "2026-12-01T06:00:00Z"),
            ("2026-12-01", "2026-12-01T00:00:00Z"),
            ("2h", "2026-11-25T12:30:00Z"),
            ("7d", "2026-12-02T10:30:00Z"),
            ("-1d", "2026-11-24T10:30:00Z"),
            ("now", "2026-11-25T10:30:00Z"),
            ("yesterday", "2026-11-24T00:00:00Z"),
            ("tomorrow", "2026-11-26T00:00:00Z"),
        ] {
            assert_eq!(moment(text, now).unwrap().to_string(), expected, "{text}");
        }
        for text in ["", "soon", "2026-13-01", "2h later", "10000000y"] {
            assert!(moment(text, now).is_err(), "{text}");
        }
    }

    #[test]
    fn a_span_of_the_past_needs_no_sign() {
        let now: Timestamp = "2026-11-25T10:30:00Z".parse().unwrap();
        for (text, expected) in [
            ("2h", "2026-11-25T08:30:00Z"),
            ("-2h", "2026-11-25T08:30:00Z"),
            ("1d 3h", "2026-11-24T07:30:00Z"),
            ("2h ago", "2026-11-25T08:30:00Z"),
            ("PT5M", "2026-11-25T10:25:00Z"),
            ("yesterday", "2026-11-24T00:00:00Z"),
            ("2026-11-03", "2026-11-03T00:00:00Z"),
            ("2026-11-03T10:00:00+02:00", "2026-11-03T08:00:00Z"),
        ] {
            assert_eq!(past(text, now).unwrap().to_string(), expected, "{text}");
        }
        assert!(past("soon", now).is_err() && past("", now).is_err());
    }

    #[test]
    fn lengths_are_neither_dates_nor_backwards() {
        assert_eq!(length("90m").unwrap(), 5400);
        assert_eq!(length("7d").unwrap(), 604_800);
        for text in ["-2h", "2026-12-01", "2026-12-01T00:00:00Z", "", "x"] {
            assert!(length(text).is_err(), "{text}");
        }
    }
}
