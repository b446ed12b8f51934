//! Reading JSON of an expected shape, with errors that name the place.

use serde_json::{Map, Value};
use thiserror::Error;

/// Why a document is no policy document.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("policy document is malformed at `{place}`: {problem}")]
pub struct PolicyDocumentError {
    place: String,
    problem: Problem,
}

#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(super) enum Problem {
    #[error("not JSON ({0})")]
    NotJson(String),
    #[error("expected {expected}, found {found}")]
    Unexpected {
        expected: &'static str,
        found: &'static str,
    },
    #[error("`{0}` is missing")]
    Missing(&'static str),
    #[error("`{0}` and `{1}` exclude each other")]
    Both(&'static str, &'static str),
    #[error("an effect is `Allow` or `Deny`, not `{0}`")]
    Effect(String),
}

pub(super) fn object<'a>(
    value: &'a Value,
    place: &str,
) -> Result<&'a Map<String, Value>, PolicyDocumentError> {
    value
        .as_object()
        .ok_or_else(|| unexpected(place, "an object", value))
}

pub(super) fn text<'a>(value: &'a Value, place: &str) -> Result<&'a str, PolicyDocumentError> {
    value.as_str().ok_or_else(|| unexpected(place, "a string", value))
}

/// A string or a list of strings.
pub(super) fn texts<'a>(value: &'a Value, place: &str) -> Result<Vec<&'a str>, PolicyDocumentError> {
    match value {
        Value::String(text) => Ok(vec![text]),
        Value::Array(list) => list
            .iter()
            .enumerate()
            .map(|(index, item)| text(item, &format!("{place}[{index}]")))
            .collect(),
        other => Err(unexpected(place, "a string or a list of strings", other)),
    }
}

/// A string, number or boolean, or a list of these, as text.
pub(super) fn scalars(value: &Value, place: &str) -> Result<Vec<String>, PolicyDocumentError> {
    match value {
        Value::Array(list) => list
            .iter()
            .enumerate()
            .map(|(index, item)| scalar(item, &format!("{place}[{index}]")))
            .collect(),
        single => Ok(vec![scalar(single, place)?]),
    }
}

fn scalar(value: &Value, place: &str) -> Result<String, PolicyDocumentError> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(flag) => Ok(flag.to_string()),
        other => Err(unexpected(place, "a string, a number or a boolean", other)),
    }
}

pub(super) fn unrecognised(element: &Map<String, Value>, recognised: &[&str], prefix: &str) -> Vec<String> {
    let names = element.keys().filter(|name| !recognised.contains(&name.as_str()));
    names.map(|name| format!("{prefix}{name}")).collect()
}

pub(super) fn at(place: &str, problem: Problem) -> PolicyDocumentError {
    PolicyDocumentError {
        place: place.to_owned(),
        problem,
    }
}

pub(super) fn unexpected(place: &str, expected: &'static str, found: &Value) -> PolicyDocumentError {
    let found = match found {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    at(place, Problem::Unexpected { expected, found })
}
