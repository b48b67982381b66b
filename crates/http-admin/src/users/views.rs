//! What requests and answers about users look like.

use std::collections::BTreeSet;

use installhub_access::{NewUser, Role, User, UserChange, UserStatus};
use installhub_http_kit::{ApiError, Text, Timestamp, field};
use installhub_kernel::TenantId;
use poem_openapi::{Enum, Object};
use uuid::Uuid;

/// Whether a user may sign in.
#[derive(Enum)]
#[oai(rename = "UserStatus", rename_all = "camelCase")]
pub(super) enum StatusView {
    /// They may.
    Active,
    /// They may not, and neither may their tokens.
    Suspended,
}

impl From<StatusView> for UserStatus {
    fn from(status: StatusView) -> Self {
        match status {
            StatusView::Active => Self::Active,
            StatusView::Suspended => Self::Suspended,
        }
    }
}

impl From<UserStatus> for StatusView {
    fn from(status: UserStatus) -> Self {
        match status {
            UserStatus::Active => Self::Active,
            UserStatus::Suspended => Self::Suspended,
        }
    }
}

fn roles(names: &[Text]) -> Result<BTreeSet<Role>, ApiError> {
    let names = names.iter().enumerate();
    names
        .map(|(at, name)| field(&format!("roles[{at}]"), name))
        .collect()
}

/// A user to be.
#[derive(Object)]
#[oai(rename = "NewUser", rename_all = "camelCase")]
pub(super) struct UserInput {
    /// The tenant; without it the own one.
    tenant_id: Option<Uuid>,
    /// The address to sign in with; nobody else on the platform has it.
    #[oai(validator(max_length = 254))]
    email: Text,
    /// What people call them.
    #[oai(validator(min_length = 1, max_length = 200))]
    name: Text,
    /// What they are to the tenant and to the platform.
    roles: Vec<Text>,
    /// Without it they sign in by an identity provider.
    #[oai(validator(max_length = 1024), write_only)]
    password: Option<Text>,
}

impl UserInput {
    pub(super) fn read(self) -> Result<NewUser, ApiError> {
        Ok(NewUser {
            tenant: self.tenant_id.map(TenantId::from_uuid),
            email: self.email.into(),
            name: self.name.into(),
            roles: roles(&self.roles)?,
            password: self.password.map(Into::into),
        })
    }
}

/// What is to become of a user; what is missing stays.
#[derive(Object)]
#[oai(rename = "UserChange", rename_all = "camelCase")]
pub(super) struct UserChangeInput {
    /// What people call them.
    #[oai(validator(min_length = 1, max_length = 200))]
    name: Option<Text>,
    /// All the roles that they will have.
    roles: Option<Vec<Text>>,
    /// Whether they may sign in.
    status: Option<StatusView>,
    /// A new password; ends all their sessions.
    #[oai(validator(max_length = 1024), write_only)]
    password: Option<Text>,
}

impl UserChangeInput {
    pub(super) fn read(self) -> Result<UserChange, ApiError> {
        Ok(UserChange {
            name: self.name.map(Into::into),
            roles: self.roles.map(|names| roles(&names)).transpose()?,
            status: self.status.map(Into::into),
            password: self.password.map(Into::into),
        })
    }
}

/// A person who belongs to a tenant.
#[derive(Object)]
#[oai(rename = "User", rename_all = "camelCase")]
pub(super) struct UserView {
    /// The id.
    id: Uuid,
    /// The tenant.
    tenant_id: Uuid,
    /// The address to sign in with.
    email: String,
    /// What people call them.
    name: String,
    /// What they are to the tenant and to the platform.
    roles: Vec<String>,
    /// Whether they may sign in.
    status: StatusView,
    /// Whether there is a password, rather than an identity provider alone.
    has_password: bool,
    /// When they came to be.
    created_at: Timestamp,
    /// When they last changed.
    updated_at: Timestamp,
    /// When they last signed in.
    #[oai(skip_serializing_if_is_none)]
    last_signed_in_at: Option<Timestamp>,
    /// Counts changes from 1.
    revision: u64,
}

impl From<User> for UserView {
    fn from(user: User) -> Self {
        Self {
            id: user.id.as_uuid(),
            tenant_id: user.tenant.as_uuid(),
            email: user.email.to_string(),
            name: user.name,
            roles: user.roles.iter().map(ToString::to_string).collect(),
            status: user.status.into(),
            has_password: user.has_password,
            created_at: user.created_at.into(),
            updated_at: user.updated_at.into(),
            last_signed_in_at: user.last_signed_in_at.map(Into::into),
            revision: user.revision,
        }
    }
}
