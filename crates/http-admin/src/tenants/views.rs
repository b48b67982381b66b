//! What requests and answers about tenants look like.

use std::collections::BTreeSet;

use installhub_access::{NewTenant, NewUser, Role, Tenant, TenantChange};
use installhub_http_kit::{Text, Timestamp};
use poem_openapi::Object;
use uuid::Uuid;

/// A tenant to be, with somebody who can administer it.
#[derive(Object)]
#[oai(rename = "NewTenant", rename_all = "camelCase")]
pub(super) struct TenantInput {
    /// What people call it.
    #[oai(validator(min_length = 1, max_length = 200))]
    name: Text,
    /// A short name for addresses: a-z, 0-9 and -, with a letter or digit at both ends.
    #[oai(validator(min_length = 2, max_length = 63))]
    slug: Text,
    /// The first user; becomes `tenant-admin`.
    administrator: AdministratorInput,
}

/// The first user of a tenant.
#[derive(Object)]
#[oai(rename = "NewAdministrator", rename_all = "camelCase")]
struct AdministratorInput {
    /// The address to sign in with.
    #[oai(validator(max_length = 254))]
    email: Text,
    /// What people call them.
    #[oai(validator(min_length = 1, max_length = 200))]
    name: Text,
    /// Without it they sign in by an identity provider.
    #[oai(validator(max_length = 1024), write_only)]
    password: Option<Text>,
}

impl From<TenantInput> for NewTenant {
    fn from(input: TenantInput) -> Self {
        let administrator = input.administrator;
        Self {
            name: input.name.into(),
            slug: input.slug.into(),
            administrator: NewUser {
                tenant: None,
                email: administrator.email.into(),
                name: administrator.name.into(),
                roles: BTreeSet::from([Role::TenantAdmin]),
                password: administrator.password.map(Into::into),
            },
        }
    }
}

/// What is to become of a tenant; what is missing stays.
#[derive(Object)]
#[oai(rename = "TenantChange", rename_all = "camelCase")]
pub(super) struct TenantChangeInput {
    /// What people call it.
    #[oai(validator(min_length = 1, max_length = 200))]
    name: Option<Text>,
    /// A short name for addresses.
    #[oai(validator(min_length = 2, max_length = 63))]
    slug: Option<Text>,
}

impl From<TenantChangeInput> for TenantChange {
    fn from(input: TenantChangeInput) -> Self {
        Self {
            name: input.name.map(Into::into),
            slug: input.slug.map(Into::into),
        }
    }
}

/// A tenant.
#[derive(Object)]
#[oai(rename = "Tenant", rename_all = "camelCase")]
pub(super) struct TenantView {
    /// The id.
    id: Uuid,
    /// What people call it.
    name: String,
    /// A short name for addresses.
    slug: String,
    /// `active` or `suspended`.
    status: String,
    /// When it came to be.
    created_at: Timestamp,
    /// When it last changed.
    updated_at: Timestamp,
    /// Counts changes from 1.
    revision: u64,
}

impl From<Tenant> for TenantView {
    fn from(tenant: Tenant) -> Self {
        Self {
            id: tenant.id.as_uuid(),
            name: tenant.name,
            slug: tenant.slug.to_string(),
            status: tenant.status.as_str().to_owned(),
            created_at: tenant.created_at.into(),
            updated_at: tenant.updated_at.into(),
            revision: tenant.revision,
        }
    }
}
