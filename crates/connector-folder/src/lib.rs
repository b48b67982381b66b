#![doc = include_str!("../README.md")]

mod assemble;
mod data;
mod directory;
mod document;
mod duplicates;
mod n8n;
mod native;
mod options;
mod parallel;
mod problem;
mod read;
mod source;
mod spool;
mod walk;

pub use directory::{DirectoryForm, UnpackError, Unpacked, unpack};
pub use options::{FolderFormat, FolderOptions, OnDuplicateId, UnknownOption};
pub use source::FolderSource;
