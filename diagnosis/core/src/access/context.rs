//! The request context: what is known about the circumstances of a request.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is known about a request's condition keys.
///
/// A key that was never set is *unknown*. A key set to no values is *known to be absent* from the request. Keys compare
/// without case, tag keys included
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html>).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(
    from = "IndexMap<String, Vec<String>>",
    into = "IndexMap<String, Vec<String>>"
)]
#[schemars(with = "std::collections::BTreeMap<String, Vec<String>>")]
pub struct Context {
    /// By folded key, so that every spelling finds it.
    known: IndexMap<String, Known>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Known {
    spelled: String,
    values: Vec<String>,
}

impl Context {
    /// Nothing is known.
    pub fn new() -> Self {
        Self::default()
    }

    /// The key has these values; none at all means that the request does not carry the key.
    pub fn set<V: Into<String>>(&mut self, key: impl Into<String>, values: impl IntoIterator<Item = V>) {
        let spelled = key.into();
        let values = values.into_iter().map(Into::into).collect();
        self.known.insert(fold_key(&spelled), Known { spelled, values });
    }

    /// [`Context::set`] for building in one expression.
    #[must_use]
    pub fn with<V: Into<String>>(
        mut self,
        key: impl Into<String>,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        self.set(key, values);
        self
    }

    /// The values of a key: `None` when unknown, an empty list when known to be absent.
    pub fn get(&self, key: &str) -> Option<&[String]> {
        self.get_folded(&fold_key(key))
    }

    /// [`Context::get`] for a key that is folded already.
    pub(super) fn get_folded(&self, folded: &str) -> Option<&[String]> {
        self.known.get(folded).map(|known| known.values.as_slice())
    }

    /// The keys that are known, as they were spelled, with their values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.known
            .values()
            .map(|known| (known.spelled.as_str(), known.values.as_slice()))
    }
}

/// The form of a condition key under which all its spellings meet.
pub(super) fn fold_key(key: &str) -> String {
    key.to_lowercase()
}

impl<K: Into<String>, V: Into<String>, I: IntoIterator<Item = V>> FromIterator<(K, I)> for Context {
    fn from_iter<T: IntoIterator<Item = (K, I)>>(keys: T) -> Self {
        let mut context = Self::new();
        for (key, values) in keys {
            context.set(key, values);
        }
        context
    }
}

impl From<IndexMap<String, Vec<String>>> for Context {
    fn from(keys: IndexMap<String, Vec<String>>) -> Self {
        keys.into_iter().collect()
    }
}

impl From<Context> for IndexMap<String, Vec<String>> {
    fn from(context: Context) -> Self {
        context
            .known
            .into_values()
            .map(|known| (known.spelled, known.values))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Context;

    #[test]
    fn unknown_absent_and_present_differ() {
        let context = Context::new()
            .with("aws:SourceVpce", ["vpce-1"])
            .with("aws:SourceIp", [""; 0]);
        assert_eq!(context.get("aws:SourceVpce"), Some(&["vpce-1".to_owned()][..]));
        assert_eq!(context.get("aws:SourceIp"), Some(&[][..]));
        assert_eq!(context.get("aws:SourceVpc"), None);
    }

    #[test]
    fn keys_compare_without_case() {
        let context = Context::new().with("aws:PrincipalTag/Team", ["a"]);
        assert_eq!(context.get("AWS:principaltag/team"), Some(&["a".to_owned()][..]));
    }

    #[test]
    fn survives_json() {
        let context = Context::new()
            .with("aws:SourceVpce", ["vpce-1"])
            .with("aws:SourceIp", [""; 0]);
        let json = serde_json::to_string(&context).unwrap();
        insta::assert_snapshot!(json, @r#"{"aws:SourceVpce":["vpce-1"],"aws:SourceIp":[]}"#);
        assert_eq!(serde_json::from_str::<Context>(&json).unwrap(), context);
    }
}
