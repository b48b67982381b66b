#![doc = include_str!("../README.md")]

pub mod environment;
mod home;
mod location;
mod system;

pub use home::{Home, NotASource, SweepError, source_connector};
pub use location::{Location, LocationError};
pub use system::{SystemClock, SystemIds};
