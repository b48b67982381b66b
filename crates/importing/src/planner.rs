//! The common driver's first half: detection for everything, then the id table, then step by step what would happen.

use std::collections::{BTreeMap, HashMap};

use installhub_kernel::{IdGenerator, TenantScope};
use installhub_manifest::{ArtifactEntry, check_package_dependencies, check_platform};

use crate::error::ImportError;
use crate::handler::{Detection, EarlierSteps, HandlerContext, HandlerRegistry, ImportHandler};
use crate::ids::IdTable;
use crate::installed::Installed;
use crate::options::ImportOptions;
use crate::package::Package;
use crate::plan::{ImportPlan, PlanBlock, PlanStep, PlannedAction, TargetReference};
use crate::ports::{ImportTarget, TargetSession};
use crate::references::Surroundings;
use crate::version_guard::version_blocks;

/// Artifacts that a handler is given at a time: enough that asking the target for them together pays, few enough that their
/// contents do not add up.
pub(crate) const BATCH: usize = 64;

/// Everything a plan is made from.
pub(crate) struct Planner<'a> {
    pub(crate) scope: &'a TenantScope,
    pub(crate) package: &'a Package,
    pub(crate) target: &'a dyn ImportTarget,
    pub(crate) options: &'a ImportOptions,
    pub(crate) handlers: &'a HandlerRegistry,
    pub(crate) ids: &'a dyn IdGenerator,
    pub(crate) installed: &'a Installed,
    pub(crate) installed_packages: &'a BTreeMap<String, semver::Version>,
}

