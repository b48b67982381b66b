//! What views and triggers touch, told by the engine: it compiles them under an authorizer that takes notes.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};

use crate::error::{Attempt, SqliteError, engine_message};

/// Compiles `sql` without running it and returns the tables and views that `accessor` (a view or trigger inside it) reads
/// or writes; `with_inner` adds the views inside it, however deep. The inner error is the engine's word when the statement does not compile.
pub(super) fn touched_by(
    connection: &Connection,
    sql: &str,
    accessor: &str,
    with_inner: bool,
) -> Result<Result<BTreeSet<String>, String>, SqliteError> {
    let notes: Arc<Mutex<BTreeSet<String>>> = Arc::default();
    let writer = Arc::clone(&notes);
    let wanted = accessor.to_owned();
    let note = move |context: AuthContext<'_>| {
        let by_accessor = context
            .accessor
            .is_some_and(|name| name.eq_ignore_ascii_case(&wanted));
        // A view of which no column is used is not read itself; that something is read on its behalf gives it away.
        let on_behalf = context.accessor.filter(|_| with_inner && !by_accessor);
        let table = match context.action {
            AuthAction::Read { table_name, .. }
            | AuthAction::Update { table_name, .. }
            | AuthAction::Insert { table_name }
            | AuthAction::Delete { table_name } => Some(table_name),
            _ => None,
        };
        let seen = table.filter(|_| by_accessor).into_iter().chain(on_behalf);
        let seen = seen.map(str::to_owned);
        writer
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(seen);
        Authorization::Allow
    };
    let attempted = || format!("ask what {accessor} touches");
    connection.authorizer(Some(note)).attempt(attempted)?;
    let compiled = connection.prepare(sql).map(|_| ());
    connection
        .authorizer(None::<fn(AuthContext<'_>) -> Authorization>)
        .attempt(attempted)?;
    let touched = std::mem::take(&mut *notes.lock().unwrap_or_else(PoisonError::into_inner));
    Ok(match compiled {
        Ok(()) => Ok(touched),
        Err(error) => Err(engine_message(&error)),
    })
}
