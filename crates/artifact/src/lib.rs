#![doc = include_str!("../README.md")]

mod catalogue;
mod catalogue_table;
pub mod json;

pub use catalogue::{
    ArtifactType, Category, GENERIC_MERGE_KEYS, MergeKey, ReferenceField, ReferenceForm, TypeSpec,
    UnknownType, artifact_file,
};
pub use json::{
    ConvertError, Json, JsonError, JsonErrorKind, JsonLimits, JsonRef, Number, Object, check,
    check_array, parse, parse_ref, to_canonical_bytes, to_compact_string, write_canonical,
};
