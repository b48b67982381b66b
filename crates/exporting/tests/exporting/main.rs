//! The pipeline over sources in memory.

mod databases;
mod orders;
mod packages;
mod sources;
