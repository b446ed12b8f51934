//! Whom a policy names.

use serde_json::Value;

/// The principals of one kind (`AWS`, `Service`) that a policy's statements name, as they stand there.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>
pub(super) fn of_kind<'p>(policy: &'p Value, kind: &'p str) -> impl Iterator<Item = &'p str> {
    let statements = policy.get("Statement").map_or(&[][..], one_or_several);
    statements
        .iter()
        .filter_map(move |statement| statement.get("Principal")?.get(kind))
        .flat_map(one_or_several)
        .filter_map(Value::as_str)
}

/// Policies leave the brackets of a list of one out.
fn one_or_several(value: &Value) -> &[Value] {
    value
        .as_array()
        .map_or(std::slice::from_ref(value), Vec::as_slice)
}
