//! Why the service's own memory failed, in words every use case shares.

/// Why the service's own store failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Something with this identity is there already, or another writer was faster.
    #[error("{0}")]
    Conflict(String),
    /// The store cannot be reached, is locked or is full; trying again may help.
    #[error("{attempted}")]
    Unavailable {
        /// What was attempted, and what to do.
        attempted: String,
        /// What the engine said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// What was read is not what was written.
    #[error("{location} is corrupt: {message}")]
    Corrupt {
        /// Which record.
        location: String,
        /// What was found.
        message: String,
    },
    /// Anything else.
    #[error("{attempted}")]
    Other {
        /// What was attempted.
        attempted: String,
        /// What the engine said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}
