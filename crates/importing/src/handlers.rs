//! The handlers that ship.

mod database;
mod document;
mod rows;

pub use database::DatabaseObjectHandler;
pub use document::DocumentHandler;
pub use rows::DataHandler;

use crate::handler::HandlerRegistry;

/// A registry with every handler that ships.
pub fn standard_handlers() -> HandlerRegistry {
    let mut registry = HandlerRegistry::new();
    for handler in DocumentHandler::all() {
        registry.register(handler);
    }
    for handler in DatabaseObjectHandler::all() {
        registry.register(handler);
    }
    registry.register(DataHandler);
    registry
}
