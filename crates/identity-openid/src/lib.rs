#![doc = include_str!("../README.md")]

mod claims;
mod discovery;
mod provider;
mod settings;
mod transport;

pub use provider::OpenIdProvider;
pub use settings::{OpenIdSettings, OpenIdSettingsError};