impl<'a> Planner<'a> {
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
        self.check_references(session, &ids, &mut blocks, &mut warnings)
            .await?;
        self.check_package(&mut blocks, &mut warnings);
        Ok(ImportPlan {
            package: self.package.identity(),
            target: TargetReference {
                kind: self.target.kind(),
                identity: self.target.identity(),
                display_name: self.target.display_name(),
            },
            installed_version: self.installed.version().cloned(),
            steps,
            blocks,
            warnings,
            fingerprint,
        })
    }

    fn handler(&self, entry: &ArtifactEntry) -> Option<&'a dyn ImportHandler> {
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
    ) -> Result<HashMap<&'a str, Detection>, ImportError> {
        let mut groups: BTreeMap<&'static str, (&dyn ImportHandler, Vec<&'a ArtifactEntry>)> =
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
                .detect(session, self.scope, self.installed, &entries)
                .await?;
            detections.extend(entries.iter().map(|entry| entry.id.as_str()).zip(answers));
        }
        Ok(detections)
    }

    /// Fixes the id table: created artifacts get fresh ids, all others keep the existing one.
    fn bind(&self, detections: &HashMap<&str, Detection>) -> IdTable {
        let mut ids = IdTable::new(self.installed.elsewhere());
        for entry in self.package.manifest().artifacts_in_install_order() {
            let (Some(handler), Some(detection)) =
                (self.handler(entry), detections.get(entry.id.as_str()))
            else {
                continue;
            };
            let target_id = match detection {
                Detection::Existing { target_id } => target_id.clone(),
                Detection::New | Detection::Ambiguous { .. } | Detection::Contested { .. } => {
                    handler.new_id(entry, self.ids)
                }
            };
            ids.bind(&entry.id, target_id);
        }
        ids
    }

    async fn steps(
        &self,
        session: &mut dyn TargetSession,
        detections: &HashMap<&str, Detection>,
        ids: &IdTable,
    ) -> Result<(Vec<PlanStep>, Vec<PlanBlock>), ImportError> {
        let entries = self.package.manifest().artifacts_in_install_order();
        let mut steps = Vec::with_capacity(entries.len());
        let mut blocks = Vec::new();
        let mut earlier = EarlierSteps::default();
        let mut rest = entries.as_slice();
        while let Some(first) = rest.first() {
            let Some(handler) = self.handler(first) else {
                let step = PlanStep::new(
                    first,
                    ids.target(&first.id),
                    first.artifact_type.spec().handler,
                    PlannedAction::Unsupported,
                );
                blocks.extend(self.block(first, &step, None));
                steps.push(step);
                rest = &rest[1..];
                continue;
            };
            let neighbours = rest
                .iter()
                .take(BATCH)
                .take_while(|entry| {
                    self.handler(entry)
                        .is_some_and(|other| other.name() == handler.name())
                })
                .count();
            let (batch, later) = rest.split_at(neighbours);
            rest = later;
            let context = HandlerContext {
                scope: self.scope,
                package: self.package,
                options: self.options,
                ids,
                installed: self.installed,
                earlier: &earlier,
            };
            let planned = self
                .batch(session, &context, handler, batch, detections)
                .await?;
            for (entry, step) in batch.iter().zip(planned) {
                blocks.extend(self.block(entry, &step, detections.get(entry.id.as_str())));
                earlier.add(&step);
                steps.push(step);
            }
        }
        Ok((steps, blocks))
    }

    /// The steps of neighbours with one handler, which is not asked where nobody knows what is meant.
    async fn batch(
        &self,
        session: &mut dyn TargetSession,
        context: &HandlerContext<'_>,
        handler: &dyn ImportHandler,
        batch: &[&ArtifactEntry],
        detections: &HashMap<&str, Detection>,
    ) -> Result<Vec<PlanStep>, ImportError> {
        let clear: Vec<(&ArtifactEntry, &Detection)> = batch
            .iter()
            .filter_map(|entry| {
                let detection = detections.get(entry.id.as_str())?;
                detection.is_clear().then_some((*entry, detection))
            })
            .collect();
        let mut planned = handler.diff(session, context, &clear).await?.into_iter();
        let mut clear = clear.iter().map(|(entry, _)| entry.id.as_str()).peekable();
        let steps = batch.iter().map(|entry| {
            let step = clear
                .next_if_eq(&entry.id.as_str())
                .and_then(|_| planned.next());
            step.unwrap_or_else(|| {
                let target_id = context.ids.target(&entry.id);
                PlanStep::new(entry, target_id, handler.name(), PlannedAction::Undecided)
            })
        });
        Ok(steps.collect())
    }

    /// What keeps a step from being carried out, if anything.
    fn block(
        &self,
        entry: &ArtifactEntry,
        step: &PlanStep,
        detection: Option<&Detection>,
    ) -> Option<PlanBlock> {
        match (detection, step.action) {
            (Some(Detection::Ambiguous { candidates }), _) => Some(ambiguous(entry, candidates)),
            (
                Some(Detection::Contested {
                    target_id,
                    claimants,
                }),
                _,
            ) => Some(contested(entry, target_id, claimants)),
            (_, PlannedAction::Undecided) => Some(undecided(step, entry)),
            (_, PlannedAction::Unsupported) if !self.options.unsupported.is_allowed() => {
                Some(self.unsupported(step, entry))
            }
            _ => None,
        }
    }

    fn unsupported(&self, step: &PlanStep, entry: &ArtifactEntry) -> PlanBlock {
        let because = if step.notes.is_empty() {
            String::new()
        } else {
            format!(" because {}", step.notes.join("; "))
        };
        PlanBlock {
            code: "UnsupportedByTarget".to_owned(),
            artifact: Some(entry.id.clone()),
            message: format!(
                "{} cannot hold {} '{}'{because}; choose another target, or leave such artifacts out on purpose",
                self.target.display_name(),
                entry.artifact_type.as_str(),
                entry.name
            ),
        }
    }

    /// References to things that are neither in the package nor in the target.
    async fn check_references(
        &self,
        session: &mut dyn TargetSession,
        ids: &IdTable,
        blocks: &mut Vec<PlanBlock>,
        warnings: &mut Vec<PlanBlock>,
    ) -> Result<(), ImportError> {
        let surroundings = Surroundings {
            scope: self.scope,
            package: self.package,
            target: self.target,
            handlers: self.handlers,
            ids,
        };
        let open = surroundings.open_references(session).await?;
        let findings = open.into_iter().map(|reference| PlanBlock {
            code: "MissingDependency".to_owned(),
            artifact: Some(reference.source_id),
            message: format!(
                "refers at {} to '{}', which is neither in the package nor in the target",
                reference.pointer, reference.missing_id
            ),
        });
        if self.options.missing.is_allowed() {
            warnings.extend(findings);
        } else {
            blocks.extend(findings);
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
        let installed = self.installed.version();
        blocks.extend(version_blocks(&manifest.version, installed, self.options));
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

fn undecided(step: &PlanStep, entry: &ArtifactEntry) -> PlanBlock {
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
            .map(|pointer| {
                if pointer.is_empty() {
                    "its definition".to_owned()
                } else {
                    pointer
                }
            })
            .collect();
        (
            "MergeClash",
            format!(
                "{what} was changed on both sides in {}; decide these fields or choose a fallback",
                fields.join(", ")
            ),
        )
    };
    PlanBlock {
        code: code.to_owned(),
        artifact: Some(entry.id.clone()),
        message,
    }
}
