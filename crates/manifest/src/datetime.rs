//! Instants as manifests write them.

use chrono::{DateTime, Datelike, SecondsFormat, Utc};

/// Reads a calendar date, a time with seconds and a zone, as in RFC 3339, the internet's profile of ISO 8601.
///
/// `None` for what is no real instant of the years 0–9999 (30 February, 24:00) and for leap seconds, which no clock of
/// ours can hold.
pub(crate) fn parse(text: &str) -> Option<DateTime<Utc>> {
    const SECONDS: std::ops::Range<usize> = 17..19;
    // The library also takes lower case, a space for the T and second 60.
    let strict = text.is_ascii()
        && text.as_bytes().get(10) == Some(&b'T')
        && text.get(SECONDS).is_some_and(|seconds| seconds < "60")
        && !text.ends_with('z');
    if !strict {
        return None;
    }
    let instant = DateTime::parse_from_rfc3339(text).ok()?.to_utc();
    (0..=9999).contains(&instant.year()).then_some(instant)
}

/// `2026-05-25T09:00:00Z`, with as many digits of a second as there are.
pub(crate) fn write(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_real_instants_with_a_zone_are_read() {
        for (text, expected) in [
            ("2026-05-25T09:00:00Z", Some("2026-05-25T09:00:00Z")),
            ("2026-05-25T09:00:00+02:00", Some("2026-05-25T07:00:00Z")),
            ("2026-05-25T09:00:00-00:30", Some("2026-05-25T09:30:00Z")),
            ("2026-05-25T09:00:00.5Z", Some("2026-05-25T09:00:00.500Z")),
            (
                "2026-05-25T09:00:00.0000001Z",
                Some("2026-05-25T09:00:00.000000100Z"),
            ),
            ("2024-02-29T23:59:59Z", Some("2024-02-29T23:59:59Z")),
            ("0000-01-01T00:00:00Z", Some("0000-01-01T00:00:00Z")),
            ("0000-01-01T00:00:00+01:00", None),
            ("9999-12-31T23:59:59-01:00", None),
            ("2026-05-25", None),
            ("2026-05-25T09:00Z", None),
            ("2026-05-25T09:00:00", None),
            ("2026-02-29T00:00:00Z", None),
            ("2026-02-30T00:00:00Z", None),
            ("2026-13-01T00:00:00Z", None),
            ("2026-05-25T24:00:00Z", None),
            ("2026-05-25T25:00:00Z", None),
            ("2026-12-31T23:59:60Z", None),
            ("2026-05-25t09:00:00Z", None),
            ("2026-05-25T09:00:00z", None),
            ("2026-05-25 09:00:00Z", None),
            (" 2026-05-25T09:00:00Z", None),
            ("2026-05-25T09:00:00Z ", None),
            ("2026-05-25T09:00:00Z; DROP TABLE x", None),
            ("2026-05-25T09:00:00.Z", None),
            ("2026-05-25T09:00:00+0200", None),
            ("2026-05-25T09:00:00+24:00", None),
            ("+2026-05-25T09:00:00Z", None),
            ("20260525T090000Z", None),
            ("2026-05-25T09:00:00−02:00", None),
            ("٢٠٢٦-05-25T09:00:00Z", None),
            ("yesterday", None),
        ] {
            assert_eq!(parse(text).map(write).as_deref(), expected, "{text}");
        }
    }
}
