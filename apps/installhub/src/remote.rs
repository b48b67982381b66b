//! Speaking to a server: where it is, who we are there, and what it answers.

mod address;
mod answer;
mod client;
mod credentials;
mod job;
mod patience;
mod session;
mod transfer;
mod unfinished;
pub(crate) mod views;

pub(crate) use address::ServerUrl;
pub(crate) use answer::{Refusal, RemoteError};
pub(crate) use client::{Authority, Client, List};
pub(crate) use credentials::{Credentials, Entry};
pub(crate) use job::{follow, read};
pub(crate) use session::Session;
pub(crate) use transfer::{Uploaded, upload};
