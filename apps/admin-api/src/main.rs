//! The admin API as a process of its own.

fn main() {}
