//! Access: tenants, users, their identities elsewhere, sessions, tokens, and what signing in has to remember.

use async_trait::async_trait;
use sea_orm_migration::prelude::{
    ConditionalStatement, DbErr, DeriveMigrationName, Expr, ExprTrait, ForeignKey,
    ForeignKeyAction, Index, IndexCreateStatement, MigrationTrait, Query, SchemaManager, Table,
};
use sea_orm_migration::sea_orm::prelude::Uuid;

use crate::columns::{
    TENANT, belongs_to, bytes, id, instant, optional_id, optional_instant, optional_text,
    tenant_index, tenant_key, text,
};
use crate::protection::{protect_platform_table, protect_shared_table};

const TENANTS: &str = "tenants";
const USERS: &str = "users";
const IDENTITIES: &str = "user_identities";
const SESSIONS: &str = "sessions";
const TOKENS: &str = "api_tokens";
const ATTEMPTS: &str = "sign_in_attempts";
const STARTS: &str = "sign_in_starts";

/// The first tenant, which every installation has.
const FIRST_TENANT: Uuid = Uuid::from_u128(1);

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        tenants(manager).await?;
        users(manager).await?;
        identities(manager).await?;
        sessions(manager).await?;
        tokens(manager).await?;
        signing_in(manager).await?;
        // Whoever signs in says by a name or a secret to which tenant they belong: it is found across tenants.
        for table in [TENANTS, USERS, IDENTITIES, SESSIONS, TOKENS] {
            protect_shared_table(manager, table).await?;
        }
        for table in [ATTEMPTS, STARTS] {
            protect_platform_table(manager, table).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [
            STARTS, ATTEMPTS, TOKENS, SESSIONS, IDENTITIES, USERS, TENANTS,
        ] {
            manager
                .drop_table(Table::drop().table(table).take())
                .await?;
        }
        Ok(())
    }
}

async fn tenants(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table(TENANTS)
                // The tenant's own id.
                .col(id(TENANT))
                .col(text("name"))
                .col(text("slug"))
                .col(text("status"))
                .col(instant("created_at"))
                .col(instant("updated_at"))
                .col(optional_instant("deleted_at"))
                .col(optional_text("deleted_by"))
                .col(bytes("revision"))
                .primary_key(&mut tenant_key(&[]))
                .take(),
        )
        .await?;
    manager
        .create_index(one_of_the_living("tenants_by_slug", TENANTS, "slug"))
        .await?;
    manager
        .execute(
            Query::insert()
                .into_table(TENANTS)
                .columns([
                    TENANT,
                    "name",
                    "slug",
                    "status",
                    "created_at",
                    "updated_at",
                    "revision",
                ])
                .values_panic([
                    FIRST_TENANT.into(),
                    "Main".into(),
                    "main".into(),
                    "active".into(),
                    Expr::current_timestamp(),
                    Expr::current_timestamp(),
                    1_i64.into(),
                ])
                .take(),
        )
        .await
        .map(drop)
}

async fn users(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table(USERS)
                .col(id(TENANT))
                .col(id("id"))
                .col(text("email"))
                // The address in the form in which addresses are compared.
                .col(text("email_key"))
                .col(text("name"))
                // The name in the form in which names are compared.
                .col(text("name_key"))
                // A JSON array of names.
                .col(text("roles"))
                .col(text("status"))
                // PHC string format; missing when an identity provider knows the person.
                .col(optional_text("password_hash"))
                .col(instant("created_at"))
                .col(instant("updated_at"))
                .col(optional_instant("last_signed_in_at"))
                .col(optional_instant("deleted_at"))
                .col(optional_text("deleted_by"))
                .col(bytes("revision"))
                .primary_key(&mut tenant_key(&["id"]))
                .foreign_key(
                    ForeignKey::create()
                        .name("users_tenant_id")
                        .from(USERS, TENANT)
                        .to(TENANTS, TENANT),
                )
                .take(),
        )
        .await?;
    // An address signs in to one tenant.
    manager
        .create_index(one_of_the_living("users_by_email", USERS, "email_key"))
        .await?;
    manager
        .create_index(
            Index::create()
                .name("users_by_id")
                .table(USERS)
                .col("id")
                .unique()
                .take(),
        )
        .await
}

async fn identities(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table(IDENTITIES)
                .col(id(TENANT))
                .col(id("user_id"))
                .col(text("issuer"))
                .col(text("subject"))
                .col(instant("linked_at"))
                .primary_key(&mut tenant_key(&["user_id", "issuer", "subject"]))
                .foreign_key(
                    belongs_to(IDENTITIES, "user_id", USERS).on_delete(ForeignKeyAction::Cascade),
                )
                .take(),
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("user_identities_by_subject")
                .table(IDENTITIES)
                .col("subject")
                .col("issuer")
                .unique()
                .take(),
        )
        .await
}

async fn sessions(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table(SESSIONS)
                .col(id(TENANT))
                .col(id("id"))
                .col(id("user_id"))
                // SHA-256 of the secret.
                .col(text("digest"))
                .col(instant("created_at"))
                .col(instant("last_seen_at"))
                .col(instant("expires_at"))
                .col(optional_text("address"))
                .col(optional_text("user_agent"))
                .primary_key(&mut tenant_key(&["id"]))
                .foreign_key(
                    belongs_to(SESSIONS, "user_id", USERS).on_delete(ForeignKeyAction::Cascade),
                )
                .take(),
        )
        .await?;
    manager
        .create_index(tenant_index(SESSIONS, &["user_id"]))
        .await
}

async fn tokens(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table(TOKENS)
                .col(id(TENANT))
                .col(id("id"))
                .col(text("name"))
                // Missing for service tokens.
                .col(optional_id("owner_id"))
                // A JSON array of names.
                .col(text("permissions"))
                // SHA-256 of the secret.
                .col(text("digest"))
                .col(instant("created_at"))
                .col(text("created_by"))
                .col(instant("expires_at"))
                .col(optional_instant("last_used_at"))
                .col(optional_instant("revoked_at"))
                .col(optional_instant("deleted_at"))
                .col(optional_text("deleted_by"))
                .col(bytes("revision"))
                .primary_key(&mut tenant_key(&["id"]))
                .foreign_key(
                    belongs_to(TOKENS, "owner_id", USERS).on_delete(ForeignKeyAction::Cascade),
                )
                .take(),
        )
        .await?;
    manager
        .create_index(tenant_index(TOKENS, &["owner_id", "id"]))
        .await
}

async fn signing_in(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table(ATTEMPTS)
                // SHA-256 of the account or address.
                .col(text("subject").primary_key())
                .col(bytes("failures"))
                .col(instant("last_at"))
                .take(),
        )
        .await?;
    manager
        .create_table(
            Table::create()
                .table(STARTS)
                // SHA-256 of what comes back with the browser.
                .col(text("state").primary_key())
                .col(text("nonce"))
                .col(text("pkce_verifier"))
                .col(text("return_to"))
                .col(instant("created_at"))
                .take(),
        )
        .await
}

/// What only one row has that is not deleted, in all tenants.
fn one_of_the_living(
    name: &'static str,
    table: &'static str,
    column: &'static str,
) -> IndexCreateStatement {
    Index::create()
        .name(name)
        .table(table)
        .col(column)
        .unique()
        .and_where(Expr::col("deleted_at").is_null())
        .take()
}
