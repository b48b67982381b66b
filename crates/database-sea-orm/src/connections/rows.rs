//! Connections as rows.

use installhub_connections::ports::ConnectionRecord;
use installhub_connections::{Connection, ConnectionKind, SealedSecret, Settings};
use installhub_kernel::{ConnectionId, StoreError, TenantScope};

use super::REVISION;
use crate::entity::connection::Model;
use crate::failure::corrupt;
use crate::words::{parsed, read_count, stored_count, value_from_text, value_text};

pub(super) fn row(scope: &TenantScope, record: &ConnectionRecord) -> Result<Model, StoreError> {
    let connection = &record.connection;
    let sealed = record.sealed.clone();
    let (sealing_key, sealed_secret) = sealed.map(|it| (it.key_id, it.sealed)).unzip();
    Ok(Model {
        tenant_id: scope.tenant().as_uuid(),
        id: connection.id.as_uuid(),
        name: connection.name.to_string(),
        name_key: connection.name.folded(),
        kind: connection.kind.as_str().to_owned(),
        settings: value_text("the settings of a connection", &connection.settings)?,
        sealing_key,
        sealed_secret,
        created_at: connection.created_at,
        created_by: connection.created_by.to_string(),
        updated_at: connection.updated_at,
        deleted_at: None,
        deleted_by: None,
        revision: stored_count(REVISION, connection.revision)?,
    })
}

pub(super) fn record(row: Model) -> Result<ConnectionRecord, StoreError> {
    Ok(ConnectionRecord {
        connection: connection(&row)?,
        sealed: sealed(row.sealing_key, row.sealed_secret),
    })
}

pub(super) fn connection(row: &Model) -> Result<Connection, StoreError> {
    let id = ConnectionId::from_uuid(row.id);
    let location = format!("connection {id}");
    let kind: ConnectionKind = parsed(&location, &row.kind)?;
    let settings: serde_json::Value = value_from_text(&location, &row.settings)?;
    let settings = Settings::parse(kind, &settings).map_err(|wrong| {
        let fields: Vec<&str> = wrong.iter().map(|error| error.field).collect();
        corrupt(&location, format!("wrong are {}", fields.join(", ")))
    })?;
    Ok(Connection {
        id,
        name: parsed(&location, &row.name)?,
        kind,
        settings,
        has_secret: row.sealed_secret.is_some(),
        revision: read_count(&location, row.revision)?,
        created_at: row.created_at,
        created_by: parsed(&location, &row.created_by)?,
        updated_at: row.updated_at,
    })
}

pub(super) fn sealed(key_id: Option<String>, sealed: Option<String>) -> Option<SealedSecret> {
    key_id
        .zip(sealed)
        .map(|(key_id, sealed)| SealedSecret { key_id, sealed })
}
