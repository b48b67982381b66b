#![doc = include_str!("../README.md")]

mod limits;
mod source;

mod framing;
mod layout;
mod names;
mod record;

mod data;
mod judge;
mod pipeline;
mod sniff;

mod readme;
mod writer;

#[cfg(test)]
mod fixture;

pub use judge::{Report, validate};
pub use limits::Limits;
pub use source::ByteSource;
pub use writer::{
    ArtifactMeta, ArtifactWriter, Closing, PackageWriter, SignatureFile, WriteError, WriterOptions,
    Written,
};
