//! The only way to begin a query: with the tenant it is about.

use installhub_kernel::TenantScope;
use sea_orm::{ColumnTrait, DeleteMany, EntityTrait, QueryFilter, Select, UpdateMany};

use crate::entity;

/// A table whose rows belong to tenants.
pub(crate) trait TenantOwned: EntityTrait {
    /// The column that says to whom.
    const TENANT: Self::Column;

    /// Reads rows of the tenant.
    fn rows_of(scope: &TenantScope) -> Select<Self> {
        Self::find().filter(Self::TENANT.eq(scope.tenant().as_uuid()))
    }

    /// Changes rows of the tenant.
    fn changes_of(scope: &TenantScope) -> UpdateMany<Self> {
        Self::update_many().filter(Self::TENANT.eq(scope.tenant().as_uuid()))
    }

    /// Removes rows of the tenant.
    fn removals_of(scope: &TenantScope) -> DeleteMany<Self> {
        Self::delete_many().filter(Self::TENANT.eq(scope.tenant().as_uuid()))
    }
}

macro_rules! tenant_owned {
    ($($table:ident),+ $(,)?) => {
        $(impl TenantOwned for entity::$table::Entity {
            const TENANT: Self::Column = entity::$table::Column::TenantId;
        })+
    };
}

tenant_owned!(
    artifact,
    decisions,
    import,
    installation,
    installed_artifact,
    open_reference,
    snapshot,
    transition
);

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    #[test]
    fn no_other_file_begins_a_query() {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut read = 0;
        for entry in fs::read_dir(sources).expect("the sources are there") {
            let path = entry.expect("the sources are there").path();
            if path.is_dir() || path.ends_with("scoped.rs") {
                continue;
            }
            let source = fs::read_to_string(&path).expect("a source is text");
            let source = source.split("#[cfg(test)]").next().unwrap_or_default();
            for way in [
                "::find(",
                "::find_by_id(",
                "::update_many(",
                "::delete_many(",
                "_raw(",
                "_unprepared(",
            ] {
                assert!(
                    !source.contains(way),
                    "{} begins a query without a tenant: {way}",
                    path.display()
                );
            }
            read += 1;
        }
        assert!(read > 5);
    }
}
