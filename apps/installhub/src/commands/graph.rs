//! `installhub graph`.

use installhub_artifact::{dependency_ids, references};
use installhub_dependency_graph::{DependencyGraph, GraphBuilder, Node};
use installhub_package_format::Limits;

use super::package_file::{self, FileReader};
use crate::cli::{GraphArgs, GraphFormat, OutputFormat};
use crate::failure::{Failure, Outcome};
use crate::output;

pub(super) fn run(arguments: &GraphArgs) -> Result<Outcome, Failure> {
    let format = if arguments.format == GraphFormat::Json {
        OutputFormat::Json
    } else {
        OutputFormat::Human
    };
    let Some(reader) = package_file::read_valid(&arguments.file, &Limits::default(), format)?
    else {
        return Ok(Outcome::Findings);
    };
    let graph = of_package(&reader)?;
    let title = format!("{} {}", reader.manifest().name, reader.manifest().version);
    if let Some(id) = &arguments.why {
        return explain(&graph, id);
    }
    match arguments.format {
        GraphFormat::Human => print_layers(&graph)?,
        GraphFormat::Dot => output::line(graph.to_dot().trim_end())?,
        GraphFormat::Mermaid => output::line(graph.to_mermaid().trim_end())?,
        GraphFormat::Svg => output::line(graph.to_svg(&title).trim_end())?,
        GraphFormat::Json => output::line(graph.to_json().trim_end())?,
    }
    Ok(Outcome::Done)
}

/// What needs what in a package.
pub(super) fn of_package(reader: &FileReader) -> Result<DependencyGraph, Failure> {
    let mut builder = GraphBuilder::new();
    let entries = &reader.manifest().artifacts;
    for entry in entries {
        let node = Node {
            id: entry.id.clone(),
            kind: entry.artifact_type.as_str().to_owned(),
            rank: entry.artifact_type.spec().install_rank,
            name: entry.name.clone(),
        };
        builder
            .add_node(node)
            .map_err(|source| Failure::from_error("Corrupt", &source))?;
    }
    for entry in entries {
        for reference in artifact_references(reader, entry)? {
            builder.add_edge(&entry.id, &reference.0, &reference.1);
        }
    }
    Ok(builder.build())
}

/// What an artifact needs, as id and place.
fn artifact_references(
    reader: &FileReader,
    entry: &installhub_manifest::ArtifactEntry,
) -> Result<Vec<(String, String)>, Failure> {
    let document = package_file::outline(reader, entry)?;
    let found = references(entry.artifact_type, &document);
    let needed = dependency_ids(&entry.id, &found);
    Ok(found
        .iter()
        .filter(|reference| needed.contains(&reference.id.as_str()))
        .map(|reference| (reference.id.clone(), reference.pointer.clone()))
        .collect())
}

fn explain(graph: &DependencyGraph, id: &str) -> Result<Outcome, Failure> {
    let Some(why) = graph.why(id) else {
        return Err(Failure::new(
            "UnknownArtifact",
            format!("there is no artifact '{id}' in the package"),
        )
        .help("installhub inspect lists the ids"));
    };
    output::line(&why.to_string())?;
    Ok(Outcome::Done)
}

fn print_layers(graph: &DependencyGraph) -> Result<(), Failure> {
    for (depth, layer) in graph.layers().iter().enumerate() {
        output::line(&output::strong(&format!("layer {}", depth + 1)))?;
        for id in layer {
            let Some(node) = graph.node(id) else { continue };
            output::line(&format!("  {} {} ({})", node.kind, node.id, node.name))?;
            for link in graph.requirements(id) {
                output::line(&format!("    needs {} at {}", link.dependency, link.via))?;
            }
        }
    }
    for reference in graph.missing() {
        output::line(&format!("not in the package: {reference}"))?;
    }
    Ok(())
}
