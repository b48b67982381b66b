//! Settling imports whose process died: the target is either before or after, and the journal is made to say which.

use std::collections::BTreeSet;

use installhub_kernel::{ImportId, TenantScope};

use crate::error::ImportError;
use crate::importer::Importer;
use crate::ports::{
    Access, Fingerprint, ImportRecord, ImportTarget, JournalPhase, StoreError, TargetError,
    TargetKind,
};
use crate::rollback::later_imports;
use crate::state::ImportState;

/// Opens targets by what the journal remembers of them.
pub trait TargetResolver: Send + Sync {
    /// The target of that identity.
    fn resolve(
        &self,
        kind: TargetKind,
        identity: &str,
    ) -> Result<Box<dyn ImportTarget>, TargetError>;
}

/// How an unfinished import was settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// Which.
    pub import: ImportId,
    /// The package, as `name version`.
    pub package: String,
    /// The target's identity.
    pub target: String,
    /// The state it ended in; unchanged when it could not be settled.
    pub state: ImportState,
    /// What was found, for a person.
    pub message: String,
}

/// What an interrupted import left behind.
enum Found {
    Before,
    After,
    Neither,
}

impl Importer {
    /// Settles every import that is unfinished and that no living process works on. Says what it did; an import whose target
    /// cannot be read now stays unfinished and is mentioned.
    pub async fn settle(
        &self,
        scope: &TenantScope,
        targets: &dyn TargetResolver,
    ) -> Result<Vec<Settlement>, ImportError> {
        let unfinished = self.units.read().await?.imports().unfinished(scope).await?;
        let mut settled = Vec::new();
        for record in unfinished {
            let Some(_guard) = self.lease.acquire(record.id).await? else {
                continue;
            };
            // Whoever held the lease until now may have finished it.
            let Some(record) = self
                .units
                .read()
                .await?
                .imports()
                .find(scope, record.id)
                .await?
            else {
                continue;
            };
            if record.state.is_final() && record.phase != JournalPhase::RollingBack {
                continue;
            }
            settled.push(self.settle_one(scope, record, targets).await?);
        }
        Ok(settled)
    }

    async fn settle_one(
        &self,
        scope: &TenantScope,
        mut record: ImportRecord,
        targets: &dyn TargetResolver,
    ) -> Result<Settlement, ImportError> {
        let message = match self.settle_record(scope, &mut record, targets).await {
            Ok(message) => message,
            Err(ImportError::Target(error)) => {
                format!("its target cannot be read now ({error}); it stays unfinished")
            }
            Err(error) => return Err(error),
        };
        tracing::info!(import = %record.id, state = %record.state, message, "settled an interrupted import");
        Ok(Settlement {
            import: record.id,
            package: format!("{} {}", record.package_name, record.package_version),
            target: record.target.clone(),
            state: record.state,
            message,
        })
    }

    async fn settle_record(
        &self,
        scope: &TenantScope,
        record: &mut ImportRecord,
        targets: &dyn TargetResolver,
    ) -> Result<String, ImportError> {
        match record.phase {
            JournalPhase::Committing => {
                let target = targets.resolve(record.target_kind, &record.target)?;
                self.settle_commit(scope, record, target.as_ref()).await
            }
            JournalPhase::RollingBack => {
                let target = targets.resolve(record.target_kind, &record.target)?;
                self.settle_rollback(scope, record, target.as_ref()).await
            }
            // Before the commit was announced, the target's own transaction guarantees that nothing happened.
            JournalPhase::Planned
            | JournalPhase::Snapshotting
            | JournalPhase::Applying
            | JournalPhase::Recorded => {
                self.settle_failed(
                    scope,
                    record,
                    "it was interrupted before it committed; nothing was changed",
                )
                .await
            }
        }
    }

    /// Decides an import whose commit was announced but not confirmed.
    pub(crate) async fn settle_commit(
        &self,
        scope: &TenantScope,
        record: &mut ImportRecord,
        target: &dyn ImportTarget,
    ) -> Result<String, ImportError> {
        match self.look(scope, record, target).await? {
            Found::Before => {
                self.settle_failed(scope, record, "it was interrupted before it committed; nothing was changed").await
            }
            Found::After => {
                self.settle_completed(scope, record, "it had committed before it was interrupted; it is recorded now")
                    .await
            }
            Found::Neither => Ok("the target was changed by others since and neither state can be recognised; its \
                                  snapshot is kept, look at the target and roll the import back if need be"
                .to_owned()),
        }
    }

