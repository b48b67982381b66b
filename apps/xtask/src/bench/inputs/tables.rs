//! Tables with rows that look like those of real databases: keys, moments, money, names, nested documents, measurements.

use std::fmt::{self, Write};

use super::text::{Writer, moment};

/// A table and how its rows come about.
pub(super) struct Table {
    /// Its qualified name, which is its id too.
    pub(super) name: &'static str,
    /// Name and type of every column; the first is the key.
    pub(super) columns: &'static [(&'static str, &'static str)],
    /// Appends one row as a JSON array.
    pub(super) row: fn(u64, &mut Writer, &mut String) -> fmt::Result,
}

/// One for each kind of content.
pub(super) const TABLES: &[Table] = &[
    Table {
        name: "sales.orders",
        columns: &[
            ("order_id", "integer"),
            ("customer_id", "integer"),
            ("placed_at", "timestamp"),
            ("status", "text"),
            ("currency", "text"),
            ("total", "decimal"),
            ("payment_token", "text"),
            ("ship_to", "json"),
            ("note", "text"),
        ],
        row: order,
    },
    Table {
        name: "crm.contacts",
        columns: &[
            ("contact_id", "integer"),
            ("first_name", "text"),
            ("last_name", "text"),
            ("email", "text"),
            ("phone", "text"),
            ("newsletter", "boolean"),
            ("tags", "json"),
            ("created_at", "timestamp"),
            ("about", "text"),
        ],
        row: contact,
    },
    Table {
        name: "audit.events",
        columns: &[
            ("event_id", "integer"),
            ("occurred_at", "timestamp"),
            ("actor", "text"),
            ("action", "text"),
            ("entity_id", "uuid"),
            ("address", "text"),
            ("change", "json"),
        ],
        row: event,
    },
    Table {
        name: "telemetry.readings",
        columns: &[
            ("reading_id", "integer"),
            ("device", "text"),
            ("taken_at", "timestamp"),
            ("temperature", "real"),
            ("humidity", "real"),
            ("pressure", "real"),
            ("voltage", "decimal"),
            ("flags", "integer"),
            ("fault", "text"),
        ],
        row: reading,
    },
];

const STATUSES: &[&str] = &[
    "delivered",
    "shipped",
    "paid",
    "open",
    "returned",
    "cancelled",
];
const CURRENCIES: &[&str] = &["EUR", "USD", "GBP", "SEK", "PLN"];
const ACTIONS: &[&str] = &[
    "update", "read", "create", "login", "export", "delete", "approve",
];
const FIELDS: &[&str] = &[
    "status", "owner", "amount", "due", "label", "priority", "comment",
];
const FAULTS: &[&str] = &["low battery", "out of range", "no signal", "restart"];

fn order(id: u64, writer: &mut Writer, out: &mut String) -> fmt::Result {
    let random = &mut writer.random;
    write!(out, "[{id},{},\"", random.skewed(400_000))?;
    moment(id * 37 + random.below(30), out)?;
    // Never a zero at the end: decimals are written without.
    let cents = random.skewed(900_000) | 1;
    write!(
        out,
        "\",\"{}\",\"{}\",{}.{:02},\"{:016x}{:016x}\",",
        random.pick(STATUSES),
        random.pick(CURRENCIES),
        cents / 100,
        cents % 100,
        random.bits(),
        random.bits(),
    )?;
    write!(out, "{{\"city\":\"{}\",\"street\":\"", writer.city())?;
    writer.sentence(1, out);
    let (house, code) = (
        writer.random.below(200),
        writer.random.below(90_000) + 10_000,
    );
    write!(out, " {house}\",\"zip\":\"{code}\"}},")?;
    if writer.random.one_in(3) {
        out.push('"');
        let length = 4 + writer.random.below(20);
        writer.sentence(length, out);
        out.push_str("\"]");
    } else {
        out.push_str("null]");
    }
    Ok(())
}

fn contact(id: u64, writer: &mut Writer, out: &mut String) -> fmt::Result {
    let (first, last) = writer.person();
    write!(out, "[{id},\"{first}\",\"{last}\",\"")?;
    writer.email(out)?;
    let random = &mut writer.random;
    write!(
        out,
        "\",\"+{} {} {}\",{},[",
        random.skewed(90) + 1,
        random.below(900) + 100,
        random.below(9_000_000) + 1_000_000,
        random.one_in(3),
    )?;
    for tag in 0..random.below(4) {
        out.push_str(if tag > 0 { ",\"" } else { "\"" });
        out.push_str(writer.word());
        out.push('"');
    }
    out.push_str("],\"");
    moment(id * 61, out)?;
    out.push_str("\",\"");
    let length = 5 + writer.random.below(40);
    writer.sentence(length, out);
    out.push_str("\"]");
    Ok(())
}

fn event(id: u64, writer: &mut Writer, out: &mut String) -> fmt::Result {
    write!(out, "[{id},\"")?;
    moment(id * 11 + writer.random.below(10), out)?;
    out.push_str("\",\"");
    writer.email(out)?;
    let random = &mut writer.random;
    let (high, low) = (random.bits(), random.bits());
    write!(
        out,
        "\",\"{}\",\"{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}\",\"10.{}.{}.{}\",{{",
        random.pick(ACTIONS),
        high >> 32,
        high >> 16 & 0xffff,
        high & 0xfff,
        low >> 48 & 0xfff,
        low & 0xffff_ffff_ffff,
        random.skewed(256),
        random.below(256),
        random.below(256),
    )?;
    let first = usize::try_from(random.below(4)).unwrap_or_default();
    let fields = &FIELDS[first..=first + 2];
    for (at, side) in ["after", "before"].into_iter().enumerate() {
        write!(out, "{}\"{side}\":{{", if at > 0 { "," } else { "" })?;
        for (at, field) in fields.iter().enumerate() {
            write!(out, "{}\"{field}\":\"", if at > 0 { "," } else { "" })?;
            let length = 1 + writer.random.skewed(6);
            writer.sentence(length, out);
            out.push('"');
        }
        out.push('}');
    }
    out.push_str("}]");
    Ok(())
}

fn reading(id: u64, writer: &mut Writer, out: &mut String) -> fmt::Result {
    let random = &mut writer.random;
    write!(out, "[{id},\"sensor-{:04}\",\"", random.below(3_000))?;
    moment(id * 2, out)?;
    write!(
        out,
        "\",{}.{:011},{}.{:03},{}.{:08},{}.{:02},{},",
        random.below(40),
        random.below(100_000_000_000) | 1,
        random.below(100),
        random.below(1000) | 1,
        random.below(60) + 980,
        random.below(100_000_000) | 1,
        random.below(3) + 3,
        random.below(100) | 1,
        random.skewed(65_536),
    )?;
    if random.one_in(50) {
        write!(out, "\"{}\"]", random.pick(FAULTS))
    } else {
        out.push_str("null]");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use installhub_artifact::check_array;

    use super::*;

    #[test]
    fn every_row_is_a_strict_array_as_wide_as_its_table() {
        for table in TABLES {
            let mut writer = Writer::new(11);
            for id in 0..2_000 {
                let mut row = String::new();
                (table.row)(id, &mut writer, &mut row).expect("a string takes it");
                let width =
                    check_array(row.as_bytes()).unwrap_or_else(|error| panic!("{error}: {row}"));
                assert_eq!(width, table.columns.len(), "{row}");
                assert!(!row.contains('\n'), "{row}");
            }
        }
    }
}
