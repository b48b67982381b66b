//! What goes wrong, as every API of the service says it: one envelope and one list of codes.

mod api_error;
mod code;
mod foreign;
mod mapping;

pub use api_error::{ApiError, ErrorBody, ErrorDetail};
pub use code::ErrorCode;
pub(crate) use foreign::{Cut, of_poem};
pub(crate) use mapping::of_sign_in;
