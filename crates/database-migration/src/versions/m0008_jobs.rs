//! Durable jobs and the schedules by which they come to be.

use async_trait::async_trait;
use sea_orm_migration::prelude::{
    ColumnDef, ConditionalStatement, DbErr, DeriveMigrationName, Expr, ExprTrait, Index,
    MigrationTrait, SchemaManager, Table,
};

use crate::columns::{
    TENANT, id, instant, optional_id, optional_instant, optional_text, tenant_index, tenant_key,
    text,
};
use crate::protection::protect_shared_table;

const JOBS: &str = "jobs";
const SCHEDULES: &str = "schedules";

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        jobs(manager).await?;
        job_indexes(manager).await?;
        schedules(manager).await?;
        // Workers look across tenants to see whose turn it is.
        for table in [JOBS, SCHEDULES] {
            protect_shared_table(manager, table).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [SCHEDULES, JOBS] {
            manager
                .drop_table(Table::drop().table(table).take())
                .await?;
        }
        Ok(())
    }
}

async fn jobs(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table(JOBS)
                .col(id(TENANT))
                .col(id("id"))
                .col(text("kind"))
                // JSON, as are `result` and `error`.
                .col(text("payload"))
                .col(text("state"))
                .col(count("done"))
                .col(ColumnDef::new("total").big_integer().null().take())
                .col(optional_text("message"))
                .col(count("attempts"))
                .col(count("max_attempts"))
                .col(instant("run_at"))
                .col(instant("created_at"))
                .col(text("created_by"))
                .col(text("created_by_kind"))
                .col(optional_id("request_id"))
                .col(optional_id("schedule_id"))
                .col(optional_instant("started_at"))
                .col(optional_instant("finished_at"))
                .col(optional_text("unique_key"))
                .col(flag("cancel_requested"))
                // How often it was taken: the number of the newest lease.
                .col(count("claims"))
                .col(optional_instant("lease_until"))
                .col(optional_text("worker"))
                .col(optional_text("result"))
                .col(optional_text("error"))
                .col(count("revision"))
                .primary_key(&mut tenant_key(&["id"]))
                .take(),
        )
        .await
}

async fn job_indexes(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_index(tenant_index(JOBS, &["created_at", "id"]))
        .await?;
    // Only what waits or runs: claiming costs the same however much was done before.
    manager
        .create_index(
            Index::create()
                .name("jobs_waiting")
                .table(JOBS)
                .col(TENANT)
                .col("run_at")
                .col("id")
                .and_where(Expr::col("state").eq(Expr::cust("'queued'")))
                .take(),
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("jobs_at_work")
                .table(JOBS)
                .col(TENANT)
                .col("lease_until")
                .and_where(Expr::col("state").eq(Expr::cust("'running'")))
                .take(),
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("jobs_one_unfinished")
                .table(JOBS)
                .col(TENANT)
                .col("unique_key")
                .unique()
                .and_where(Expr::cust(
                    "unique_key IS NOT NULL AND state IN ('queued', 'running')",
                ))
                .take(),
        )
        .await
}

async fn schedules(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table(SCHEDULES)
                .col(id(TENANT))
                .col(id("id"))
                .col(text("name"))
                // The form in which names are compared.
                .col(text("name_key"))
                // JSON, as is `payload`.
                .col(text("timing"))
                .col(text("kind"))
                .col(text("payload"))
                .col(count("max_attempts"))
                .col(flag("enabled"))
                .col(optional_instant("next_run"))
                .col(optional_instant("last_run"))
                .col(optional_id("last_job"))
                .col(count("runs"))
                .col(instant("created_at"))
                .col(text("created_by"))
                .col(instant("updated_at"))
                .col(text("updated_by"))
                .col(optional_instant("deleted_at"))
                .col(optional_text("deleted_by"))
                .col(count("revision"))
                .primary_key(&mut tenant_key(&["id"]))
                .take(),
        )
        .await?;
    manager
        .create_index(tenant_index(SCHEDULES, &["created_at", "id"]))
        .await?;
    manager
        .create_index(
            Index::create()
                .name("schedules_one_name")
                .table(SCHEDULES)
                .col(TENANT)
                .col("name_key")
                .unique()
                .and_where(Expr::col("deleted_at").is_null())
                .take(),
        )
        .await?;
    // Across tenants: every worker asks every second which schedule's time has come.
    manager
        .create_index(
            Index::create()
                .name("schedules_due")
                .table(SCHEDULES)
                .col("next_run")
                .and_where(Expr::cust("next_run IS NOT NULL AND deleted_at IS NULL"))
                .take(),
        )
        .await
}

fn count(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).big_integer().not_null().take()
}

fn flag(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).boolean().not_null().take()
}
