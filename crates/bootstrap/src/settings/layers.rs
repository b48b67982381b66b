//! Defaults, then a file, then the environment, then the command line: later layers win, key by key.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use config::builder::DefaultState;
use config::{Config, ConfigBuilder, ConfigError, File, FileFormat, Map, Source, Value, ValueKind};

use super::Settings;
use super::checks::check;
use super::shown::{ShownSetting, known_keys, shown};

/// Keys whose values are lists; in the environment and on the command line their items stand between commas.
const LISTS: [&str; 2] = ["server.cors_origins", "outgoing.allow"];

/// Keys whose values are not repeated when they cannot be used.
const SECRETS: [&str; 8] = [
    "database.url",
    "database.migration_url",
    "storage.access_key",
    "storage.secret_key",
    "oidc.client_secret",
    "keys.sealing",
    "keys.tickets",
    "keys.audit",
];

/// Where settings come from besides the defaults.
#[derive(Debug, Clone, Default)]
pub struct Layers {
    /// A TOML file that must be there.
    pub file: Option<PathBuf>,
    /// A TOML file that may be there; not looked at when there is a [`file`](Self::file).
    pub optional_file: Option<PathBuf>,
    /// The environment, whole; only `INSTALLHUB_SECTION__KEY` is looked at.
    pub environment: HashMap<String, String>,
    /// `section.key=value`, as given on the command line.
    pub flags: Vec<String>,
}

/// Settings that cannot be used. Names the key, what was found, and where it came from.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A file that cannot be read or is no TOML.
    #[error("cannot read the configuration file {file}: {message}")]
    File {
        /// The file.
        file: String,
        /// What is wrong.
        message: String,
    },
    /// `--set` without a `=`.
    #[error("'{0}' sets nothing: expected section.key=value")]
    Flag(String),
    /// Keys that do not exist.
    #[error("unknown configuration keys: {}", .0.join(", "))]
    Unknown(Vec<String>),
    /// A value of the wrong type or form.
    #[error("{0}")]
    Value(String),
}

impl Layers {
    /// The settings, and every one of them with where it came from.
    pub fn read(&self) -> Result<(Settings, Vec<ShownSetting>), SettingsError> {
        let merged = self.merge()?;
        let unknown = unknown_keys(&merged.cache);
        if !unknown.is_empty() {
            return Err(SettingsError::Unknown(unknown));
        }
        let cache = merged.cache.clone();
        let settings: Settings = merged
            .try_deserialize()
            .map_err(|error| wrong_value(&error, &cache))?;
        check(&settings).map_err(SettingsError::Value)?;
        let list = shown(&settings, &|key| origin(&cache, key));
        Ok((settings, list))
    }

    fn merge(&self) -> Result<Config, SettingsError> {
        let mut builder: ConfigBuilder<DefaultState> = Config::builder();
        if let Some(file) = &self.file {
            builder = builder.add_source(source(file).required(true));
        } else if let Some(file) = &self.optional_file {
            builder = builder.add_source(source(file).required(false));
        }
        builder = builder.add_source(self.environment_source());
        for flag in &self.flags {
            let (key, value) = flag
                .split_once('=')
                .filter(|(key, _)| !key.trim().is_empty())
                .ok_or_else(|| SettingsError::Flag(flag.clone()))?;
            builder = set(builder, key.trim(), value).map_err(|error| bad_value(&error))?;
        }
        builder.build().map_err(|error| match error {
            ConfigError::FileParse { uri, cause } => SettingsError::File {
                file: uri.unwrap_or_default(),
                message: cause.to_string(),
            },
            ConfigError::Foreign(cause) => SettingsError::File {
                file: self.file.as_deref().map(display).unwrap_or_default(),
                message: cause.to_string(),
            },
            other => bad_value(&other),
        })
    }

    /// Other programs of the product use the same prefix for variables that are no settings, so only those of a section count.
    fn environment_source(&self) -> Variables {
        let settings = self.environment.iter().filter_map(|(name, value)| {
            let (section, key) = name.strip_prefix("INSTALLHUB_")?.split_once("__")?;
            let key = format!("{section}.{key}").to_ascii_lowercase();
            let kind = if LISTS.contains(&key.as_str()) {
                ValueKind::from(items(value))
            } else {
                ValueKind::from(value.as_str())
            };
            Some((key, Value::new(Some(&ENVIRONMENT.to_owned()), kind)))
        });
        Variables(settings.collect())
    }
}

/// Where values of the environment come from, as people are told.
const ENVIRONMENT: &str = "the environment";

/// Variables of the environment, as the texts they are: what looks like a number may be a secret that begins with a zero.
#[derive(Debug, Clone)]
struct Variables(Map<String, Value>);

