//! The creator API on the real store, called in process.

mod edits;
mod isolation;
mod packages;
mod refusals;
mod repetitions;
mod sign_in;
mod world;
