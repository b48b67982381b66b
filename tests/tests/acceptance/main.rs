//! The built `installhub` command, from outside.

mod arguments;
mod bad_bodies;
mod bad_database;
mod bad_input;
mod calls;
mod chinook;
mod conformance;
mod crash;
mod editing;
mod fixtures;
mod fleet;
mod full_disk;
mod hostile;
mod isolation;
mod killed;
mod new_version;
mod operating;
mod outages;
mod permissions;
mod processes;
mod remote;
mod reproducible;
mod store;
mod surroundings;
mod terminal;
mod workflows;
