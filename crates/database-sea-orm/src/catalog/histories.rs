//! What becomes of revisions and earlier versions when a snapshot of the artifact store is put back.

use installhub_kernel::TenantScope;
use sea_orm::{
    ColumnTrait as _, DbErr, QueryFilter as _, QueryOrder as _, QuerySelect as _, QueryTrait as _,
};

use crate::entity::{artifact, artifact_version};
use crate::scoped::TenantOwned as _;
use crate::unit::Unit;

impl Unit {
    /// The greatest revision of any document, kept or current; 0 when there is none.
    pub(crate) async fn newest_revision(&self, scope: &TenantScope) -> Result<i64, DbErr> {
        let current: Option<i64> = artifact::Entity::rows_of(scope)
            .select_only()
            .column(artifact::Column::Revision)
            .order_by_desc(artifact::Column::Revision)
            .into_tuple()
            .one(&self.transaction)
            .await?;
        let kept: Option<i64> = artifact_version::Entity::rows_of(scope)
            .select_only()
            .column(artifact_version::Column::Revision)
            .order_by_desc(artifact_version::Column::Revision)
            .into_tuple()
            .one(&self.transaction)
            .await?;
        Ok(Ord::max(current, kept).unwrap_or(0))
    }

    /// Forgets earlier versions of documents that are not there any more, not even deleted: their ids are free, and what
    /// takes one has a history of its own.
    pub(crate) async fn forget_histories_without_document(
        &self,
        scope: &TenantScope,
    ) -> Result<(), DbErr> {
        let there = artifact::Entity::rows_of(scope)
            .select_only()
            .column(artifact::Column::Id)
            .into_query();
        artifact_version::Entity::removals_of(scope)
            .filter(artifact_version::Column::ArtifactId.not_in_subquery(there))
            .exec(&self.transaction)
            .await?;
        Ok(())
    }
}
