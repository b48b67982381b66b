//! Opening the home folder, and settling what a dead process left there.

use std::path::{Path, PathBuf};

use installhub_bootstrap::{Home, environment};
use installhub_kernel::{ImportId, PageRequest, TenantId, TenantScope};

use super::description::session_actor;
use crate::cli::GlobalArgs;
use crate::failure::Failure;
use crate::output;

/// A home ready to work with, and for whom.
pub(super) struct OpenHome {
    path: PathBuf,
    pub home: Home,
    pub scope: TenantScope,
}

/// Where the home is, or will be.
pub(super) fn folder(global: &GlobalArgs) -> Result<PathBuf, Failure> {
    match &global.home {
        Some(path) => Ok(path.clone()),
        None => environment::default_home().ok_or_else(|| {
            Failure::new("NoHome", "this system names no folder for application data")
                .help("say where with --home DIR or INSTALLHUB_HOME")
        }),
    }
}

/// Opens the home, creates it if need be, and settles imports that were interrupted.
pub(super) async fn open(global: &GlobalArgs) -> Result<OpenHome, Failure> {
    let path = folder(global)?;
    let home = Home::open(&path, global.patience());
    let scope = TenantScope::new(TenantId::LOCAL, session_actor()?);
    let settled = home
        .importer()
        .settle(&scope, &home)
        .await
        .map_err(|source| unusable(&path, &source))?;
    for settlement in settled {
        output::remark(&format!(
            "settled import {} of {} into {}: {} – {}",
            settlement.import,
            settlement.package,
            settlement.target,
            settlement.state,
            settlement.message
        ));
    }
    Ok(OpenHome { path, home, scope })
}

/// A home that cannot be worked with.
fn unusable(path: &Path, source: &dyn std::error::Error) -> Failure {
    Failure::new(
        "CannotOpenHome",
        format!("cannot use the home folder {}", path.display()),
    )
    .because(source)
    .help("choose another folder with --home DIR or INSTALLHUB_HOME")
}

impl OpenHome {
    /// An error of the home's own store.
    pub(crate) fn unusable(&self, source: &dyn std::error::Error) -> Failure {
        unusable(&self.path, source)
    }

    /// The import whose id is, or begins with, what was typed.
    pub(super) async fn import_id(&self, typed: &str) -> Result<ImportId, Failure> {
        if let Ok(id) = typed.parse() {
            return Ok(id);
        }
        let wrong = |message: String| {
            Failure::new("UnknownImport", message)
                .help("installhub imports lists all imports with their ids")
        };
        let matches: Vec<ImportId> = self
            .records()
            .await?
            .into_iter()
            .map(|record| record.id)
            .filter(|id| {
                !typed.is_empty() && id.to_string().starts_with(&typed.to_ascii_lowercase())
            })
            .collect();
        match matches.as_slice() {
            [one] => Ok(*one),
            [] => Err(wrong(format!("there is no import '{typed}'"))),
            many => Err(wrong(format!(
                "'{typed}' is the beginning of {} import ids; type more of it",
                many.len()
            ))),
        }
    }

    /// All imports, newest first.
    pub(super) async fn records(
        &self,
    ) -> Result<Vec<installhub_importing::ports::ImportRecord>, Failure> {
        let failed = |source| self.unusable(&source);
        let mut unit = self
            .home
            .importer()
            .units
            .read(&self.scope)
            .await
            .map_err(failed)?;
        let mut request = PageRequest::first(500);
        let mut records = Vec::new();
        loop {
            let page = unit
                .imports()
                .list(&self.scope, request.clone())
                .await
                .map_err(failed)?;
            records.extend(page.items);
            match page.next_cursor {
                Some(cursor) => request.cursor = Some(cursor),
                None => return Ok(records),
            }
        }
    }
}
