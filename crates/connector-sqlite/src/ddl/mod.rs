//! Definitions as text: taking them apart, checking them, writing new ones.

mod generate;
mod guard;
mod lexer;
mod parts;

pub(crate) use generate::{constraint_clause, create_index, create_table, relationship_clause};
pub(crate) use guard::{Expected, checked, run_guarded};
pub(crate) use lexer::tokens;
pub(crate) use parts::{TableText, index_condition};
