//! From workflows to artifacts, once all of them are known.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use installhub_artifact::{ArtifactType, Json, Object, Reference, ReferenceKind};
use installhub_exporting::ports::Notice;
use semver::Version;

use super::calls::Target;
use super::naming::{Ids, own_texts};
use super::report;
use super::workflow::Workflow;
use crate::document::Document;
use crate::duplicates::{Claim, Verdict, judge};
use crate::options::OnDuplicateId;
use crate::problem::Problem;

use ArtifactType::{ProcessDefinition, ThreadDefinition};

/// What is written as `_schemaVersion`, and as `_version` of something that has none.
const SCHEMA_VERSION: &str = "1.0";
const FIRST_VERSION: Version = Version::new(1, 0, 0);

/// Gives every workflow its type, its id and its references. `workflows` stand in the order of their files.
pub(crate) fn resolve(
    workflows: &[Workflow],
    rule: OnDuplicateId,
) -> Result<(Vec<Document>, Vec<Notice>), Vec<Problem>> {
    let set = Set::new(workflows, rule)?;
    let links: Vec<Links> = (0..set.kept.len()).map(|at| set.links_of(at)).collect();
    let called: BTreeSet<usize> = links
        .iter()
        .flat_map(|links| links.inside.iter().copied())
        .collect();
    let type_of = |at: usize| {
        if called.contains(&at) {
            ThreadDefinition
        } else {
            ProcessDefinition
        }
    };
    let texts = own_texts(&set.kept, &set.renamed);
    let own = texts
        .iter()
        .enumerate()
        .map(|(at, text)| (type_of(at), text.clone()));
    let missing = links.iter().flat_map(|links| links.missing.keys());
    let missing = missing.map(|text| (ThreadDefinition, text.clone()));
    let ids = Ids::new(own.chain(missing));
    let mut notices = set.notices(&texts, &ids, &type_of);
    let mut documents = Vec::with_capacity(set.kept.len());
    for (at, (workflow, links)) in set.kept.iter().zip(&links).enumerate() {
        report::calls(workflow, links, &ids, &set, &mut notices);
        let inside = links.inside.iter();
        let inside = inside.map(|target| ids.of(ThreadDefinition, &texts[*target]));
        let missing = links
            .missing
            .keys()
            .map(|text| ids.of(ThreadDefinition, text));
        let called: BTreeSet<String> = inside.chain(missing).collect();
        let id = ids.of(type_of(at), &texts[at]);
        documents.push(document(workflow, type_of(at), id, &called));
    }
    Ok((documents, notices))
}

/// The workflows that become artifacts.
pub(super) struct Set<'w> {
    pub(super) kept: Vec<&'w Workflow>,
    /// Which of the kept ones take a new id.
    pub(super) renamed: BTreeSet<usize>,
    /// Left out, each with the one that says the same.
    folded: Vec<(&'w Workflow, &'w Workflow)>,
    by_id: HashMap<&'w str, usize>,
    by_name: HashMap<&'w str, Vec<usize>>,
    /// Ids that several of the kept ones have.
    pub(super) ambiguous: BTreeSet<&'w str>,
}

/// What a workflow calls.
#[derive(Debug, Default)]
pub(super) struct Links {
    /// Other workflows of the set.
    pub(super) inside: BTreeSet<usize>,
    /// Ids or names outside the set, each with the indices of its calls.
    pub(super) missing: BTreeMap<String, Vec<usize>>,
    /// Calls that several workflows could be meant by, each with the one that is taken.
    pub(super) ambiguous: Vec<(usize, usize)>,
}

impl<'w> Set<'w> {
    fn new(workflows: &'w [Workflow], rule: OnDuplicateId) -> Result<Self, Vec<Problem>> {
        // Ids from contents are a name space of their own.
        let claimed: Vec<String> = workflows
            .iter()
            .map(|workflow| match &workflow.source_id {
                Some(id) => format!("id {id}"),
                None => format!("content {}", workflow.content_id),
            })
            .collect();
        let claims: Vec<Claim<'_>> = workflows
            .iter()
            .zip(&claimed)
            .map(|(workflow, id)| Claim {
                id,
                digest: workflow.digest,
            })
            .collect();
        let verdicts = judge(&claims, rule);
        let problems = report::refused(workflows, &verdicts);
        if !problems.is_empty() {
            return Err(problems);
        }
        let mut set = Self {
            kept: Vec::with_capacity(workflows.len()),
            renamed: BTreeSet::new(),
            folded: Vec::new(),
            by_id: HashMap::new(),
            by_name: HashMap::new(),
            ambiguous: BTreeSet::new(),
        };
        for (workflow, verdict) in workflows.iter().zip(verdicts) {
            set.take(workflow, verdict, workflows);
        }
        Ok(set)
    }

