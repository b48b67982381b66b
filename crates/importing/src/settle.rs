//! Settling imports whose process died: the target is either before or after, and the journal is made to say which.

use std::collections::BTreeSet;
use std::error::Error;

use installhub_kernel::{ImportId, TenantScope};

use crate::error::ImportError;
use crate::importer::Importer;
use crate::journal::NOTHING_CHANGED;
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
    /// The state it is in now; the one it was in when it could not be settled.
    pub state: ImportState,
    /// What was found, for a person.
    pub message: String,
}

/// What an interrupted import left behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    Before,
    After,
    Neither,
}

impl Importer {
    /// Settles every import that is unfinished and that no living process works on. Says what it did; an import that cannot be
    /// settled now, for example because its target is away, stays unfinished and is mentioned.
    pub async fn settle(
        &self,
        scope: &TenantScope,
        targets: &dyn TargetResolver,
    ) -> Result<Vec<Settlement>, ImportError> {
        let unfinished = self
            .units
            .read(scope)
            .await?
            .imports()
            .unfinished(scope)
            .await?;
        let mut settled = Vec::new();
        for record in unfinished {
            settled.extend(self.settle_one(scope, record, targets).await);
        }
        Ok(settled)
    }

    /// One import that cannot be settled must not keep the others, or whatever is to be done next, waiting.
    async fn settle_one(
        &self,
        scope: &TenantScope,
        mut record: ImportRecord,
        targets: &dyn TargetResolver,
    ) -> Option<Settlement> {
        let message = match self.settle_if_dead(scope, &mut record, targets).await {
            Ok(message) => message?,
            Err(error) => {
                tracing::warn!(import = %record.id, error = &error as &dyn Error, "an interrupted import cannot be settled");
                format!("it cannot be settled now ({error}); it stays unfinished")
            }
        };
        tracing::info!(import = %record.id, state = %record.state, message, "looked at an interrupted import");
        Some(Settlement {
            import: record.id,
            package: format!("{} {}", record.package_name, record.package_version),
            target: record.target.clone(),
            state: record.state,
            message,
        })
    }

    async fn settle_if_dead(
        &self,
        scope: &TenantScope,
        record: &mut ImportRecord,
        targets: &dyn TargetResolver,
    ) -> Result<Option<String>, ImportError> {
        let Some(_guard) = self.lease.acquire(record.id).await? else {
            return Ok(None);
        };
        // Whoever held the lease until now may have finished it.
        let found = self
            .units
            .read(scope)
            .await?
            .imports()
            .find(scope, record.id)
            .await?;
        match found {
            Some(found) if !is_settled(&found) => *record = found,
            _ => return Ok(None),
        }
        self.settle_record(scope, record, targets).await.map(Some)
    }

    async fn settle_record(
        &self,
        scope: &TenantScope,
        record: &mut ImportRecord,
        targets: &dyn TargetResolver,
    ) -> Result<String, ImportError> {
        let target = || targets.resolve(record.target_kind, &record.target);
        match record.phase {
            JournalPhase::Committing | JournalPhase::Recorded => {
                let target = target()?;
                self.settle_commit(scope, record, target.as_ref()).await
            }
            JournalPhase::RollingBack => {
                let target = target()?;
                self.settle_rollback(scope, record, target.as_ref()).await
            }
            // Before the commit was announced, the target's own transaction guarantees that nothing happened.
            JournalPhase::Planned | JournalPhase::Snapshotting | JournalPhase::Applying => {
                self.settle_failed(scope, record).await
            }
        }
    }

    /// Decides an import whose commit was announced but not confirmed. What cannot be recognised is left as it is.
    pub(crate) async fn settle_commit(
        &self,
        scope: &TenantScope,
        record: &mut ImportRecord,
        target: &dyn ImportTarget,
    ) -> Result<String, ImportError> {
        let now = state_of(scope, target).await?;
        let found = match (&record.before, &record.after) {
            (Some(before), Some(after)) => recognise(&now, before, after),
            _ => Found::Neither,
        };
        match found {
            Found::Before => self.settle_failed(scope, record).await,
            Found::After => self.settle_completed(scope, record).await,
            Found::Neither => Ok(
                "the target was changed by others since and neither state can be recognised; its \
                 snapshot is kept, look at the target and roll the import back if need be"
                    .to_owned(),
            ),
        }
    }

