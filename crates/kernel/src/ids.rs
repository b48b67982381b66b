//! Ids as types of their own, so that an import cannot be asked for by a snapshot's id.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A text that was meant to be an id and is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{found}' is not {expected}: expected a UUID such as 018f3c9e-7a63-7c14-9d9b-4d1d3c3a9b10"
)]
pub struct IdError {
    found: String,
    expected: &'static str,
}

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Takes a UUID from an [`IdGenerator`](crate::IdGenerator) or from storage.
            pub const fn from_uuid(id: Uuid) -> Self {
                Self(id)
            }

            /// The UUID, for storage.
            pub const fn as_uuid(&self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                Uuid::parse_str(text)
                    .map(Self)
                    .map_err(|_| IdError { found: text.to_owned(), expected: $what })
            }
        }
    };
}

uuid_id!(
    /// A tenant: the owner of artifacts, installations, snapshots and everything else that is not shared.
    TenantId,
    "a tenant id"
);
uuid_id!(
    /// One import, from upload to its final state.
    ImportId,
    "an import id"
);
uuid_id!(
    /// One snapshot of a target, taken before an import.
    SnapshotId,
    "a snapshot id"
);
uuid_id!(
    /// A package version as installed into one target.
    InstallationId,
    "an installation id"
);

uuid_id!(
    /// A person who signs in.
    UserId,
    "a user id"
);
uuid_id!(
    /// One signed-in browser.
    SessionId,
    "a session id"
);
uuid_id!(
    /// One API token; not its secret.
    TokenId,
    "a token id"
);
uuid_id!(
    /// One durable job.
    JobId,
    "a job id"
);
uuid_id!(
    /// A rule by which jobs come to be.
    ScheduleId,
    "a schedule id"
);
uuid_id!(
    /// A package: a name with all its versions.
    PackageId,
    "a package id"
);
uuid_id!(
    /// One version of a package, with its bytes.
    PackageVersionId,
    "a package version id"
);
uuid_id!(
    /// An upload in pieces that has not ended yet.
    UploadId,
    "an upload id"
);
uuid_id!(
    /// A registered database, HTTP endpoint or bucket.
    ConnectionId,
    "a connection id"
);
uuid_id!(
    /// One request to the service, as it stands in answers, logs and audit events.
    RequestId,
    "a request id"
);

impl TenantId {
    /// The first tenant of every installation, and the only one of an embedded home, where one person works on one machine.
    pub const LOCAL: Self = Self(Uuid::from_u128(1));

    /// Not a tenant of anybody: events that concern the platform as a whole are kept under it.
    pub const PLATFORM: Self = Self(Uuid::nil());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_as_written_and_says_what_it_expected() {
        let id = ImportId::from_uuid(Uuid::from_u128(7));
        assert_eq!(id.to_string().parse::<ImportId>(), Ok(id));
        assert_eq!(
            serde_json::to_string(&id).expect("ids serialize"),
            format!("\"{id}\"")
        );
        let error = "x1".parse::<SnapshotId>().expect_err("x1 is no UUID");
        assert!(
            error.to_string().starts_with("'x1' is not a snapshot id"),
            "{error}"
        );
    }
}
