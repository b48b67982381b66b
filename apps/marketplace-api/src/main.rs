//! The marketplace API as a process of its own.

fn main() {}
