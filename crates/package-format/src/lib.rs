#![doc = include_str!("../README.md")]

mod limits;
mod source;

mod framing;
mod layout;
mod names;
mod record;

pub use limits::Limits;
pub use source::ByteSource;
