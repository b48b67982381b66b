//! The store on the engines it is made for.

mod homes;
mod imports;
mod migrations;
mod outage;
mod postgres;
mod probe;
mod row_security;
mod sqlite;
mod target;
