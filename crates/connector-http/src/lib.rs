#![doc = include_str!("../README.md")]

mod address;
mod client;
mod error;
mod guard;
mod policy;
mod probe;
mod redirects;

pub use address::is_public;
pub use client::{ClientLimits, GuardedClient, GuardedResponse, Redirects};
pub use error::GuardedError;
pub use guard::Guard;
pub use policy::{Allowed, AllowedError, GuardPolicy};
pub use probe::HttpProbe;
pub use redirects::RedirectRefused;