    fn take(&mut self, workflow: &'w Workflow, verdict: Verdict, workflows: &'w [Workflow]) {
        if let Verdict::SameAs(first) = verdict {
            self.folded.push((workflow, &workflows[first]));
            return;
        }
        let at = self.kept.len();
        self.kept.push(workflow);
        self.by_name.entry(&workflow.name).or_default().push(at);
        let own_id = workflow.source_id.as_deref();
        if matches!(verdict, Verdict::Renamed { .. }) {
            self.renamed.insert(at);
            self.ambiguous.extend(own_id);
        } else if let Some(id) = own_id {
            self.by_id.insert(id, at);
        }
    }

    fn links_of(&self, at: usize) -> Links {
        let caller = self.kept[at];
        let mut links = Links::default();
        for (number, call) in caller.calls.iter().enumerate() {
            let found: &[usize] = match &call.target {
                Target::Id(id) if caller.source_id.as_ref() == Some(id) => continue,
                Target::Id(id) => self
                    .by_id
                    .get(id.as_str())
                    .map_or(&[], std::slice::from_ref),
                Target::Name(name) => self.by_name.get(name.as_str()).map_or(&[], Vec::as_slice),
                Target::Itself | Target::Expression(_) | Target::Elsewhere(_) => continue,
            };
            let (Target::Id(named) | Target::Name(named)) = &call.target else {
                continue;
            };
            let Some(&first) = found.first() else {
                links.missing.entry(named.clone()).or_default().push(number);
                continue;
            };
            let is_ambiguous = match &call.target {
                Target::Id(id) => self.ambiguous.contains(id.as_str()),
                _ => found.len() > 1,
            };
            if is_ambiguous {
                links.ambiguous.push((number, first));
            }
            if first != at {
                links.inside.insert(first);
            }
        }
        links
    }

    fn notices(
        &self,
        texts: &[String],
        ids: &Ids,
        type_of: &impl Fn(usize) -> ArtifactType,
    ) -> Vec<Notice> {
        let folded = self.folded.iter();
        let folded = folded.map(|(left_out, taken)| report::folded(left_out, taken));
        let renamed = self.renamed.iter().map(|at| {
            let workflow = self.kept[*at];
            let first = workflow
                .source_id
                .as_deref()
                .and_then(|id| self.by_id.get(id));
            let first = first.map(|first| self.kept[*first]);
            report::renamed(workflow, first, &ids.of(type_of(*at), &texts[*at]))
        });
        folded.chain(renamed).collect()
    }
}

/// The artifact: the workflow with an envelope around it.
fn document(
    workflow: &Workflow,
    artifact_type: ArtifactType,
    id: String,
    called: &BTreeSet<String>,
) -> Document {
    let [as_process, as_thread] = &workflow.fields;
    let mut references = match artifact_type {
        ThreadDefinition => as_thread.clone(),
        _ => as_process.clone(),
    };
    references.extend(called.iter().enumerate().map(|(at, id)| Reference {
        pointer: format!("/references/{at}/id"),
        target: Some(ThreadDefinition),
        id: id.clone(),
        kind: ReferenceKind::Declared,
    }));
    let declared: Vec<Json> = called
        .iter()
        .map(|id| {
            let entry = [("id", id.as_str()), ("type", ThreadDefinition.as_str())];
            Json::Object(Object::from_iter(entry))
        })
        .collect();
    let mut source = workflow.displaced.clone();
    source.insert("format".to_owned(), Json::from("n8n"));
    let body = workflow.body([
        Some(Json::from(SCHEMA_VERSION)),
        Some(Json::Object(source)),
        Some(Json::from(artifact_type.as_str())),
        Some(Json::from(FIRST_VERSION.to_string())),
        Some(Json::from(id.as_str())),
        Some(Json::from(workflow.name.as_str())),
        (!declared.is_empty()).then_some(Json::Array(declared)),
    ]);
    Document {
        file: workflow.label.clone(),
        artifact_type,
        id,
        name: workflow.name.clone(),
        version: FIRST_VERSION,
        references,
        digest: workflow.digest,
        body,
    }
}
