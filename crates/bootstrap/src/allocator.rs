//! The allocator of every program of the product.
//!
//! Hashing a password takes 19 MiB for a moment. The system's allocator keeps such blocks once it has seen some, for each of its
//! arenas: after a dozen sign-ins a process that idles at 50 MiB held 300.

use mimalloc::MiMalloc;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;
