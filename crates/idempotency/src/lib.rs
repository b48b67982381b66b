#![doc = include_str!("../README.md")]

mod key;
mod ports;

pub use key::{IdempotencyKey, IdempotencyKeyError};
pub use ports::{CLAIMED_FOR, Claim, IdempotencyStore, KEPT_FOR, KeptAnswer, RequestKey};
