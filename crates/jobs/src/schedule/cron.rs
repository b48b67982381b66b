//! Times by a cron expression in a time zone.

use std::str::FromStr;

use chrono::{DateTime, NaiveDateTime, TimeDelta, TimeZone as _, Utc};
use chrono_tz::Tz;
use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};

/// The longest time that a time zone has ever skipped is a day; a little more ends the search.
const LONGEST_GAP_MINUTES: i64 = 26 * 60;

/// Whether it makes sense to speak of "the" time of day at which something runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rhythm {
    /// At hours that are named. An hour that is skipped is made up for at its end, one that comes twice counts once.
    NamedHours,
    /// All day long: goes on evenly while clocks are changed.
    AllDay,
}

/// A cron expression of five fields: minute, hour, day of the month, month, day of the week.
pub(super) struct CronRule {
    cron: Cron,
    rhythm: Rhythm,
}

impl FromStr for CronRule {
    type Err = String;

    fn from_str(expression: &str) -> Result<Self, String> {
        let cron = CronParser::builder()
            .seconds(Seconds::Disallowed)
            .year(Year::Disallowed)
            .build()
            .parse(expression)
            .map_err(|error| error.to_string())?;
        let hours = cron.pattern.to_string();
        let rhythm = match hours.split_ascii_whitespace().nth(1) {
            Some(hour) if !hour.starts_with('*') => Rhythm::NamedHours,
            _ => Rhythm::AllDay,
        };
        Ok(Self { cron, rhythm })
    }
}

impl CronRule {
    /// The first time after `after`; `None` when there is none.
    pub(super) fn next_after(&self, after: DateTime<Utc>, zone: Tz) -> Option<DateTime<Utc>> {
        let local = after.with_timezone(&zone);
        match self.rhythm {
            Rhythm::AllDay => self
                .cron
                .find_next_occurrence(&local, false)
                .ok()
                .map(|next| next.to_utc()),
            Rhythm::NamedHours => {
                let mut reading = local.naive_local();
                loop {
                    reading = self.cron.find_next_occurrence(&reading, false).ok()?;
                    let instant = first_instant(reading, zone)?;
                    // The clock may show a time that it has shown before, or one that was made up for already.
                    if instant > after {
                        return Some(instant);
                    }
                }
            }
        }
    }
}

/// When clocks of the zone show `reading` for the first time, or, if they skip it, the first time after it.
fn first_instant(reading: NaiveDateTime, zone: Tz) -> Option<DateTime<Utc>> {
    (0..=LONGEST_GAP_MINUTES)
        .find_map(|minutes| {
            let shown = reading.checked_add_signed(TimeDelta::minutes(minutes))?;
            zone.from_local_datetime(&shown).earliest()
        })
        .map(|instant| instant.to_utc())
}
