//! Takes out of recorded JSON what must not be kept: values of `environment` and `secrets`, and credentials.

use serde_json::Value;

use diagnosis::stop_reason::redact;

/// Members that are dropped with all that is in them, in any spelling of their letters.
const DROPPED: &[&str] = &[
    "accesskeyid",
    "authorizationtoken",
    "clientrequesttoken",
    "command",
    "credentials",
    "dockerlabels",
    "entrypoint",
    "environment",
    "environmentfiles",
    "masteruserpassword",
    "password",
    "privatekey",
    "registrycredential",
    "secretaccesskey",
    "secretbinary",
    "secretoptions",
    "secrets",
    "secretstring",
    "sessiontoken",
    "token",
    "userdata",
];

/// Strips the value in place, at any depth; texts lose their credentials.
pub(crate) fn strip(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|name, _| !DROPPED.contains(&name.to_ascii_lowercase().as_str()));
            members.values_mut().for_each(strip);
        }
        Value::Array(items) => items.iter_mut().for_each(strip),
        Value::String(text) => *text = redact(text),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_dropped_at_any_depth_and_the_rest_stays() {
        let mut value = serde_json::json!({
            "containerDefinitions": [{
                "image": "nginx:1",
                "environment": [{"name": "A", "value": "hunter1"}],
                "secrets": [{"name": "B", "valueFrom": "hunter2"}],
                "logConfiguration": {"secretOptions": [{"valueFrom": "hunter3"}], "options": {"splunk-token": "x"}},
                "command": ["--password", "hunter4"],
            }],
            "credentials": {"secretAccessKey": "hunter5"},
            "policyText": "{\"Statement\":[]}",
            "url": "https://a.example/?X-Amz-Signature=hunter6",
        });
        strip(&mut value);
        let kept = value.to_string();
        assert!(!kept.contains("hunter"), "{kept}");
        assert!(kept.contains("nginx:1") && kept.contains("Statement"), "{kept}");
    }
}
