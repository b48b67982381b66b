//! The JSON form of decisions, member by member: numbers stay as written, and every error says where it is.

use installhub_artifact::{Json, JsonError, Object, to_compact_string};

use crate::decision_file::{ArtifactDecisions, Decisions, Entry};
use crate::decisions::Decision;
use crate::path_text::FieldPathError;
use crate::strategy::{Fallback, StrategyError};

const VERSION: &str = "1.0";

/// A file that holds no decisions. `at` is the RFC 6901 pointer of the offending value.
#[derive(Debug, thiserror::Error)]
pub enum DecisionsError {
    /// The file is no strict JSON.
    #[error("the decisions are no strict JSON")]
    Json(#[from] JsonError),
    /// Written by another version of the product.
    #[error("found decisionsVersion {found}, expected \"1.0\"")]
    Version {
        /// What the file states.
        found: String,
    },
    /// A value of another kind than the format has there.
    #[error("found {found} at '{at}', expected {expected}")]
    Shape {
        /// Where.
        at: String,
        /// The kind of value, or the member that nobody knows.
        found: String,
        /// What the format has there.
        expected: &'static str,
    },
    /// A key of `fields` that is no path.
    #[error("the fields at '{at}' name one by something else than a path")]
    Path {
        /// Where.
        at: String,
        /// What is wrong with it.
        #[source]
        source: FieldPathError,
    },
    /// A fallback that is none.
    #[error("no fallback strategy at '{at}'")]
    Fallback {
        /// Where.
        at: String,
        /// What is wrong with it.
        #[source]
        source: StrategyError,
    },
}

impl From<Decisions> for Json {
    fn from(decisions: Decisions) -> Self {
        let artifacts: Object = decisions
            .artifacts
            .into_iter()
            .map(|(id, artifact)| (id, Json::Object(artifact.into_object())))
            .collect();
        let mut file = Object::from_iter([
            ("decisionsVersion", Self::from(VERSION)),
            ("artifacts", artifacts.into()),
        ]);
        write_fallback(&mut file, decisions.fallback);
        file.into()
    }
}

impl ArtifactDecisions {
    fn into_object(self) -> Object {
        let fields = self
            .fields
            .into_iter()
            .map(|(path, entry)| (path.to_string(), entry.into_json()));
        let mut object = Object::from_iter([("fields", fields.collect::<Object>())]);
        write_fallback(&mut object, self.fallback);
        object
    }
}

impl Entry {
    fn into_json(self) -> Json {
        match self {
            Self::Decided(Decision::Existing) => "existing".into(),
            Self::Decided(Decision::Incoming) => "incoming".into(),
            Self::Decided(Decision::Value(value)) => Object::from_iter([("value", value)]).into(),
            Self::Undecided(sides) => Object::from_iter([("undecided", sides)]).into(),
        }
    }
}

fn write_fallback(object: &mut Object, fallback: Option<Fallback>) {
    if let Some(fallback) = fallback {
        object.insert("fallbackStrategy".to_owned(), fallback.as_str().into());
    }
}

impl TryFrom<Json> for Decisions {
    type Error = DecisionsError;

    fn try_from(file: Json) -> Result<Self, DecisionsError> {
        let mut file = Reader::new(file, String::new(), "an object with decisionsVersion")?;
        match file.take("decisionsVersion") {
            Some(Json::String(version)) if version == VERSION => {}
            found => {
                let found = found.map_or_else(|| "absent".to_owned(), |v| to_compact_string(&v));
                return Err(DecisionsError::Version { found });
            }
        }
        let fallback = file.fallback()?;
        let artifacts = file.entries("artifacts", |artifact, at| {
            let mut artifact = Reader::new(artifact, at, "an object with fields")?;
            let fallback = artifact.fallback()?;
            let fields_at = artifact.at("fields");
            let fields = artifact.entries("fields", entry)?;
            let fields = fields
                .into_iter()
                .map(|(path, entry)| Ok((path.parse()?, entry)))
                .collect::<Result<_, _>>()
                .map_err(|source| DecisionsError::Path {
                    at: fields_at,
                    source,
                })?;
            artifact.end("fallbackStrategy or fields")?;
            Ok(ArtifactDecisions { fallback, fields })
        })?;
        file.end("decisionsVersion, fallbackStrategy or artifacts")?;
        Ok(Self {
            fallback,
            artifacts: artifacts.into_iter().collect(),
        })
    }
}

fn entry(value: Json, at: String) -> Result<Entry, DecisionsError> {
    const EXPECTED: &str = "\"existing\", \"incoming\", {\"value\": …} or {\"undecided\": {…}}";
    match value.as_str() {
        Some("existing") => return Ok(Entry::Decided(Decision::Existing)),
        Some("incoming") => return Ok(Entry::Decided(Decision::Incoming)),
        _ => {}
    }
    let mut object = Reader::new(value, at, EXPECTED)?;
    let entry = match (object.take("value"), object.take("undecided")) {
        (Some(value), None) => Entry::Decided(Decision::Value(value)),
        (None, Some(Json::Object(sides))) => Entry::Undecided(sides),
        _ => return Err(object.wrong("something else", EXPECTED)),
    };
    object.end(EXPECTED)?;
    Ok(entry)
}

/// An object of the file that is being read, member by member.
struct Reader {
    members: Object,
    at: String,
}

impl Reader {
    fn new(value: Json, at: String, expected: &'static str) -> Result<Self, DecisionsError> {
        match value {
            Json::Object(members) => Ok(Self { members, at }),
            other => Err(DecisionsError::Shape {
                at,
                found: other.kind_name().to_owned(),
                expected,
            }),
        }
    }

    fn at(&self, name: &str) -> String {
        format!("{}/{}", self.at, name.replace('~', "~0").replace('/', "~1"))
    }

    fn take(&mut self, name: &str) -> Option<Json> {
        self.members.remove(name)
    }

    fn fallback(&mut self) -> Result<Option<Fallback>, DecisionsError> {
        const NAME: &str = "fallbackStrategy";
        let Some(value) = self.take(NAME) else {
            return Ok(None);
        };
        let at = self.at(NAME);
        let Some(text) = value.as_str() else {
            let found = value.kind_name().to_owned();
            return Err(DecisionsError::Shape {
                at,
                found,
                expected: "Overwrite or Skip",
            });
        };
        text.parse()
            .map(Some)
            .map_err(|source| DecisionsError::Fallback { at, source })
    }

    /// The members of the object `name`, each read by `read`; none if it is absent.
    fn entries<T>(
        &mut self,
        name: &str,
        read: impl Fn(Json, String) -> Result<T, DecisionsError>,
    ) -> Result<Vec<(String, T)>, DecisionsError> {
        let Some(value) = self.take(name) else {
            return Ok(Vec::new());
        };
        let object = Self::new(value, self.at(name), "an object")?;
        let paths: Vec<String> = object.members.keys().map(|key| object.at(key)).collect();
        let members = object.members.into_iter().zip(paths);
        members
            .map(|((key, value), at)| Ok((key, read(value, at)?)))
            .collect()
    }

    fn end(self, expected: &'static str) -> Result<(), DecisionsError> {
        match self.members.keys().next() {
            None => Ok(()),
            Some(name) => {
                Err(self.wrong(&format!("the member '{}'", name.escape_debug()), expected))
            }
        }
    }

    fn wrong(&self, found: &str, expected: &'static str) -> DecisionsError {
        DecisionsError::Shape {
            at: self.at.clone(),
            found: found.to_owned(),
            expected,
        }
    }
}
