#![doc = include_str!("../README.md")]

mod data_type;
mod diff;
mod document;
mod name;
mod object;
mod row;
mod schema;
mod table;
mod value;

pub use data_type::{DataType, Dialect, NativeType, ParseDataTypeError};
pub use diff::{Change, ColumnChange, ObjectChange, SchemaDiff, TableChange, diff};
pub use document::{DocumentError, SchemaObject, data_header};
pub use name::{ObjectKind, artifact_id, qualified_name};
pub use object::{
    Constraint, ConstraintKind, Deferral, Index, IndexPart, ReferentialAction, Relationship,
    Trigger, View,
};
pub use row::{
    DecodeError, EncodeError, RowColumn, decode_row, decode_row_into, encode_row, encode_values,
};
pub use schema::DatabaseSchema;
pub use table::{Check, Column, Generated, PrimaryKey, Table, TableOptions, Unique};
pub use value::{Row, Value, ValueRef};
