//! The crate from outside: tables, properties over generated documents, and real workflows.

mod applying;
mod decision_file;
mod differences;
mod documents;
mod laws_of_diff;
mod laws_of_merge;
mod merge_tables;
mod real_workflows;
