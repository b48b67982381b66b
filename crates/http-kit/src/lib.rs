#![doc = include_str!("../README.md")]

mod answers;
mod api;
mod auth;
mod caller;
mod document;
mod edge;
mod error;
mod events;
mod input;
mod kit;
mod limits;
mod operation;
mod probes;
mod server;
mod service;
mod settings;
mod timestamp;

pub use answers::{Accepted, Created, Done, FileAnswer, PageView, Redirect, Tagged};
pub use api::Api;
pub use auth::{SHARED_OPERATIONS, shared};
pub use caller::Caller;
pub use edge::ClientAddress;
pub use error::{ApiError, ErrorBody, ErrorCode, ErrorDetail};
pub use events::events;
pub use input::{field, optional_revision, page, parameter, revision};
pub use kit::Kit;
pub use operation::{BodyRule, Operation, OperationError, Requirement};
pub use probes::{Check, Probes, RenderMetrics};
pub use server::{ServerSettings, serve};
pub use service::service;
pub use settings::{HttpSettings, Rate};
pub use timestamp::Timestamp;
