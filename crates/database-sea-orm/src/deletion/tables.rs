//! Where each kind of thing is kept.

use installhub_deletion::EntityKind;
use installhub_kernel::TenantScope;
use sea_orm::Value;
use sea_orm::sea_query::{
    Alias, DeleteStatement, Expr, ExprTrait as _, Query, SelectStatement, SimpleExpr,
    UpdateStatement,
};
use uuid::Uuid;

/// The column that says whose a row is.
const TENANT: &str = "tenant_id";

/// The table of a kind. All of them have `tenant_id`, `deleted_at`, `deleted_by` and `revision`.
#[derive(Debug, Clone, Copy)]
pub(super) struct EntityTable {
    pub(super) name: &'static str,
    /// The column of the id.
    pub(super) id: &'static str,
    /// The column of what people call it.
    pub(super) label: &'static str,
    /// The column of whose it is, where it is somebody's.
    pub(super) owner: Option<&'static str>,
    /// The column of roles, where it has some.
    pub(super) roles: Option<&'static str>,
    id_is_text: bool,
}

impl EntityTable {
    pub(super) fn of(kind: EntityKind) -> Self {
        let plain = |name, label| Self {
            name,
            id: "id",
            label,
            owner: None,
            roles: None,
            id_is_text: false,
        };
        match kind {
            EntityKind::Tenant => Self {
                id: TENANT,
                ..plain("tenants", "name")
            },
            EntityKind::User => Self {
                roles: Some("roles"),
                ..plain("users", "email")
            },
            EntityKind::ApiToken => Self {
                owner: Some("owner_id"),
                ..plain("api_tokens", "name")
            },
            EntityKind::Artifact => Self {
                id_is_text: true,
                ..plain("artifacts", "name")
            },
            EntityKind::Package => plain("packages", "name"),
            EntityKind::PackageVersion => plain("package_versions", "version"),
            EntityKind::Connection => plain("connections", "name"),
            EntityKind::Schedule => plain("schedules", "name"),
        }
    }

    /// The id as the engine keeps it; `None` for what is no id of this kind.
    pub(super) fn id_value(self, id: &str) -> Option<Value> {
        if self.id_is_text {
            return Some(id.into());
        }
        Uuid::parse_str(id).ok().map(Value::from)
    }

    /// Whether ids are texts rather than UUIDs.
    pub(super) fn id_is_text(self) -> bool {
        self.id_is_text
    }
}

pub(super) fn column(name: &str) -> SimpleExpr {
    Expr::col(Alias::new(name))
}

fn is_of(scope: &TenantScope) -> SimpleExpr {
    column(TENANT).eq(scope.tenant().as_uuid())
}

/// Reads rows of the tenant.
pub(super) fn rows(scope: &TenantScope, table: &str) -> SelectStatement {
    Query::select()
        .from(Alias::new(table))
        .and_where(is_of(scope))
        .take()
}

/// Changes rows of the tenant.
pub(super) fn changes(scope: &TenantScope, table: &str) -> UpdateStatement {
    Query::update()
        .table(Alias::new(table))
        .and_where(is_of(scope))
        .take()
}

/// Removes rows of the tenant.
pub(super) fn removals(scope: &TenantScope, table: &str) -> DeleteStatement {
    Query::delete()
        .from_table(Alias::new(table))
        .and_where(is_of(scope))
        .take()
}
