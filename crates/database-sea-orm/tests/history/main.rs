//! What is remembered of the past, and what is forgotten of it, on the engines the store is made for.

mod audit;
mod deletion;
mod people;
mod stores;
