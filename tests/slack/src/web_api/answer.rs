//! The two shapes of an answer.

use serde_json::{Map, Value, json};

use crate::limits::Refused;

/// What a method gives: the members of its answer, or its failure.
pub(crate) type Given = Result<Value, Failure>;

/// `{"ok": false, "error": …}` and what stands beside it.
#[derive(Debug)]
pub(crate) struct Failure {
    members: Map<String, Value>,
}

impl Failure {
    pub(super) fn new(error: &str) -> Self {
        let members = [
            ("ok".to_owned(), json!(false)),
            ("error".to_owned(), json!(error)),
        ];
        Self {
            members: members.into_iter().collect(),
        }
    }

    pub(super) fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.members.insert(key.to_owned(), value.into());
        self
    }

    /// `invalid_arguments` with Slack's sentence for a required argument that is not there.
    pub(super) fn missing(argument: &str) -> Self {
        let message = format!("[ERROR] missing required field: {argument}");
        Self::new("invalid_arguments").with("response_metadata", json!({ "messages": [message] }))
    }

    pub(super) fn into_wire(self) -> Value {
        Value::Object(self.members)
    }
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        let lines: Vec<String> = refused.faults.iter().map(crate::limits::Fault::to_line).collect();
        let errors: Vec<&str> = refused
            .faults
            .iter()
            .map(|fault| fault.message.as_str())
            .collect();
        Self::new(refused.error)
            .with("errors", json!(errors))
            .with("response_metadata", json!({ "messages": lines }))
    }
}

pub(super) fn failure(error: &str) -> Given {
    Err(Failure::new(error))
}

/// `{"ok": true}` and these members.
pub(super) fn ok(members: Value) -> Value {
    let mut answer = Map::new();
    answer.insert("ok".to_owned(), json!(true));
    if let Value::Object(members) = members {
        answer.extend(members);
    }
    Value::Object(answer)
}
