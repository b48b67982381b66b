//! The canonical form: one spelling for one event, so that anybody can compute its hash again.

use std::io::Write;

use installhub_checksum::Digest;
use installhub_kernel::TenantId;
use serde::Serialize;
use serde_json::Value;

use crate::AuditEvent;

/// What the first event of every chain stands on, before the tenant's id.
const START: &str = "installhub audit chain 1\n";

/// The `previous` of a tenant's first event: the digest of a fixed label and the tenant's id, so that no two tenants' chains
/// can be exchanged.
pub fn chain_start(tenant: TenantId) -> Digest {
    Digest::of(format!("{START}{tenant}").as_bytes())
}

/// JSON without white space, members sorted by the bytes of their names, at every depth.
pub fn canonical_json(value: &Value) -> String {
    let mut bytes = Vec::with_capacity(128);
    write_value(&mut bytes, value);
    String::from_utf8(bytes).expect("JSON is UTF-8")
}

impl AuditEvent {
    /// The bytes that are hashed: all members but `hash`, sorted by name, without white space.
    pub fn canonical(&self) -> Vec<u8> {
        self.written(false)
    }

    /// The event as one line of an export, without the line break: the canonical form with `hash`.
    pub fn to_line(&self) -> Vec<u8> {
        self.written(true)
    }

    /// The hash its content gives, whatever it says itself.
    pub fn computed_hash(&self) -> Digest {
        Digest::of(&self.canonical())
    }

    fn written(&self, with_hash: bool) -> Vec<u8> {
        let mut out = Vec::with_capacity(640);
        out.extend_from_slice(b"{\"action\":");
        write_json(&mut out, &self.action);
        out.extend_from_slice(b",\"actor\":");
        write_json(&mut out, &self.actor);
        out.extend_from_slice(b",\"actorKind\":");
        write_json(&mut out, &self.actor_kind);
        out.extend_from_slice(b",\"at\":");
        write_json(&mut out, &instant::text(&self.at));
        out.extend_from_slice(b",\"details\":");
        write_value(&mut out, &self.details);
        if with_hash {
            out.extend_from_slice(b",\"hash\":");
            write_json(&mut out, &self.hash);
        }
        out.extend_from_slice(b",\"id\":");
        write_json(&mut out, &self.id);
        out.extend_from_slice(b",\"object\":");
        write_json(&mut out, &self.object);
        out.extend_from_slice(b",\"outcome\":");
        write_json(&mut out, &self.outcome);
        out.extend_from_slice(b",\"previous\":");
        write_json(&mut out, &self.previous);
        out.extend_from_slice(b",\"request\":");
        write_json(&mut out, &self.request);
        write!(out, ",\"sequence\":{}", self.sequence).expect("a vector takes every byte");
        out.extend_from_slice(b",\"tenant\":");
        write_json(&mut out, &self.tenant);
        out.push(b'}');
        out
    }
}

fn write_json(out: &mut Vec<u8>, value: &impl Serialize) {
    serde_json::to_writer(out, value).expect("a vector takes every byte and names are texts");
}

fn write_value(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Array(items) => {
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write_value(out, item);
            }
            out.push(b']');
        }
        Value::Object(members) => {
            // A map may keep the order of insertion, depending on who else is in the build.
            let mut members: Vec<_> = members.iter().collect();
            members.sort_unstable_by_key(|(name, _)| *name);
            out.push(b'{');
            for (index, (name, member)) in members.into_iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write_json(out, name);
                out.push(b':');
                write_value(out, member);
            }
            out.push(b'}');
        }
        simple => write_json(out, simple),
    }
}

/// Points in time as RFC 3339 in UTC with milliseconds.
pub(crate) mod instant {
    use chrono::{DateTime, SecondsFormat, SubsecRound as _, Utc};
    use serde::{Deserialize as _, Deserializer, Serializer};

    /// What is finer than a millisecond was never sealed; it is written out, so that it changes the hash.
    pub(crate) fn text(at: &DateTime<Utc>) -> String {
        let form = if at.trunc_subsecs(3) == *at {
            SecondsFormat::Millis
        } else {
            SecondsFormat::Nanos
        };
        at.to_rfc3339_opts(form, true)
    }

    pub(crate) fn serialize<S: Serializer>(
        at: &DateTime<Utc>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&text(at))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<DateTime<Utc>, D::Error> {
        DateTime::<Utc>::deserialize(deserializer)
    }
}
