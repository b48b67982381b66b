//! The table of roles.

use installhub_access::Role;
use installhub_http_kit::Caller;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use crate::tags::Tag;

pub(crate) struct Roles;

/// What a role allows.
#[derive(Object)]
#[oai(rename = "Role", rename_all = "camelCase")]
struct RoleView {
    /// The role.
    name: String,
    /// Whether only the platform may give it.
    platform: bool,
    /// What it allows.
    permissions: Vec<PermissionView>,
}

/// The right to do one kind of thing.
#[derive(Object)]
#[oai(rename = "Permission", rename_all = "camelCase")]
struct PermissionView {
    /// The name, as operations say it.
    name: String,
    /// What it allows, for people.
    description: String,
}

/// All roles.
#[derive(Object)]
#[oai(rename = "Roles", rename_all = "camelCase")]
struct RoleList {
    /// Those of a tenant first.
    items: Vec<RoleView>,
}

impl From<Role> for RoleView {
    fn from(role: Role) -> Self {
        let permissions = role
            .permissions()
            .into_iter()
            .map(|permission| PermissionView {
                name: permission.to_string(),
                description: permission.description().to_owned(),
            });
        Self {
            name: role.to_string(),
            platform: role.is_platform(),
            permissions: permissions.collect(),
        }
    }
}

#[OpenApi(tag = "Tag::Users")]
impl Roles {
    /// List roles
    ///
    /// All there are, with what each of them allows.
    #[expect(
        clippy::unused_async,
        reason = "the framework takes async handlers only"
    )]
    #[oai(path = "/roles", method = "get", operation_id = "listRoles")]
    async fn list(&self, _caller: Caller) -> Json<RoleList> {
        Json(RoleList {
            items: Role::ALL.iter().copied().map(RoleView::from).collect(),
        })
    }
}
