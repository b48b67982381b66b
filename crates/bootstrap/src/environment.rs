//! What is read from the environment, all in one place.

use std::collections::HashMap;
use std::path::PathBuf;

use etcetera::base_strategy::{BaseStrategy, choose_base_strategy};

/// The user of this session, where the system says.
pub fn user_name() -> Option<String> {
    ["USER", "LOGNAME", "USERNAME"]
        .into_iter()
        .find_map(variable)
}

/// The time that reproducible builds are told to take, in seconds since 1970-01-01, unread.
pub fn source_date_epoch() -> Option<String> {
    variable("SOURCE_DATE_EPOCH")
}

/// Where data goes on this platform when nobody says otherwise.
pub fn default_home() -> Option<PathBuf> {
    choose_base_strategy()
        .ok()
        .map(|places| places.data_dir().join("installhub"))
}

/// All of it that is text, for the configuration.
pub fn variables() -> HashMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

#[expect(
    clippy::disallowed_methods,
    reason = "composition reads the environment so that nobody else has to"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
