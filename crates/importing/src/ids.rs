//! The id table: what every id of the package is called in the target (import, Conflicts).

use std::collections::HashMap;

/// Package id to target id, fixed once after detection: created artifacts get fresh ids, all others keep the existing one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IdTable {
    packaged: HashMap<String, String>,
    elsewhere: HashMap<String, String>,
}

impl IdTable {
    /// A table that knows nothing of the package yet, and of artifacts outside it what `elsewhere` says: those that packages it
    /// depends on have installed, by the ids they have in their own packages.
    pub fn new(elsewhere: HashMap<String, String>) -> Self {
        Self {
            packaged: HashMap::new(),
            elsewhere,
        }
    }

    /// Binds an id of the package to one of the target.
    pub fn bind(&mut self, source_id: &str, target_id: String) {
        self.packaged.insert(source_id.to_owned(), target_id);
    }

    /// What `source_id` is called in the target; ids that nobody has bound are called the same there.
    pub fn target<'a>(&'a self, source_id: &'a str) -> &'a str {
        self.get(source_id).unwrap_or(source_id)
    }

    /// What `source_id` is called in the target, if anybody has bound it.
    pub fn get(&self, source_id: &str) -> Option<&str> {
        self.packaged
            .get(source_id)
            .or_else(|| self.elsewhere.get(source_id))
            .map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_package_comes_before_what_lies_elsewhere() {
        let elsewhere = [("form-1", "t-old"), ("rule-1", "t-rule")];
        let elsewhere = elsewhere.map(|(source, target)| (source.to_owned(), target.to_owned()));
        let mut ids = IdTable::new(elsewhere.into());
        ids.bind("form-1", "t-new".to_owned());
        assert_eq!(ids.target("form-1"), "t-new");
        assert_eq!(ids.target("rule-1"), "t-rule");
        assert_eq!(ids.target("unknown"), "unknown");
        assert_eq!(ids.get("unknown"), None);
    }
}
