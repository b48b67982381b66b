//! The common driver's first half: detection for everything, then the id table, then step by step what would happen.

use std::collections::{BTreeMap, HashMap, HashSet};

use installhub_artifact::{Reference, references};
use installhub_kernel::{IdGenerator, TenantScope};
use installhub_manifest::{ArtifactEntry, check_package_dependencies, check_platform};

use crate::error::ImportError;
use crate::handler::{Detection, EarlierSteps, HandlerContext, HandlerRegistry, ImportHandler};
use crate::ids::{IdTable, fresh_id};
use crate::options::ImportOptions;
use crate::package::Package;
use crate::plan::{ImportPlan, PlanBlock, PlanStep, PlannedAction, TargetReference};
use crate::ports::{ImportTarget, InstallationRecord, OpenReference, TargetSession};
use crate::version_guard::version_blocks;

/// Everything a plan is made from.
pub(crate) struct Planner<'a> {
    pub(crate) scope: &'a TenantScope,
    pub(crate) package: &'a Package,
    pub(crate) target: &'a dyn ImportTarget,
    pub(crate) options: &'a ImportOptions,
    pub(crate) handlers: &'a HandlerRegistry,
    pub(crate) ids: &'a dyn IdGenerator,
    pub(crate) installed: Option<&'a InstallationRecord>,
    pub(crate) installed_packages: &'a BTreeMap<String, semver::Version>,
}