    /// Decides a rollback that was announced but not confirmed.
    pub(crate) async fn settle_rollback(
        &self,
        scope: &TenantScope,
        record: &mut ImportRecord,
        target: &dyn ImportTarget,
    ) -> Result<String, ImportError> {
        let now = state_of(scope, target).await?;
        let mut unit = self.units.begin(scope).await?;
        let later = later_imports(unit.as_mut(), scope, record).await?;
        // What was there when the rollback began is what the last import left.
        let last = later.last().unwrap_or(record);
        let found = match (&record.before, &last.after) {
            (Some(before), _) if now == *before => Found::Before,
            (Some(before), Some(after)) => recognise(&now, before, after),
            _ => Found::Neither,
        };
        let mut draft = record.clone();
        let message = match found {
            Found::Before => {
                let note = "the snapshot had been put back before the rollback was interrupted; it is recorded now";
                self.record_rollback(
                    unit.as_mut(),
                    scope,
                    &mut draft,
                    &later,
                    Some(note.to_owned()),
                )
                .await?;
                note
            }
            Found::After => {
                draft.phase = phase_without_rollback(draft.state);
                self.rewrite(unit.as_mut(), scope, &mut draft).await?;
                "its rollback was interrupted before it took effect; the import stands"
            }
            Found::Neither => {
                return Ok(
                    "its rollback was interrupted, and the target was changed by others since, so that nobody can say \
                     whether it took effect; roll it back again"
                        .to_owned(),
                );
            }
        };
        unit.commit().await?;
        *record = draft;
        Ok(message.to_owned())
    }

    async fn settle_failed(
        &self,
        scope: &TenantScope,
        record: &mut ImportRecord,
    ) -> Result<String, ImportError> {
        let message = format!("it was interrupted before it committed; {NOTHING_CHANGED}");
        self.fail(scope, record, &message, None).await?;
        Ok(message)
    }

    async fn settle_completed(
        &self,
        scope: &TenantScope,
        record: &mut ImportRecord,
    ) -> Result<String, ImportError> {
        let message = "it had committed before it was interrupted; it is recorded now";
        let mut installation = record.outcome.clone().ok_or_else(|| StoreError::Corrupt {
            location: format!("import {}", record.id),
            message: "it was about to commit and has no outcome".to_owned(),
        })?;
        let mut draft = record.clone();
        let mut unit = self.units.begin(scope).await?;
        let note = Some(message.to_owned());
        self.complete(unit.as_mut(), scope, &mut draft, &mut installation, note)
            .await?;
        unit.commit().await?;
        *record = draft;
        Ok(message.to_owned())
    }
}

/// Whether nothing is left to find out about an import.
fn is_settled(record: &ImportRecord) -> bool {
    record.state.is_final() && record.phase != JournalPhase::RollingBack
}

/// The phase an import was in before its rollback began.
fn phase_without_rollback(state: ImportState) -> JournalPhase {
    if state.is_final() {
        JournalPhase::Recorded
    } else {
        JournalPhase::Committing
    }
}

async fn state_of(
    scope: &TenantScope,
    target: &dyn ImportTarget,
) -> Result<Fingerprint, ImportError> {
    let mut session = target.open(scope, Access::Read).await?;
    Ok(session.fingerprint().await?)
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
        // An import that changed nothing looks the same before and after; recording it as completed is true as well.
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
        for (now, expected, why) in [
            (
                [("a", "1"), ("b", "1"), ("c", "1")].as_slice(),
                Found::Before,
                "as it was",
            ),
            (
                &[("a", "1"), ("b", "2"), ("d", "1")],
                Found::After,
                "as it became",
            ),
            (
                &[("a", "9"), ("b", "1"), ("c", "1")],
                Found::Before,
                "others changed what is not its own",
            ),
            (
                &[("a", "9"), ("b", "2"), ("d", "1"), ("e", "1")],
                Found::After,
                "the same afterwards",
            ),
            (
                &[("b", "3"), ("c", "2"), ("d", "7")],
                Found::Neither,
                "others changed its own objects",
            ),
            (
                &[("b", "2"), ("c", "1")],
                Found::Neither,
                "a mixture that no transaction leaves",
            ),
        ] {
            assert_eq!(recognise(&state(now), &before, &after), expected, "{why}");
        }
    }

    #[test]
    fn an_import_that_changed_nothing_counts_as_done() {
        let same = state(&[("a", "1")]);
        assert_eq!(recognise(&same, &same, &same), Found::After);
    }
}
