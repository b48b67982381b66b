//! What a change makes of a connection, and what may not be.

use installhub_access::FieldError;
use installhub_kernel::TenantScope;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value, json};

use crate::ports::{ConnectionRecord, ConnectionUnit};
use crate::settings::NeedOfSecret;
use crate::{
    Connection, ConnectionChange, ConnectionError, ConnectionName, Sealer, SecretChange, Settings,
};

/// The longest secret, in bytes.
const LONGEST_SECRET: usize = 10_000;

/// A name, or what is wrong with it.
pub(crate) fn named(text: &str) -> (Option<ConnectionName>, Vec<FieldError>) {
    match text.parse() {
        Ok(name) => (Some(name), Vec::new()),
        Err(error) => {
            let error: crate::ConnectionNameError = error;
            (
                None,
                vec![FieldError::new("name", "invalid", error.to_string())],
            )
        }
    }
}

/// What is wrong with the secret of a new connection.
pub(crate) fn check_secret(
    settings: &Settings,
    secret: Option<&SecretString>,
) -> Option<FieldError> {
    let refused = |code, message: &str| Some(FieldError::new("secret", code, message));
    let length = secret.map(|secret| secret.expose_secret().len());
    match (settings.need_of_secret(), length) {
        (NeedOfSecret::Required, None) => {
            refused("required", "these settings do not work without a secret")
        }
        (NeedOfSecret::None, Some(_)) => refused("unexpected", "these settings use no secret"),
        (_, Some(0)) => refused("invalid", "found an empty text: expected a secret"),
        (_, Some(length)) if length > LONGEST_SECRET => {
            refused("invalid", "expected at most 10,000 bytes")
        }
        _ => None,
    }
}

/// Refuses a name that another connection has, with words that the engine would not find.
pub(crate) async fn one_name(
    unit: &mut dyn ConnectionUnit,
    scope: &TenantScope,
    connection: &Connection,
) -> Result<(), ConnectionError> {
    let holder = unit
        .connections()
        .find_named(scope, &connection.name)
        .await?;
    match holder {
        Some(holder) if holder != connection.id => Err(ConnectionError::Conflict(format!(
            "another connection is called '{}'",
            connection.name.as_str().escape_debug()
        ))),
        _ => Ok(()),
    }
}

/// The connection after the change, and what the event says of it; `None` when it stays as it is.
pub(crate) fn changed(
    before: &ConnectionRecord,
    change: ConnectionChange,
    scope: &TenantScope,
    sealer: &dyn Sealer,
) -> Result<Option<(ConnectionRecord, Value)>, ConnectionError> {
    let (name, settings) = wanted(&before.connection, &change)?;
    check_change(before, &settings, &change.secret)?;
    let mut after = before.clone();
    let mut details = Map::new();
    if name != before.connection.name {
        details.insert(
            "name".into(),
            json!({ "before": before.connection.name, "after": name }),
        );
        after.connection.name = name;
    }
    if settings != before.connection.settings {
        details.insert(
            "settings".into(),
            json!({ "before": before.connection.settings, "after": settings }),
        );
        after.connection.settings = settings;
    }
    match change.secret {
        SecretChange::Keep => {}
        SecretChange::Replace(secret) => {
            let id = before.connection.id;
            after.sealed = Some(sealer.seal(scope.tenant(), id, &secret)?);
            details.insert("secret".into(), json!("replaced"));
        }
        SecretChange::Remove => {
            if after.sealed.take().is_some() {
                details.insert("secret".into(), json!("removed"));
            }
        }
    }
    if details.is_empty() {
        return Ok(None);
    }
    after.connection.has_secret = after.sealed.is_some();
    after.connection.revision += 1;
    Ok(Some((after, details.into())))
}

/// Name and settings as they are to be.
fn wanted(
    before: &Connection,
    change: &ConnectionChange,
) -> Result<(ConnectionName, Settings), ConnectionError> {
    let (name, mut errors) = match &change.name {
        Some(text) => named(text),
        None => (Some(before.name.clone()), Vec::new()),
    };
    let settings = match &change.settings {
        Some(value) => Settings::parse(before.kind, value)
            .map_err(|wrong| errors.extend(wrong))
            .ok(),
        None => Some(before.settings.clone()),
    };
    name.zip(settings)
        .filter(|_| errors.is_empty())
        .ok_or(ConnectionError::Invalid(errors))
}

/// Refuses a change that would leave a secret missing, or send it to where it was not meant to go.
fn check_change(
    before: &ConnectionRecord,
    settings: &Settings,
    secret: &SecretChange,
) -> Result<(), ConnectionError> {
    let kept = before.sealed.is_some();
    let problem = match secret {
        SecretChange::Replace(secret) => check_secret(settings, Some(secret)),
        SecretChange::Remove => check_secret(settings, None),
        SecretChange::Keep => match settings.need_of_secret() {
            NeedOfSecret::Required if !kept => check_secret(settings, None),
            NeedOfSecret::None if kept => Some(FieldError::new(
                "secret",
                "unexpected",
                "these settings use no secret; remove the one that is kept",
            )),
            _ if kept && settings.destination() != before.connection.settings.destination() => {
                Some(FieldError::new(
                    "secret",
                    "requiredAgain",
                    "the connection leads elsewhere than the secret was given for; give the secret again",
                ))
            }
            _ => None,
        },
    };
    problem.map_or(Ok(()), |problem| Err(problem.into()))
}