impl Planner<'_> {
    /// Makes the plan inside `session`.
    pub(crate) async fn plan(
        &self,
        session: &mut dyn TargetSession,
    ) -> Result<ImportPlan, ImportError> {
        let fingerprint = session.fingerprint().await?;
        let detections = self.detect(session).await?;
        let ids = self.bind(&detections);
        let (steps, mut blocks) = self.steps(session, &detections, &ids).await?;
        let mut warnings = Vec::new();
        self.check_references(session, &mut blocks, &mut warnings)
            .await?;
        self.check_package(&mut blocks, &mut warnings);
        Ok(ImportPlan {
            package: self.package.identity(),
            target: TargetReference {
                kind: self.target.kind(),
                identity: self.target.identity(),
                display_name: self.target.display_name(),
            },
            installed_version: self
                .installed
                .map(|installed| installed.package_version.clone()),
            steps,
            blocks,
            warnings,
            fingerprint,
        })
    }

    fn handler(&self, entry: &ArtifactEntry) -> Option<&dyn ImportHandler> {
        if self.target.holds(entry.artifact_type) {
            self.handlers.get(entry.artifact_type)
        } else {
            None
        }
    }

    /// Asks every handler about all of its artifacts at once.
    async fn detect(
        &self,
        session: &mut dyn TargetSession,
    ) -> Result<HashMap<String, Detection>, ImportError> {
        let installed: BTreeMap<String, String> = self
            .installed
            .into_iter()
            .flat_map(|record| &record.artifacts)
            .map(|artifact| (artifact.source_id.clone(), artifact.target_id.clone()))
            .collect();
        let mut groups: BTreeMap<&'static str, (&dyn ImportHandler, Vec<&ArtifactEntry>)> =
            BTreeMap::new();
        for entry in self.package.manifest().artifacts_in_install_order() {
            if let Some(handler) = self.handler(entry) {
                groups
                    .entry(handler.name())
                    .or_insert((handler, Vec::new()))
                    .1
                    .push(entry);
            }
        }
        let mut detections = HashMap::new();
        for (handler, entries) in groups.into_values() {
            let answers = handler
                .detect(session, self.scope, &installed, &entries)
                .await?;
            detections.extend(entries.iter().map(|entry| entry.id.clone()).zip(answers));
        }
        Ok(detections)
    }

    /// Fixes the id table: created artifacts get fresh ids, all others keep the existing one.
    fn bind(&self, detections: &HashMap<String, Detection>) -> IdTable {
        let mut ids = IdTable::new();
        for entry in self.package.manifest().artifacts_in_install_order() {
            match detections.get(&entry.id) {
                Some(Detection::Existing { target_id }) => ids.bind(&entry.id, target_id.clone()),
                Some(
                    Detection::New | Detection::Ambiguous { .. } | Detection::Contested { .. },
                ) => {
                    ids.bind(
                        &entry.id,
                        fresh_id(entry.artifact_type, &entry.id, self.ids),
                    );
                }
                None => {}
            }
        }
        ids
    }

    async fn steps(
        &self,
        session: &mut dyn TargetSession,
        detections: &HashMap<String, Detection>,
        ids: &IdTable,
    ) -> Result<(Vec<PlanStep>, Vec<PlanBlock>), ImportError> {
        let mut steps = Vec::with_capacity(detections.len());
        let mut blocks = Vec::new();
        let mut earlier = EarlierSteps::default();
        for entry in self.package.manifest().artifacts_in_install_order() {
            let step = match (self.handler(entry), detections.get(&entry.id)) {
                (Some(_), Some(Detection::Ambiguous { candidates })) => {
                    blocks.push(ambiguous(entry, candidates));
                    steps.push(empty_step(entry, ids, PlannedAction::Undecided));
                    continue;
                }
                (
                    Some(_),
                    Some(Detection::Contested {
                        target_id,
                        claimants,
                    }),
                ) => {
                    blocks.push(contested(entry, target_id, claimants));
                    steps.push(empty_step(entry, ids, PlannedAction::Undecided));
                    continue;
                }
                (Some(handler), Some(detection)) => {
                    let context = HandlerContext {
                        scope: self.scope,
                        package: self.package,
                        options: self.options,
                        ids,
                        installed: self.installed,
                        earlier: &earlier,
                    };
                    handler.diff(session, &context, entry, detection).await?
                }
                _ => {
                    self.unsupported(entry, &mut blocks);
                    empty_step(entry, ids, PlannedAction::Unsupported)
                }
            };
            blocks.extend(undecided(&step, entry));
            earlier.add(&step);
            steps.push(step);
        }
        Ok((steps, blocks))
    }

    fn unsupported(&self, entry: &ArtifactEntry, blocks: &mut Vec<PlanBlock>) {
        if !self.options.unsupported.is_allowed() {
            blocks.push(PlanBlock {
                code: "UnsupportedByTarget".to_owned(),
                artifact: Some(entry.id.clone()),
                message: format!(
                    "{} cannot hold {} '{}'; choose another target, or leave such artifacts out on purpose",
                    self.target.display_name(),
                    entry.artifact_type.as_str(),
                    entry.name
                ),
            });
        }
    }

    /// References to things that are neither in the package nor in the target.
    async fn check_references(
        &self,
        session: &mut dyn TargetSession,
        blocks: &mut Vec<PlanBlock>,
        warnings: &mut Vec<PlanBlock>,
    ) -> Result<(), ImportError> {
        let open = open_references(
            self.package,
            self.target,
            self.handlers,
            self.scope,
            session,
        )
        .await?;
        let findings = open.into_iter().map(|reference| PlanBlock {
            code: "MissingDependency".to_owned(),
            artifact: Some(reference.source_id),
            message: format!(
                "refers at {} to '{}', which is neither in the package nor in the target",
                reference.pointer, reference.missing_id
            ),
        });
        if self.options.missing.is_allowed() {
            warnings.extend(findings)
        } else {
            blocks.extend(findings)
        }
        Ok(())
    }

    fn check_package(&self, blocks: &mut Vec<PlanBlock>, warnings: &mut Vec<PlanBlock>) {
        let manifest = self.package.manifest();
        for block in check_package_dependencies(manifest, self.installed_packages) {
            blocks.push(PlanBlock {
                code: block.code.to_owned(),
                artifact: None,
                message: block.message,
            });
        }
        let warning = self
            .options
            .platform_version
            .as_ref()
            .and_then(|target| check_platform(manifest, target));
        if let Some(warning) = warning {
            warnings.push(PlanBlock {
                code: warning.code.to_owned(),
                artifact: None,
                message: warning.message,
            });
        }
        let installed = self.installed.map(|installed| &installed.package_version);
        blocks.extend(version_blocks(&manifest.version, installed, self.options));
    }
}

