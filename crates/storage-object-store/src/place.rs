//! An opened place for objects.

use std::sync::Arc;

use object_store::ObjectStore;
use tokio::runtime::Handle;

use crate::bucket::Bucket;

/// A place for objects, by what writing to it takes.
#[derive(Clone)]
pub(crate) enum Place {
    /// A folder or memory: an object is renamed once it is complete.
    Here(Arc<dyn ObjectStore>),
    /// A bucket: an object appears as a whole, and copying it costs a request.
    Bucket(Bucket),
}

impl Place {
    /// The place as every store is.
    pub(crate) fn store(&self) -> Arc<dyn ObjectStore> {
        match self {
            Self::Here(store) => Arc::clone(store),
            Self::Bucket(bucket) => Arc::new(bucket.clone()),
        }
    }

    /// The runtime that keeps its connections, if it has any.
    pub(crate) fn network(&self) -> Option<&Handle> {
        match self {
            Self::Here(_) => None,
            Self::Bucket(bucket) => Some(&bucket.network),
        }
    }
}
