//! The journal of imports.

use std::cmp::Reverse;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use installhub_importing::ImportState;
use installhub_importing::ports::{
    ImportRecord, ImportRepository, JournalPhase, StoreError, Transition,
};
use installhub_kernel::{Cursor, ImportId, Page, PageRequest, TenantScope};

use super::State;

impl State {
    fn journal(
        &self,
        scope: &TenantScope,
    ) -> impl Iterator<Item = &(ImportRecord, Vec<Transition>)> {
        let tenant = scope.tenant();
        self.imports
            .iter()
            .filter(move |((owner, _), _)| *owner == tenant)
            .map(|(_, entry)| entry)
    }
}

#[async_trait]
impl ImportRepository for State {
    async fn add(&mut self, scope: &TenantScope, record: &ImportRecord) -> Result<(), StoreError> {
        let first = Transition {
            from: None,
            to: record.state,
            at: record.updated_at,
            note: None,
        };
        let entry = (record.clone(), vec![first]);
        if self.imports.contains_key(&(scope.tenant(), record.id)) {
            return Err(StoreError::Conflict(format!(
                "import {} is in the journal already",
                record.id
            )));
        }
        self.imports.insert((scope.tenant(), record.id), entry);
        Ok(())
    }

    async fn record(
        &mut self,
        scope: &TenantScope,
        record: &ImportRecord,
        note: Option<String>,
    ) -> Result<(), StoreError> {
        let Some((known, moves)) = self.imports.get_mut(&(scope.tenant(), record.id)) else {
            return Err(StoreError::Conflict(format!(
                "import {} is not in the journal",
                record.id
            )));
        };
        if known.state != record.state {
            moves.push(Transition {
                from: Some(known.state),
                to: record.state,
                at: record.updated_at,
                note,
            });
        }
        known.clone_from(record);
        Ok(())
    }

    async fn find(
        &mut self,
        scope: &TenantScope,
        id: ImportId,
    ) -> Result<Option<ImportRecord>, StoreError> {
        Ok(self
            .imports
            .get(&(scope.tenant(), id))
            .map(|(record, _)| record.clone()))
    }

    async fn list(
        &mut self,
        scope: &TenantScope,
        page: PageRequest,
    ) -> Result<Page<ImportRecord>, StoreError> {
        let mut items: Vec<_> = self
            .journal(scope)
            .map(|(record, _)| record.clone())
            .collect();
        items.sort_by_key(|record| Reverse((record.created_at, record.id)));
        if let Some(Cursor(last)) = page.cursor {
            let seen = items
                .iter()
                .position(|record| record.id.to_string() == last);
            items.drain(..seen.map_or(items.len(), |index| index + 1));
        }
        let limit = page.limit.max(1) as usize;
        let more = items.len() > limit;
        items.truncate(limit);
        let next_cursor = items
            .last()
            .filter(|_| more)
            .map(|last| Cursor(last.id.to_string()));
        Ok(Page { items, next_cursor })
    }

    async fn unfinished(&mut self, scope: &TenantScope) -> Result<Vec<ImportRecord>, StoreError> {
        let open = |record: &&ImportRecord| match record.state {
            ImportState::Completed => record.phase == JournalPhase::RollingBack,
            state => !state.is_final(),
        };
        let mut found: Vec<_> = self
            .journal(scope)
            .map(|(record, _)| record)
            .filter(open)
            .cloned()
            .collect();
        found.sort_by_key(|record| (record.created_at, record.id));
        Ok(found)
    }

    async fn transitions(
        &mut self,
        scope: &TenantScope,
        id: ImportId,
    ) -> Result<Vec<Transition>, StoreError> {
        Ok(self
            .imports
            .get(&(scope.tenant(), id))
            .map(|(_, moves)| moves.clone())
            .unwrap_or_default())
    }

    async fn completed_since(
        &mut self,
        scope: &TenantScope,
        target: &str,
        after: DateTime<Utc>,
    ) -> Result<Vec<ImportRecord>, StoreError> {
        let completion = |moves: &[Transition]| {
            moves
                .iter()
                .find(|step| step.to == ImportState::Completed)
                .map(|step| step.at)
                .filter(|at| *at > after)
        };
        let mut found: Vec<_> = self
            .journal(scope)
            .filter(|(record, _)| record.target == target && record.state == ImportState::Completed)
            .filter_map(|(record, moves)| Some((completion(moves)?, record.clone())))
            .collect();
        found.sort_by_key(|(at, record)| (*at, record.id));
        Ok(found.into_iter().map(|(_, record)| record).collect())
    }
}
