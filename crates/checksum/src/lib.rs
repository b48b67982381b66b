#![doc = include_str!("../README.md")]

mod bundle;
mod digest;
mod stream;

pub use bundle::BundleHasher;
pub use digest::{Digest, DigestError, Hasher, Verification};
pub use stream::{HashingReader, HashingWriter};
