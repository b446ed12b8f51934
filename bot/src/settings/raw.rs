//! Settings as they are written: variables over file, unknown keys refused, nothing judged yet.

use std::collections::BTreeMap;

use figment::error::{Actual, Kind};
use figment::providers::{Format, Toml};
use figment::value::{Dict, Map, Value};
use figment::{Figment, Metadata, Profile, Provider};
use secrecy::SecretString;
use serde::Deserialize;

use super::problem::{Problem, SettingsError};

/// Names the file.
pub(super) const FILE: &str = "ECS_PULL_WHY_CONFIG";

/// Variables that are settings of this program. Each is also a key of the file, in small letters.
const VARIABLES: [&str; 10] = [
    "SLACK_BOT_TOKEN",
    "SLACK_SIGNING_SECRET",
    "SLACK_APP_TOKEN",
    "SLACK_API_URL",
    "BIND_ADDR",
    "METRICS_ADDR",
    "REDIS_URL",
    "ALARM_CHANNELS",
    "APPROVERS",
    "REMEDIATION_ROLE_ARN",
];

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Raw {
    pub(super) slack_bot_token: Option<SecretString>,
    pub(super) slack_signing_secret: Option<SecretString>,
    pub(super) slack_app_token: Option<SecretString>,
    pub(super) slack_api_url: Option<String>,
    pub(super) bind_addr: Option<String>,
    pub(super) metrics_addr: Option<String>,
    pub(super) redis_url: Option<SecretString>,
    pub(super) alarm_channels: Words,
    pub(super) approvers: Words,
    pub(super) remediation_role_arn: Option<String>,
    pub(super) accounts: Vec<RawAccount>,
    /// Channel id to account alias.
    pub(super) default_account: BTreeMap<String, String>,
    /// Kind of evidence to duration.
    pub(super) evidence_ttl: BTreeMap<String, String>,
    pub(super) limits: RawLimits,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawAccount {
    pub(super) alias: String,
    pub(super) id: String,
    #[serde(default)]
    pub(super) role_arn: Option<String>,
    #[serde(default)]
    pub(super) external_id: Option<SecretString>,
    #[serde(default)]
    pub(super) regions: Words,
    #[serde(default)]
    pub(super) log_groups: Words,
    #[serde(default)]
    pub(super) channels: Words,
    #[serde(default)]
    pub(super) alarm_channels: Words,
    #[serde(default)]
    pub(super) approvers: Words,
    #[serde(default)]
    pub(super) remediation_role_arn: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawLimits {
    pub(super) diagnosis: Option<String>,
    pub(super) jobs_at_once: Option<usize>,
    pub(super) waiting_jobs: Option<usize>,
    pub(super) plan: Option<String>,
}

/// A list: an array in the file, words between commas in a variable.
#[derive(Debug, Default, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "OneOrMany")]
pub(super) struct Words(pub(super) Vec<String>);

#[derive(Deserialize)]
#[serde(untagged, expecting = "a list of strings, or words between commas")]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl From<OneOrMany> for Words {
    fn from(written: OneOrMany) -> Self {
        let words = match written {
            OneOrMany::One(text) => text.split(',').map(str::to_owned).collect(),
            OneOrMany::Many(words) => words,
        };
        Self(
            words
                .iter()
                .map(|word| word.trim().to_owned())
                .filter(|word| !word.is_empty())
                .collect(),
        )
    }
}

/// Variables as text. figment's own provider reads `123` as a number and `1e5` as another, which a secret made of
/// digits would not survive.
struct Variables(Dict);

impl Provider for Variables {
    fn metadata(&self) -> Metadata {
        Metadata::named("environment variable")
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Ok(Profile::Default.collect(self.0.clone()))
    }
}

/// Reads the file, then the variables over it.
pub(super) fn read(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Raw, SettingsError> {
    // An empty variable is how compose files and shells say "not set".
    let set = |name: &str| lookup(name).filter(|value| !value.trim().is_empty());
    let mut figment = Figment::new();
    let file = set(FILE);
    if let Some(path) = &file {
        let text = std::fs::read_to_string(path).map_err(|error| {
            SettingsError::new(vec![Problem::new(
                FILE,
                format!("names `{path}`, which cannot be read: {error}"),
                "name a TOML file that this process may read",
            )])
        })?;
        figment = figment.merge(Toml::string(&text));
    }
    let variables = VARIABLES
        .iter()
        .filter_map(|name| {
            Some((
                name.to_ascii_lowercase(),
                Value::from(set(name)?.trim().to_owned()),
            ))
        })
        .collect();
    figment.merge(Variables(variables)).extract().map_err(|error| {
        SettingsError::new(
            error
                .into_iter()
                .map(|error| explain(&error, file.as_deref()))
                .collect(),
        )
    })
}

/// A figment error in this program's words. Values are left out: they may be secrets.
fn explain(error: &figment::Error, file: Option<&str>) -> Problem {
    let file = file.unwrap_or("the settings file");
    let path = error.path.join(".");
    match &error.kind {
        Kind::UnknownField(field, known) => {
            let near = known
                .iter()
                .map(|name| (strsim::jaro_winkler(field, name), *name))
                .max_by(|a, b| a.0.total_cmp(&b.0))
                .filter(|(likeness, _)| *likeness > 0.8);
            let hint = match near {
                Some((_, name)) => format!("did you mean `{name}`?"),
                None => format!("known are {}", known.join(", ")),
            };
            let within = path.strip_suffix(field.as_str()).unwrap_or(&path);
            let full = if within.is_empty() || within.ends_with('.') {
                format!("{within}{field}")
            } else {
                format!("{within}.{field}")
            };
            Problem::new(full, format!("in {file} is no setting"), hint)
        }
        Kind::MissingField(field) => {
            let full = if path.is_empty() {
                field.to_string()
            } else {
                format!("{path}.{field}")
            };
            Problem::new(
                full,
                format!("is missing in {file}"),
                "every account has an `alias` and an `id`",
            )
        }
        Kind::InvalidType(actual, expected) => Problem::new(
            path,
            format!("in {file} is {}", type_of(actual)),
            format!("it must be {expected}"),
        ),
        Kind::Message(message) if path.is_empty() => {
            // The TOML parser: its first line says where, the rest draws it.
            let line = message.lines().next().unwrap_or_default();
            Problem::new(
                FILE,
                format!("names {file}, which is not valid TOML: {line}"),
                "see the example in README",
            )
        }
        _ => Problem::new(
            path,
            format!("in {file} is not what was expected"),
            "see the example in README",
        ),
    }
}

fn type_of(actual: &Actual) -> &'static str {
    match actual {
        Actual::Bool(_) => "true or false",
        Actual::Unsigned(_) | Actual::Signed(_) | Actual::Float(_) => "a number",
        Actual::Str(_) | Actual::Char(_) => "text",
        Actual::Seq => "a list",
        Actual::Map => "a table",
        _ => "of another kind",
    }
}
