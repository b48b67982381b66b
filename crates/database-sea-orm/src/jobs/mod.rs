//! Jobs and schedules.

mod dispatch;
mod fence;
mod places;
mod queue;
mod repository;
mod rows;
mod schedules;
mod units;

use sea_orm::prelude::DateTimeUtc;
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{ConnectionTrait as _, DbBackend, DbErr};

use crate::unit::Unit;

const READ: &str = "cannot read the jobs";
const WRITE: &str = "cannot write the jobs";

impl Unit {
    /// The time by which leases and schedules are measured: the server's, so that no process with a wrong clock takes jobs out
    /// of another one's hand. The clock of this machine where the database is a file of it.
    async fn queue_time(&self) -> Result<DateTimeUtc, DbErr> {
        if self.transaction.get_database_backend() != DbBackend::Postgres {
            return Ok(rows::storable(self.clock.now()));
        }
        let question = Query::select()
            .expr_as(Expr::cust("clock_timestamp()"), "now")
            .take();
        let answer = self.transaction.query_one(&question).await?;
        let answer =
            answer.ok_or_else(|| DbErr::RecordNotFound("the time of the server".to_owned()))?;
        answer.try_get("", "now")
    }
}