/// References that point neither into the package nor at something in the target.
pub(crate) async fn open_references(
    package: &Package,
    target: &dyn ImportTarget,
    handlers: &HandlerRegistry,
    scope: &TenantScope,
    session: &mut dyn TargetSession,
) -> Result<Vec<OpenReference>, ImportError> {
    let carried: HashSet<&str> = package
        .manifest()
        .artifacts
        .iter()
        .filter(|entry| {
            target.holds(entry.artifact_type) && handlers.get(entry.artifact_type).is_some()
        })
        .map(|entry| entry.id.as_str())
        .collect();
    let mut outside: Vec<(String, Reference)> = Vec::new();
    for entry in package.manifest().artifacts_in_install_order() {
        // Data files refer to nothing but their table, which their header names.
        if entry.artifact_type.spec().extension == "ndjson" || !carried.contains(entry.id.as_str())
        {
            continue;
        }
        let found = references(entry.artifact_type, &package.document(entry)?);
        let missing = found
            .into_iter()
            .filter(|reference| !carried.contains(reference.id.as_str()));
        outside.extend(missing.map(|reference| (entry.id.clone(), reference)));
    }
    let wanted: HashSet<String> = outside
        .iter()
        .map(|(_, reference)| reference.id.clone())
        .collect();
    let present = present_in_target(session, scope, wanted).await?;
    Ok(outside
        .into_iter()
        .filter(|(_, reference)| !present.contains(&reference.id))
        .map(|(source_id, reference)| OpenReference {
            source_id,
            pointer: reference.pointer,
            missing_id: reference.id,
        })
        .collect())
}

async fn present_in_target(
    session: &mut dyn TargetSession,
    scope: &TenantScope,
    wanted: HashSet<String>,
) -> Result<HashSet<String>, ImportError> {
    use installhub_database_model::ObjectKind;
    let mut present = HashSet::new();
    if wanted.is_empty() {
        return Ok(present);
    }
    let wanted: Vec<String> = wanted.into_iter().collect();
    if let Some(documents) = session.documents() {
        let found = documents.find_by_ids(scope, &wanted).await?;
        present.extend(found.into_iter().map(|document| document.outline.id));
    }
    if let Some(database) = session.database() {
        for name in wanted {
            for kind in [ObjectKind::Table, ObjectKind::View] {
                if database.find_object(kind, &name).await?.is_some() {
                    present.insert(name.clone());
                }
            }
        }
    }
    Ok(present)
}

fn empty_step(entry: &ArtifactEntry, ids: &IdTable, action: PlannedAction) -> PlanStep {
    PlanStep {
        artifact_type: entry.artifact_type,
        source_id: entry.id.clone(),
        target_id: ids.target(&entry.id).to_owned(),
        name: entry.name.clone(),
        handler: entry.artifact_type.spec().handler.to_owned(),
        action,
        strategy: None,
        changes: Vec::new(),
        clashes: Vec::new(),
        rows: None,
        statements: Vec::new(),
        notes: Vec::new(),
    }
}

fn ambiguous(entry: &ArtifactEntry, candidates: &[String]) -> PlanBlock {
    PlanBlock {
        code: "AmbiguousMatch".to_owned(),
        artifact: Some(entry.id.clone()),
        message: format!(
            "{} '{}' could be any of {} in the target ({}); rename all but one of them",
            entry.artifact_type.as_str(),
            entry.name,
            candidates.len(),
            candidates.join(", ")
        ),
    }
}

fn contested(entry: &ArtifactEntry, target_id: &str, claimants: &[String]) -> PlanBlock {
    PlanBlock {
        code: "AmbiguousMatch".to_owned(),
        artifact: Some(entry.id.clone()),
        message: format!(
            "{} '{}' is not the only artifact of the package that could be '{target_id}' in the target ({}); give them \
             different names, or rename the one in the target",
            entry.artifact_type.as_str(),
            entry.name,
            claimants.join(", ")
        ),
    }
}

fn undecided(step: &PlanStep, entry: &ArtifactEntry) -> Option<PlanBlock> {
    if step.action != PlannedAction::Undecided {
        return None;
    }
    let what = format!("{} '{}'", entry.artifact_type.as_str(), entry.name);
    let (code, message) = if step.clashes.is_empty() {
        (
            "DecisionMissing",
            format!("{what} is in the target and differs; choose merge, overwrite or skip"),
        )
    } else {
        let fields: Vec<String> = step
            .clashes
            .iter()
            .map(|clash| clash.pointer.to_string())
            .collect();
        (
            "MergeClash",
            format!(
                "{what} was changed on both sides in {}; decide these fields or choose a fallback",
                fields.join(", ")
            ),
        )
    };
    Some(PlanBlock {
        code: code.to_owned(),
        artifact: Some(entry.id.clone()),
        message,
    })
}
