//! The two roles of a PostgreSQL store: one owns the tables, another works with the rows and is held to row security.

use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};

use crate::migrate::MigrateError;

/// What the tables of the current schema let the service do. A table with a trigger that refuses changes is only added to.
const RIGHTS: &str = "SELECT format('%I', c.relname) AS name, \
     CASE WHEN c.relname = 'seaql_migrations' THEN 'SELECT' \
          WHEN EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid \
               AND t.tgname = c.relname || '_append_only') THEN 'SELECT, INSERT' \
          ELSE 'SELECT, INSERT, UPDATE, DELETE' END AS rights \
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
     WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') \
       AND pg_has_role(c.relowner, 'USAGE')";

/// What a role could get around row security with.
const POWERS: &str = "SELECT r.rolname::text AS name, \
     r.rolsuper AS is_superuser, r.rolbypassrls AS bypasses, \
     EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
             WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') \
               AND pg_has_role(r.oid, c.relowner, 'MEMBER')) AS owns \
     FROM pg_roles r WHERE r.rolname = ";

/// Lets `role` work with all tables, as far as each allows.
pub(crate) async fn grant_rights(
    database: &impl ConnectionTrait,
    role: &str,
) -> Result<(), MigrateError> {
    require_confined(database, "$1", &[role])
        .await?
        .ok_or_else(|| MigrateError::NoRole(role.to_owned()))?;
    let quoted = format!("\"{}\"", role.replace('"', "\"\""));
    let schema = Statement::from_string(
        DbBackend::Postgres,
        "SELECT format('%I', current_schema()) AS name",
    );
    let mut statements = Vec::new();
    if let Some(schema) = database.query_one_raw(schema).await? {
        let schema: String = schema.try_get("", "name")?;
        statements.push(format!("GRANT USAGE ON SCHEMA {schema} TO {quoted}"));
    }
    let tables = Statement::from_string(DbBackend::Postgres, RIGHTS);
    for table in database.query_all_raw(tables).await? {
        let name: String = table.try_get("", "name")?;
        let rights: String = table.try_get("", "rights")?;
        statements.push(format!("REVOKE ALL ON {name} FROM {quoted}"));
        statements.push(format!("GRANT {rights} ON {name} TO {quoted}"));
    }
    for statement in statements {
        database.execute_unprepared(&statement).await?;
    }
    Ok(())
}

/// Refuses to work as a role that row security does not hold for.
pub(crate) async fn require_confined_role(
    database: &impl ConnectionTrait,
) -> Result<(), MigrateError> {
    require_confined(database, "current_user", &[]).await?;
    Ok(())
}

/// Whether there is such a role, if it is one that row security holds for.
async fn require_confined(
    database: &impl ConnectionTrait,
    name: &str,
    values: &[&str],
) -> Result<Option<()>, MigrateError> {
    let query = Statement::from_sql_and_values(
        DbBackend::Postgres,
        format!("{POWERS}{name}"),
        values.iter().map(|value| (*value).into()),
    );
    let Some(role) = database.query_one_raw(query).await? else {
        return Ok(None);
    };
    let has = |power| -> Result<bool, DbErr> { role.try_get("", power) };
    let power = if has("is_superuser")? {
        "is a superuser"
    } else if has("bypasses")? {
        "has BYPASSRLS"
    } else if has("owns")? {
        "owns the tables"
    } else {
        return Ok(Some(()));
    };
    Err(MigrateError::TooPowerful {
        role: role.try_get("", "name")?,
        power,
    })
}