impl Source for Variables {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, ConfigError> {
        Ok(self.0.clone())
    }
}

fn source(file: &Path) -> File<config::FileSourceFile, FileFormat> {
    File::from(file).format(FileFormat::Toml)
}

fn set(
    builder: ConfigBuilder<DefaultState>,
    key: &str,
    value: &str,
) -> Result<ConfigBuilder<DefaultState>, ConfigError> {
    if LISTS.contains(&key) {
        builder.set_override(key, items(value))
    } else {
        builder.set_override(key, value)
    }
}

fn items(value: &str) -> Vec<String> {
    value
        .split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
        .map(str::to_owned)
        .collect()
}

fn display(path: &Path) -> String {
    path.display().to_string()
}

fn bad_value(error: &ConfigError) -> SettingsError {
    SettingsError::Value(error.to_string())
}

/// A value that its setting cannot take: which key, what was found there, what is wrong with it, and where it stands.
fn wrong_value(error: &ConfigError, root: &Value) -> SettingsError {
    let (key, message) = match error {
        ConfigError::Type { key, expected, .. } => (key, format!("expected {expected}")),
        ConfigError::At { key: Some(key), .. } if key == "server.listen" => {
            let expected = "expected an address and a port such as 0.0.0.0:8080";
            (&Some(key.clone()), expected.to_owned())
        }
        ConfigError::At { key, error, .. } => (key, error.to_string()),
        other => return SettingsError::Value(other.to_string()),
    };
    let Some(key) = key else {
        return SettingsError::Value(error.to_string());
    };
    let found = match lookup(root, key).map(|value| &value.kind) {
        _ if SECRETS.contains(&key.as_str()) => String::new(),
        Some(ValueKind::Table(_) | ValueKind::Array(_)) | None => String::new(),
        Some(simple) => format!(", found '{simple}'"),
    };
    let from = origin(root, key).map_or_else(String::new, |from| format!(" (in {from})"));
    SettingsError::Value(format!("{key}: {message}{found}{from}"))
}

/// Every leaf that no setting has, with where it came from.
fn unknown_keys(root: &Value) -> Vec<String> {
    let known = known_keys();
    let mut unknown = Vec::new();
    walk(root, "", &mut |path, value| {
        let is_section = known.iter().any(|key| {
            key.strip_prefix(path)
                .is_some_and(|rest| rest.starts_with('.'))
        });
        if !known.iter().any(|key| key == path) && !is_section {
            let from = value
                .origin()
                .map_or_else(String::new, |origin| format!(" (in {origin})"));
            unknown.push(format!("{path}{from}"));
        }
    });
    unknown.sort();
    unknown
}

fn walk(value: &Value, path: &str, visit: &mut dyn FnMut(&str, &Value)) {
    match &value.kind {
        ValueKind::Table(table) if !table.is_empty() || path.is_empty() => {
            for (key, value) in table {
                let path = if path.is_empty() {
                    key.clone()
                } else {
                    format!("{path}.{key}")
                };
                walk(value, &path, visit);
            }
        }
        _ => visit(path, value),
    }
}

/// Where the value of a key came from; `None` for a default.
fn origin(root: &Value, key: &str) -> Option<String> {
    let origin = lookup(root, key)?.origin();
    Some(origin.unwrap_or("the command line").to_owned())
}

