//! The crate from outside: packages written, read, damaged and made to measure.

mod conformance;
mod damage;
mod data_files;
mod limits;
mod packages;
mod round_trip;
