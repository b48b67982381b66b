//! Which code each error of a use case becomes: the one place that knows both sides.

use installhub_access::{AccessError, Denied, FieldError, IdentityError};
use installhub_auditing::AuditError;
use installhub_catalog::CatalogError;
use installhub_connections::ConnectionError;
use installhub_deletion::DeletionError;
use installhub_jobs::JobsError;
use installhub_kernel::StoreError;
use installhub_manifest::Diagnostic;
use installhub_package_format::BundleStoreError;

use super::{ApiError, ErrorCode, ErrorDetail};

impl From<Denied> for ApiError {
    fn from(denied: Denied) -> Self {
        Self::new(ErrorCode::Forbidden, denied.to_string())
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict(message) => Self::new(ErrorCode::Conflict, message),
            StoreError::Unavailable { .. } => Self::unavailable(error),
            StoreError::Corrupt { .. } | StoreError::Other { .. } => Self::internal(error),
        }
    }
}

impl From<AccessError> for ApiError {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::Denied(denied) => denied.into(),
            AccessError::NotFound { what, id } => Self::not_found(what, id),
            AccessError::Invalid(fields) => invalid(fields),
            AccessError::Conflict(message) => Self::new(ErrorCode::Conflict, message),
            AccessError::Stale { expected, found } => stale(expected, found),
            AccessError::WrongCredentials => {
                Self::new(ErrorCode::Unauthenticated, error.to_string())
            }
            AccessError::Csrf => Self::new(ErrorCode::CsrfMissing, error.to_string()),
            AccessError::Throttled { retry_after } => {
                Self::new(ErrorCode::Throttled, error.to_string()).retry_after(retry_after)
            }
            AccessError::Expired => Self::new(ErrorCode::Unauthenticated, error.to_string()),
            AccessError::Identity(error) => identity(error),
            AccessError::Store(error) => error.into(),
        }
    }
}

impl From<CatalogError> for ApiError {
    fn from(error: CatalogError) -> Self {
        match error {
            CatalogError::Denied(denied) => denied.into(),
            CatalogError::NotFound { what, id } => Self::not_found(what, id),
            CatalogError::Invalid(fields) => invalid(fields),
            CatalogError::Rejected { diagnostics, total } => rejected(diagnostics, total),
            CatalogError::Conflict(_) => Self::new(ErrorCode::Conflict, error.to_string()),
            CatalogError::WrongOffset { expected, .. } => {
                let message = error.to_string();
                Self::new(ErrorCode::Conflict, message).with_detail(ErrorDetail::field(
                    "Upload-Offset",
                    "wrongOffset",
                    format!("expected {expected}"),
                ))
            }
            CatalogError::Stale { expected, found } => stale(expected, found),
            CatalogError::TooLarge { .. } => {
                Self::new(ErrorCode::PayloadTooLarge, error.to_string())
            }
            CatalogError::Ticket => Self::new(ErrorCode::NotFound, error.to_string()),
            CatalogError::Interrupted(cause) => {
                Self::new(ErrorCode::BadRequest, "the body ended early").caused_by(cause)
            }
            CatalogError::Store(error) => error.into(),
            CatalogError::Bundle(error) => bundle(error),
            CatalogError::Spool(error) => Self::unavailable(error),
        }
    }
}

impl From<JobsError> for ApiError {
    fn from(error: JobsError) -> Self {
        match error {
            JobsError::Denied(denied) => denied.into(),
            JobsError::NotFound { what, id } => Self::not_found(what, id),
            JobsError::Invalid(fields) => invalid(fields),
            JobsError::Conflict(message) => Self::new(ErrorCode::Conflict, message),
            JobsError::Stale { expected, found } => stale(expected, found),
            JobsError::Store(error) => error.into(),
        }
    }
}

