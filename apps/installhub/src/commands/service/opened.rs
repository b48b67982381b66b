//! The service, from what the command line says about settings.

use std::path::PathBuf;

use installhub_bootstrap::{
    Layers, Service, ServiceError, Settings, SettingsError, ShownSetting, environment,
};

use installhub_kernel::{ActorKind, PlatformScope};

use crate::cli::{GlobalArgs, SettingsArgs};
use crate::failure::Failure;

/// Settings and where they came from.
pub(super) struct Read {
    pub home: PathBuf,
    pub settings: Settings,
    pub shown: Vec<ShownSetting>,
}

/// Reads all layers; `more` are flags that stand for a setting.
pub(super) fn read(
    global: &GlobalArgs,
    arguments: &SettingsArgs,
    more: &[String],
) -> Result<Read, Failure> {
    let home = crate::commands::home::folder(global)?;
    let mut flags = arguments.set.clone();
    flags.extend_from_slice(more);
    let layers = Layers {
        file: arguments.config.clone(),
        optional_file: Some(home.join("installhub.toml")),
        environment: environment::variables(),
        flags,
    };
    let (settings, shown) = layers.read().map_err(|error| invalid(&error))?;
    Ok(Read {
        home,
        settings,
        shown,
    })
}

/// The service of these settings, not yet looked at.
pub(super) fn open(global: &GlobalArgs, arguments: &SettingsArgs) -> Result<Service, Failure> {
    let Read {
        home,
        settings,
        shown,
    } = read(global, arguments, &[])?;
    Service::open(settings, shown, &home).map_err(|error| unusable(&error))
}

/// The same with its schema up to date.
pub(super) async fn open_current(
    global: &GlobalArgs,
    arguments: &SettingsArgs,
) -> Result<Service, Failure> {
    let service = open(global, arguments)?;
    service.migrate().await.map_err(|error| unusable(&error))?;
    Ok(service)
}

fn invalid(error: &SettingsError) -> Failure {
    Failure::from_error("InvalidConfiguration", error)
        .help("installhub config show prints every key there is and where its value came from")
}

/// A service that cannot be put together or does not work.
pub(super) fn unusable(error: &ServiceError) -> Failure {
    let code = match error {
        ServiceError::Setting { .. }
        | ServiceError::Sealing(_)
        | ServiceError::AuditKey(_)
        | ServiceError::FormerAuditKey(_) => "InvalidConfiguration",
        ServiceError::Store(_) => "DatabaseUnavailable",
        ServiceError::Storage(_) => "StorageUnavailable",
        ServiceError::Network { .. } => "CannotListen",
        _ => "CannotStart",
    };
    let failure = Failure::from_error(code, error);
    match error {
        ServiceError::Network { .. } => failure
            .help("choose another address with --listen ADDRESS:PORT; port 0 takes any free one"),
        _ => failure,
    }
}

/// Whoever can read the database and the keys may look at all of it.
pub(super) fn across() -> Result<PlatformScope, Failure> {
    let actor = crate::commands::description::session_actor()?;
    Ok(PlatformScope::acting(actor, ActorKind::CommandLine, None))
}
