//! Removing what ended by itself.

use super::{Access, before, doorkeeper};
use crate::AccessError;

/// What a sweep has removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AccessSweep {
    /// Sessions that had ended by themselves.
    pub sessions: u64,
    /// Accounts and addresses whose failed attempts are long past.
    pub attempts: u64,
    /// Sign-ins that never came back from the identity provider.
    pub sign_in_starts: u64,
}

impl Access {
    /// Removes what ended by itself, in all tenants; to be called now and then, by any number of processes.
    pub async fn sweep(&self) -> Result<AccessSweep, AccessError> {
        let across = doorkeeper(None)?;
        let now = self.clock.now();
        let unused = before(now, self.settings.session_idle);
        let mut unit = self.store.begin_platform(&across).await?;
        let swept = AccessSweep {
            sessions: unit.sessions().remove_ended(&across, now, unused).await?,
            attempts: unit
                .attempts()
                .forget(&across, self.forgotten_before())
                .await?,
            sign_in_starts: unit
                .sign_in_starts()
                .remove_older(&across, self.given_up_before())
                .await?,
        };
        unit.commit().await?;
        Ok(swept)
    }
}