    async fn settle_rollback(
        &self,
        scope: &TenantScope,
        record: &mut ImportRecord,
        target: &dyn ImportTarget,
    ) -> Result<String, ImportError> {
        let mut unit = self.units.begin().await?;
        let message = if matches!(self.look(scope, record, target).await?, Found::Before) {
            let later = later_imports(unit.as_mut(), scope, record).await?;
            let note = "the snapshot had been put back before the rollback was interrupted; it is recorded now";
            self.record_rollback(unit.as_mut(), scope, record, &later, Some(note.to_owned()))
                .await?;
            note
        } else {
            record.phase = JournalPhase::Recorded;
            record.updated_at = self.clock.now();
            unit.imports().record(scope, record, None).await?;
            "its rollback was interrupted before it took effect; the import stands"
        };
        unit.commit().await?;
        Ok(message.to_owned())
    }

    async fn settle_failed(
        &self,
        scope: &TenantScope,
        record: &mut ImportRecord,
        message: &str,
    ) -> Result<String, ImportError> {
        record.error.get_or_insert_with(|| message.to_owned());
        record.outcome = None;
        let mut unit = self.units.begin().await?;
        self.enter(
            unit.as_mut(),
            scope,
            record,
            ImportState::Failed,
            Some(message.to_owned()),
        )
        .await?;
        unit.commit().await?;
        Ok(message.to_owned())
    }

    async fn settle_completed(
        &self,
        scope: &TenantScope,
        record: &mut ImportRecord,
        message: &str,
    ) -> Result<String, ImportError> {
        let installation = record.outcome.clone().ok_or_else(|| StoreError::Corrupt {
            location: format!("import {}", record.id),
            message: "it was about to commit and has no outcome".to_owned(),
        })?;
        let mut unit = self.units.begin().await?;
        self.complete(
            unit.as_mut(),
            scope,
            record,
            &installation,
            Some(message.to_owned()),
        )
        .await?;
        unit.commit().await?;
        Ok(message.to_owned())
    }

    async fn look(
        &self,
        scope: &TenantScope,
        record: &ImportRecord,
        target: &dyn ImportTarget,
    ) -> Result<Found, ImportError> {
        let now = target
            .open(scope, Access::Read)
            .await?
            .fingerprint()
            .await?;
        // An import that changed nothing looks the same before and after; recording it as completed is true as well.
        Ok(match (&record.before, &record.after) {
            (Some(before), Some(after)) => recognise(&now, before, after),
            _ => Found::Neither,
        })
    }
}

/// Tells before from after by the objects that the import changes; what others did to the rest meanwhile does not matter.
fn recognise(now: &Fingerprint, before: &Fingerprint, after: &Fingerprint) -> Found {
    let names: BTreeSet<&String> = before.objects.keys().chain(after.objects.keys()).collect();
    let own = names
        .into_iter()
        .filter(|name| before.objects.get(*name) != after.objects.get(*name));
    let (mut as_before, mut as_after) = (0, 0);
    let mut seen = 0;
    for name in own {
        seen += 1;
        let mark = now.objects.get(name);
        as_before += usize::from(mark == before.objects.get(name));
        as_after += usize::from(mark == after.objects.get(name));
    }
    match (as_before, as_after) {
        _ if seen == 0 => Found::After,
        (0, 1..) => Found::After,
        (1.., 0) => Found::Before,
        _ => Found::Neither,
    }
}

#[cfg(test)]
mod tests {
    use installhub_checksum::Digest;

    use super::*;
    use crate::ports::ObjectMark;

    fn state(objects: &[(&str, &str)]) -> Fingerprint {
        let marks = objects.iter().map(|(name, content)| {
            (
                (*name).to_owned(),
                ObjectMark {
                    digest: Digest::of(content.as_bytes()),
                    rows: None,
                },
            )
        });
        Fingerprint {
            objects: marks.collect(),
        }
    }

    #[test]
    fn the_objects_an_import_changes_tell_before_from_after() {
        let before = state(&[("a", "1"), ("b", "1"), ("c", "1")]);
        let after = state(&[("a", "1"), ("b", "2"), ("d", "1")]);
        let found = |now: &[(&str, &str)]| match recognise(&state(now), &before, &after) {
            Found::Before => "before",
            Found::After => "after",
            Found::Neither => "neither",
        };
        assert_eq!(found(&[("a", "1"), ("b", "1"), ("c", "1")]), "before");
        assert_eq!(found(&[("a", "1"), ("b", "2"), ("d", "1")]), "after");
        assert_eq!(
            found(&[("a", "9"), ("b", "1"), ("c", "1")]),
            "before",
            "others changed what is not its own"
        );
        assert_eq!(
            found(&[("a", "9"), ("b", "2"), ("d", "1"), ("e", "1")]),
            "after",
            "the same afterwards"
        );
        assert_eq!(
            found(&[("b", "3"), ("c", "2"), ("d", "7")]),
            "neither",
            "others changed its own objects"
        );
        assert_eq!(
            found(&[("b", "2"), ("c", "1")]),
            "neither",
            "a mixture that no transaction leaves"
        );
    }

    #[test]
    fn an_import_that_changed_nothing_counts_as_done() {
        let same = state(&[("a", "1")]);
        assert!(matches!(recognise(&same, &same, &same), Found::After));
    }
}
