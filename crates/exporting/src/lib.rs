#![doc = include_str!("../README.md")]

mod closure;
mod database_source;
mod error;
mod export;
pub mod ports;

pub use closure::{Closure, close};
pub use database_source::{DatabaseSource, RowSelection};
pub use error::ExportError;
pub use export::{EarlierPackage, ExportObserver, ExportReport, ExportRequest, Unobserved, export};
