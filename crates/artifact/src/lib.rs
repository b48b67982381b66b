#![doc = include_str!("../README.md")]

mod catalogue;
mod catalogue_table;
mod data_header;
mod envelope;
mod ids;
mod inspect;
pub mod json;
mod references;
mod tree;

pub use catalogue::{
    ArtifactType, Category, GENERIC_MERGE_KEYS, MergeKey, ReferenceField, ReferenceForm, TypeSpec,
    UnknownType, artifact_file,
};
pub use data_header::{DataColumn, DataHeader, DataHeaderError};
pub use envelope::{Artifact, EnvelopeError, Identity, VersionError};
pub use ids::{ArtifactId, IdError, safe_id, safe_ids};
pub use inspect::{Inspection, inspect};
pub use json::{
    ConvertError, Json, JsonError, JsonErrorKind, JsonLimits, JsonRef, Number, Object, check,
    check_array, parse, parse_ref, to_canonical_bytes, to_compact_string, write_canonical,
};
pub use references::{
    Reference, ReferenceKind, Sighting, dependency_ids, references, references_ref,
    rewrite_references,
};
