//! Leases as locks in PostgreSQL, which the database frees when their connection ends, however it ends.

use std::time::Duration;

use async_trait::async_trait;
use installhub_importing::ports::{ImportLease, LeaseGuard, StoreError};
use installhub_kernel::ImportId;
use sea_orm::sqlx::postgres::PgConnection;
use sea_orm::sqlx::{self, ConnectOptions as _};
use tokio::time::timeout;

use crate::failure::{Cause, Failure, store_error};
use crate::postgres::PostgresOptions;
use crate::scoped::lock_key;

/// How long to wait for a lease before it counts as given: a process that has just died or let go is noticed within this time.
const PATIENCE: Duration = Duration::from_millis(300);

/// Leases that processes on several machines share, each with a connection of its own for as long as it lasts.
#[derive(Debug, Clone)]
pub struct SessionLocks {
    options: PostgresOptions,
}

impl SessionLocks {
    /// Leases in the database that the store is in.
    pub fn new(options: PostgresOptions) -> Self {
        Self { options }
    }

    async fn lock(&self, key: i64) -> Result<Option<PgConnection>, Failure> {
        let options = PostgresOptions {
            lock_timeout: PATIENCE,
            ..self.options.clone()
        };
        let connect = options.connection()?;
        let lock = async {
            let mut connection = connect.connect().await?;
            sqlx::query("SELECT pg_advisory_lock($1)")
                .bind(key)
                .execute(&mut connection)
                .await?;
            Ok(connection)
        };
        let locked = timeout(self.options.wait, lock)
            .await
            .map_err(|elapsed| Failure::new(Cause::NotReached, elapsed))?
            .map_err(|error| Failure::from_engine(error).rather(Cause::Lost, Cause::NotReached));
        match locked {
            Ok(connection) => Ok(Some(connection)),
            Err(failure) if failure.cause == Cause::Busy => Ok(None),
            Err(failure) => Err(failure),
        }
    }
}

#[async_trait]
impl ImportLease for SessionLocks {
    async fn acquire(&self, import: ImportId) -> Result<Option<Box<dyn LeaseGuard>>, StoreError> {
        let key = lock_key("import", import.as_uuid().as_bytes());
        match self.lock(key).await {
            Ok(Some(connection)) => Ok(Some(Box::new(Guard {
                _connection: connection,
            }))),
            Ok(None) => Ok(None),
            Err(failure) => Err(store_error(
                &format!("cannot take import {import} in hand"),
                failure,
            )),
        }
    }
}

/// A lease until dropped.
struct Guard {
    _connection: PgConnection,
}

impl LeaseGuard for Guard {}
