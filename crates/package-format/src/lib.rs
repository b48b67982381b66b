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

mod reader;

mod readme;
mod writer;

mod ports;

#[cfg(test)]
mod fixture;

pub use judge::{Report, validate};
pub use limits::Limits;
#[cfg(feature = "mock")]
pub use ports::MockBundleStore;
pub use ports::{BundleStore, BundleStoreError, BundleStream, StoredBundle};
pub use reader::{ArtifactReader, OpenError, PackageEntry, PackageReader, ReadError};
pub use readme::generate_readme;
pub use source::ByteSource;
pub use writer::{
    ArtifactMeta, ArtifactWriter, Closing, PackageWriter, SignatureFile, WriteError, WriterOptions,
    Written,
};