fn lookup<'a>(root: &'a Value, key: &str) -> Option<&'a Value> {
    key.split('.')
        .try_fold(root, |value, part| match &value.kind {
            ValueKind::Table(table) => table.get(part),
            _ => None,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layers(file: &Path, environment: &[(&str, &str)], flags: &[&str]) -> Layers {
        Layers {
            file: Some(file.to_owned()),
            optional_file: None,
            environment: environment
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            flags: flags.iter().map(|flag| (*flag).to_owned()).collect(),
        }
    }

    fn file(text: &str) -> tempfile::NamedTempFile {
        let file = tempfile::Builder::new()
            .suffix(".toml")
            .tempfile()
            .expect("a file");
        std::fs::write(file.path(), text).expect("it can be written");
        file
    }

    #[test]
    fn nothing_configured_gives_the_defaults() {
        let (settings, shown) = Layers::default().read().expect("defaults are valid");
        assert_eq!(settings, Settings::default());
        assert!(shown.iter().all(|setting| setting.origin.is_none()));
    }

    #[test]
    fn the_later_layer_wins_and_is_named() {
        let file =
            file("[server]\nlisten = '127.0.0.1:1'\nshutdown_seconds = 3\n[jobs]\nworkers = 1\n");
        let layers = layers(
            file.path(),
            &[
                ("INSTALLHUB_JOBS__WORKERS", "2"),
                ("INSTALLHUB_OUTGOING__ALLOW", "10.0.0.0/8,db.internal"),
                ("INSTALLHUB_HOME", "elsewhere"),
            ],
            &["jobs.workers=3"],
        );
        let (settings, shown) = layers.read().expect("all of it is valid");
        assert_eq!(settings.server.listen.port(), 1);
        assert_eq!(settings.server.shutdown_seconds, 3);
        assert_eq!(settings.jobs.workers, 3);
        assert_eq!(settings.outgoing.allow, ["10.0.0.0/8", "db.internal"]);
        let origin = |key: &str| {
            shown
                .iter()
                .find(|setting| setting.key == key)
                .expect("every key is listed")
                .origin
                .clone()
        };
        assert_eq!(origin("jobs.workers").as_deref(), Some("the command line"));
        assert_eq!(origin("outgoing.allow").as_deref(), Some("the environment"));
        assert!(origin("server.listen").is_some_and(|from| from.contains(".toml")));
        assert_eq!(origin("database.pool_size"), None);
    }

    #[test]
    fn every_unknown_key_is_named_with_where_it_stands() {
        let file = file("[server]\nlissten = 'x'\n[colour]\nred = 1\n");
        let error = layers(file.path(), &[("INSTALLHUB_JOBS__WORKER", "2")], &["a=b"])
            .read()
            .expect_err("four keys are unknown")
            .to_string();
        for key in ["server.lissten", "colour.red", "jobs.worker", "a,"] {
            assert!(error.contains(key), "{key}: {error}");
        }
    }

    #[test]
    fn a_wrong_value_names_its_key() {
        for (flag, key) in [
            ("server.listen=nowhere", "server.listen"),
            ("jobs.workers=many", "jobs.workers"),
            ("telemetry.log_format=xml", "telemetry.log_format"),
            ("server.shutdown_seconds=-1", "server.shutdown_seconds"),
        ] {
            let layers = Layers {
                flags: vec![flag.to_owned()],
                ..Layers::default()
            };
            let error = layers.read().expect_err(flag).to_string();
            assert!(error.contains(key), "{flag}: {error}");
        }
    }

    #[test]
    fn a_file_that_is_no_toml_or_missing_is_named() {
        let file = file("[server\n");
        let error = layers(file.path(), &[], &[]).read().expect_err("no TOML");
        assert!(error.to_string().contains(".toml"), "{error}");
        let error = layers(Path::new("not/there.toml"), &[], &[])
            .read()
            .expect_err("no file");
        assert!(error.to_string().contains("not/there.toml"), "{error}");
    }

    #[test]
    fn a_wrong_value_is_repeated_with_where_it_stands_unless_it_is_secret() {
        let read = |text: &str| {
            let file = file(text);
            let error = layers(file.path(), &[], &[]).read().expect_err(text);
            error.to_string()
        };
        let error = read("[server]\nlisten = 'nowhere'\n");
        for part in ["server.listen", "'nowhere'", ".toml"] {
            assert!(error.contains(part), "{part}: {error}");
        }
        let error = read("[keys]\nsealing = ['geheim']\n");
        assert!(error.contains("keys.sealing"), "{error}");
        assert!(!error.contains("geheim"), "{error}");
    }

    #[test]
    fn the_environment_is_taken_as_it_is_written() {
        let layers = Layers {
            environment: HashMap::from([
                (
                    "INSTALLHUB_STORAGE__SECRET_KEY".to_owned(),
                    "00123".to_owned(),
                ),
                ("INSTALLHUB_OIDC__CLIENT_ID".to_owned(), "1e3".to_owned()),
                (
                    "INSTALLHUB_SERVER__BEHIND_PROXY".to_owned(),
                    "true".to_owned(),
                ),
            ]),
            ..Layers::default()
        };
        let (settings, _) = layers.read().expect("valid");
        let key = settings.storage.secret_key.expect("a key");
        assert_eq!(key.expose(), "00123");
        assert_eq!(settings.oidc.client_id.as_deref(), Some("1e3"));
        assert!(settings.server.behind_proxy);
    }

    #[test]
    fn every_secret_is_known_as_one() {
        let known = known_keys();
        for key in SECRETS {
            assert!(known.iter().any(|known| known == key), "{key}");
        }
    }

    #[test]
    fn secrets_are_shown_nowhere() {
        let layers = Layers {
            flags: vec!["database.url=postgres://a:geheim@b/c".to_owned()],
            ..Layers::default()
        };
        let (settings, shown) = layers.read().expect("valid");
        let everything = format!("{settings:?} {shown:?}");
        assert!(!everything.contains("geheim"), "{everything}");
        assert!(everything.contains("********"));
    }
}
