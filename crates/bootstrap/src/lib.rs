#![doc = include_str!("../README.md")]

mod allocator;
pub mod environment;
mod home;
mod keys;
mod location;
mod process;
mod service;
mod settings;
mod system;
mod telemetry;

pub use home::{Home, NotASource, SweepError, source_connector};
pub use keys::{KeyError, keep_private};
pub use location::{Location, LocationError};
pub use process::run_process;
pub use service::{Api, BackupReport, Service, ServiceError, Serving, stop_signal};
pub use settings::{Layers, LogFormat, Secret, Settings, SettingsError, ShownSetting};
pub use system::{SystemClock, SystemIds};
pub use telemetry::{Telemetry, TelemetryError};
