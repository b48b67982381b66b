//! What is one tenant's own, so that it is recognised wherever it turns up.

use std::collections::BTreeSet;

use serde_json::Value;

/// Stands in the names of everything.
pub(super) const MARK: &str = "zq7mark";

/// What must not turn up elsewhere.
#[derive(Debug, Default, Clone)]
pub(super) struct Secrets {
    /// Ids of things.
    pub(super) ids: BTreeSet<String>,
    /// Ids of requests and of events in the audit trail.
    pub(super) traces: BTreeSet<String>,
    /// Digests, addresses and the like.
    pub(super) texts: BTreeSet<String>,
}

impl Secrets {
    /// Takes everything in an answer that says something about its tenant.
    pub(super) fn harvest(&mut self, value: &Value) {
        match value {
            Value::Object(members) => members.iter().for_each(|(name, value)| {
                if matches!((name.as_str(), value), ("id", Value::String(_))) {
                    self.ids.extend(value.as_str().map(str::to_owned));
                }
                self.harvest(value);
            }),
            Value::Array(items) => items.iter().for_each(|item| self.harvest(item)),
            Value::String(text) => self.take(text),
            _ => {}
        }
    }

    /// Takes everything in an audit trail. What is there and nowhere else leads to no thing.
    pub(super) fn harvest_trail(&mut self, value: &Value) {
        let mut trail = Self::default();
        trail.harvest(value);
        self.traces.extend(trail.ids);
        self.texts.extend(trail.texts);
    }

    fn take(&mut self, text: &str) {
        let is_hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let digest = text.strip_prefix("sha256:").unwrap_or(text);
        if is_uuid(text) {
            self.ids.insert(text.to_owned());
        } else if digest.len() == 64 && is_hex(digest) {
            self.texts.insert(digest.to_owned());
        } else if text.contains('@') && !text.contains(' ') {
            self.texts.insert(text.to_owned());
        }
    }

    /// These, but for those that others know anyway.
    pub(super) fn without(mut self, common: &Self) -> Self {
        // The platform and the first tenant have ids that everybody knows.
        let is_common = |id: &String| {
            let known = common.ids.contains(id) || common.traces.contains(id);
            known || id.starts_with("00000000-0000-0000")
        };
        self.ids.retain(|id| !is_common(id));
        self.traces
            .retain(|id| !is_common(id) && !self.ids.contains(id));
        self.texts.retain(|text| !common.texts.contains(text));
        self
    }

    /// The first of them in a text.
    pub(super) fn found_in(&self, text: &str) -> Option<&str> {
        if text.contains(MARK) {
            return Some(MARK);
        }
        let all = self.ids.iter().chain(&self.traces).chain(&self.texts);
        all.map(String::as_str).find(|secret| text.contains(secret))
    }
}

pub(super) fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}
