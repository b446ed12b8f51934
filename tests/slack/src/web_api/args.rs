//! Arguments of a call, however they came.
//!
//! Source: <https://docs.slack.dev/apis/web-api>, "Basic request and response formatting".

use std::fmt;

use axum::http::{HeaderMap, header};
use serde_json::{Map, Value, json};

use super::answer::Failure;

/// The arguments by name.
#[derive(Debug)]
pub(crate) struct Args {
    given: Map<String, Value>,
    token: String,
    warnings: Vec<&'static str>,
}

impl Args {
    /// Reads query and body; the token comes in the header or as an argument.
    pub(super) fn read(query: &str, headers: &HeaderMap, body: &[u8]) -> Self {
        let text = |name| {
            headers
                .get(name)
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default()
        };
        let content_type = text(header::CONTENT_TYPE);
        let mut given = form(query.as_bytes());
        let mut warnings = Vec::new();
        if content_type.starts_with("application/json") {
            if !content_type.contains("charset") {
                warnings.push("missing_charset");
            }
            if let Ok(Value::Object(members)) = serde_json::from_slice(body) {
                given.extend(members);
            }
        } else {
            given.extend(form(body));
        }
        let argument = given
            .remove("token")
            .and_then(|token| token.as_str().map(str::to_owned));
        let bearer = text(header::AUTHORIZATION)
            .strip_prefix("Bearer ")
            .map(str::to_owned);
        Self {
            given,
            token: bearer.or(argument).unwrap_or_default(),
            warnings,
        }
    }

    pub(super) fn token(&self) -> &str {
        &self.token
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.given.get(key).is_some_and(|value| !value.is_null())
    }

    /// An argument as text; numbers as they are written.
    pub(super) fn text(&self, key: &str) -> Option<String> {
        match self.given.get(key)? {
            Value::String(text) => Some(text.clone()),
            Value::Null => None,
            other => Some(other.to_string()),
        }
    }

    /// An argument without which the method does not work.
    pub(super) fn required(&self, key: &str) -> Result<String, Failure> {
        self.text(key)
            .filter(|text| !text.is_empty())
            .ok_or_else(|| Failure::missing(key))
    }

    /// A true or false argument; `1` and `true` are true.
    pub(super) fn flag(&self, key: &str) -> bool {
        matches!(self.text(key).as_deref(), Some("1" | "true"))
    }

    /// A whole number within `1..=most`.
    pub(super) fn limit(&self, most: usize, usual: usize) -> usize {
        let limit = self
            .text("limit")
            .and_then(|text| text.parse().ok())
            .unwrap_or(usual);
        limit.clamp(1, most)
    }

    /// A structured argument: JSON as it is, or JSON written into a string.
    pub(super) fn json(&self, key: &str, error: &str) -> Result<Option<Value>, Failure> {
        match self.given.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.is_empty() => Ok(None),
            Some(Value::String(text)) => serde_json::from_str(text)
                .map(Some)
                .map_err(|_| Failure::new(error)),
            Some(other) => Ok(Some(other.clone())),
        }
    }

    /// A structured argument that is a list.
    pub(super) fn list(&self, key: &str, error: &str) -> Result<Option<Vec<Value>>, Failure> {
        match self.json(key, error)? {
            None => Ok(None),
            Some(Value::Array(items)) => Ok(Some(items)),
            Some(_) => Err(Failure::new(error)),
        }
    }

    /// Slack's warnings about the call.
    pub(super) fn warnings(&self) -> Vec<&'static str> {
        let mut warnings = self.warnings.clone();
        let structured = self.has("blocks") || self.has("attachments");
        if structured && self.text("text").is_none_or(|text| text.is_empty()) && self.has("channel") {
            warnings.push("missing_text_in_message");
        }
        warnings
    }
}

/// The arguments as JSON, without the token.
impl fmt::Display for Args {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", json!(self.given))
    }
}

fn form(encoded: &[u8]) -> Map<String, Value> {
    let pairs: Vec<(String, String)> = serde_urlencoded::from_bytes(encoded).unwrap_or_default();
    pairs
        .into_iter()
        .map(|(key, value)| (key, json!(value)))
        .collect()
}
