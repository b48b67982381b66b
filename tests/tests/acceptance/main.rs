//! The built `installhub` command, from outside.

mod arguments;
mod bad_database;
mod bad_input;
mod chinook;
mod conformance;
mod crash;
mod editing;
mod fixtures;
mod fleet;
mod full_disk;
mod hostile;
mod killed;
mod new_version;
mod outages;
mod processes;
mod remote;
mod reproducible;
mod store;
mod surroundings;
mod terminal;
mod workflows;
