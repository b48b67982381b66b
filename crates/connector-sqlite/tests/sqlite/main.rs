//! The connector against real database files.

mod changes;
mod guard;
mod modes;
mod opening;
mod ports;
mod round_trip;
mod snapshots;
mod structure;
mod support;
