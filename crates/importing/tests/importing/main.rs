//! The use case over fakes that behave: documents and databases in memory, a clock that steps, calls that fail when told to.

mod conflicts;
mod databases;
mod failures;
mod plans;
mod rollbacks;
mod scale;
mod settlements;
mod world;