impl From<ConnectionError> for ApiError {
    fn from(error: ConnectionError) -> Self {
        match error {
            ConnectionError::Denied(denied) => denied.into(),
            ConnectionError::NotFound(id) => Self::not_found("connection", id),
            ConnectionError::Invalid(fields) => invalid(fields),
            ConnectionError::Conflict(message) => Self::new(ErrorCode::Conflict, message),
            ConnectionError::Stale { expected, found } => stale(expected, found),
            ConnectionError::Seal(error) => Self::internal(error),
            ConnectionError::Store(error) => error.into(),
        }
    }
}

impl From<DeletionError> for ApiError {
    fn from(error: DeletionError) -> Self {
        match error {
            DeletionError::Denied(denied) => denied.into(),
            DeletionError::NotFound { what, id } => Self::not_found(what, id),
            DeletionError::Invalid(fields) => invalid(fields),
            DeletionError::Conflict(message) => Self::new(ErrorCode::Conflict, message),
            DeletionError::Stale { expected, found } => stale(expected, found),
            DeletionError::SamePerson | DeletionError::NotAPerson => {
                Self::new(ErrorCode::Forbidden, error.to_string())
            }
            DeletionError::Access(error) => error.into(),
            DeletionError::Store(error) => error.into(),
        }
    }
}

impl From<AuditError> for ApiError {
    fn from(error: AuditError) -> Self {
        match error {
            AuditError::Denied(denied) => denied.into(),
            AuditError::Invalid(fields) => invalid(fields),
            AuditError::Broken(bad) => Self::new(
                ErrorCode::Conflict,
                format!("the audit chain is broken: {bad}"),
            ),
            AuditError::NoKey => Self::new(ErrorCode::Conflict, error.to_string()),
            AuditError::Store(error) => error.into(),
        }
    }
}

/// Every finding of a package that was read and refused.
fn rejected(diagnostics: Vec<Diagnostic>, total: usize) -> ApiError {
    let listed = diagnostics.len();
    let more = if total > listed {
        format!(", of which the first {listed} are listed")
    } else {
        String::new()
    };
    let message = format!("the package was rejected with {total} findings{more}");
    let details = diagnostics.into_iter().map(|found| ErrorDetail {
        layer: Some(found.layer.to_string()),
        code: found.code.to_string(),
        field: found.path,
        message: found.message,
    });
    ApiError::new(ErrorCode::Unprocessable, message).with_details(details)
}

fn bundle(error: BundleStoreError) -> ApiError {
    match error {
        BundleStoreError::Unavailable { .. } => ApiError::unavailable(error),
        other => ApiError::internal(other),
    }
}

/// What a failed sign-in becomes: here the wrong part is the password, not a missing credential.
pub(crate) fn of_sign_in(error: AccessError) -> ApiError {
    match error {
        AccessError::WrongCredentials => ApiError::new(
            ErrorCode::WrongCredentials,
            "e-mail and password do not belong together, or the account may not sign in",
        ),
        other => other.into(),
    }
}

fn identity(error: IdentityError) -> ApiError {
    match error {
        IdentityError::NotConfigured => ApiError::new(ErrorCode::NotFound, error.to_string()),
        IdentityError::UnknownStart | IdentityError::Rejected(_) => {
            ApiError::new(ErrorCode::Unauthenticated, error.to_string())
        }
        IdentityError::UnknownPerson => ApiError::new(ErrorCode::Forbidden, error.to_string()),
        IdentityError::Unavailable { .. } => ApiError::unavailable(error),
    }
}

fn invalid(fields: Vec<FieldError>) -> ApiError {
    let details: Vec<ErrorDetail> = fields
        .into_iter()
        .map(|found| ErrorDetail::field(found.field, found.code, found.message))
        .collect();
    let message = details.first().map_or_else(
        || "the input is refused".to_owned(),
        |first| match &first.field {
            Some(field) => format!("{field}: {}", first.message),
            None => first.message.clone(),
        },
    );
    ApiError::new(ErrorCode::InvalidInput, message).with_details(details)
}

fn stale(expected: u64, found: u64) -> ApiError {
    ApiError::new(
        ErrorCode::Stale,
        format!(
            "the revision is {found} and If-Match says {expected}: it has changed since it was read"
        ),
    )
}
